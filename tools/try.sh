#!/usr/bin/env bash
# tools/try.sh EXAMPLE [COMMAND...] runs a CLI command, plan by default, for one of the
# examples against the simulator, without a tenant or credentials. Started by make demo
# and make try. It writes only below .build/try, and stops the simulator at the end.
#
# The exit code is that of the CLI. If an example violates its own rules on purpose and
# fails only for that reason, the exit code is 0.
#
# OPASIM is the path of the simulator, and OPASIM_FLAGS has additional flags. With
# COLOR=always, the output has colors even if it is not a terminal.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/cli.sh
source tools/cli.sh
# shellcheck source=tools/progress.sh
source tools/progress.sh
: "${OPASIM:?is not set: this script is started by make}"

example=${1:?is missing: the example to try}
shift
if ! grep -qs required_providers "examples/$example"/*.tf; then
	echo "Example '$example' not found. Set EXAMPLE to one of:" >&2
	grep -l required_providers examples/*/*.tf examples/*/*/*.tf | sed 's|^examples/\(.*\)/.*|  \1|' | sort -u >&2
	exit 1
fi
# The default command of a module with tests is test.
if [ "$#" -eq 0 ]; then
	if [ -d "examples/$example/tests" ]; then set -- test; else set -- plan; fi
fi

try="$PWD/.build/try/$example"
simulator=
note= # about the time that reports take

stop() {
	if [ -n "$simulator" ]; then
		kill "$simulator" 2>/dev/null || true
		wait "$simulator" 2>/dev/null || true
		simulator=
	fi
}
trap stop EXIT
trap 'exit 130' INT
trap 'exit 143' TERM

# start_simulator starts the simulator and waits until it listens. It then writes
# the environment of the provider.
start_simulator() {
	local worlds="examples/$example/simulator" flags=() timing=(--generation 2s)
	if [ -e "$worlds/now.hcl" ]; then flags+=(--world "$worlds/now.hcl"); fi
	if [ -e "$worlds/last-quarter.hcl" ]; then flags+=(--past "2200h=$worlds/last-quarter.hcl"); fi
	# A profile has its own timing, over which a flag takes precedence.
	case " ${OPASIM_FLAGS:-}" in
	*" -profile"* | *" --profile"* | *" -generation"* | *" --generation"*) timing=() ;;
	esac
	# shellcheck disable=SC2086 # flags are words
	"$OPASIM" --listen 127.0.0.1:0 --env-file "$try/env" "${timing[@]}" "${flags[@]}" ${OPASIM_FLAGS:-} >"$try/opasim.log" 2>&1 &
	simulator=$!
	if [ "${#timing[@]}" -gt 0 ]; then note=" (a simulated report takes 2 s)"; fi
	local tries=100 # of 0.1 s
	until [ -s "$try/env" ]; do
		if ! kill -0 "$simulator" 2>/dev/null || [ "$((tries -= 1))" -le 0 ]; then
			cat "$try/opasim.log" >&2
			die "The simulator did not start. Its output is above."
		fi
		sleep 0.1
	done
}

# failed_as_intended STATUS reports whether the example fails on purpose, and each
# error in the output is a failed assertion of the example.
failed_as_intended() {
	case "$example" in
	access-review | assertions | module-tests) ;;
	*) return 1 ;;
	esac
	local errors
	errors=$(sed $'s/\x1b\\[[0-9;]*m//g' "$try/output" | grep -E '^(│ )?Error: ') || return 1
	[ "$1" -eq 1 ] && ! grep -qvE 'Error: (Module output value|Resource) (pre|post)condition failed$' <<<"$errors"
}

clean_environment
rm -rf "$try"
mkdir -p "$try"
cp -R "examples/$example" "$try/config"

mirror_provider "$try"
start_simulator
set -a
# shellcheck source=/dev/null
source "$try/env"
set +a

# The CLIs write to the home directory of the user.
mkdir -p "$try/home"
export HOME="$try/home"

cli=$(basename "$CLI")
progress "$cli init ($("$CLI" version | head -n 1))" "$try/init.log" "$CLI" -chdir="$try/config" init -no-color || {
	cat "$try/init.log" >&2
	die "$cli init failed. Its output is above."
}

status=0
if [ -t 1 ] || [ "${COLOR:-}" = always ]; then
	# The output follows the progress line once it is complete. The CLI writes its
	# colors to a file as well.
	progress "$cli $*$note" "$try/output" \
		"$CLI" -chdir="$try/config" "$@" || status=$?
	echo
	cat "$try/output"
else
	echo "==> $cli $*$note"
	echo
	"$CLI" -chdir="$try/config" "$1" -no-color "${@:2}" </dev/null 2>&1 | tee "$try/output" || status=$?
fi
if [ "$status" -ne 0 ] && failed_as_intended "$status"; then
	echo
	echo "==> $cli $1 failed, as intended: the simulated access violates the rules of this example (exit code $status)."
	status=0
fi
exit "$status"
