#!/usr/bin/env bash
# tools/try.sh EXAMPLE [COMMAND...] plans one of examples/ against the bundled
# simulator, runs its tests, or does something else: no tenant, no credentials. Started by
# make demo and make try. Everything it writes is below .build/try, and what it
# starts it stops. The exit code is the CLI's.
#
# OPASIM is the simulator's program, OPASIM_FLAGS what it is told besides.
# COLOUR=always is for an answer that is not shown on a terminal yet.
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
	echo "There is no example '$example' to try. There are, for EXAMPLE=...:" >&2
	grep -l required_providers examples/*/*.tf examples/*/*/*.tf | sed 's|^examples/\(.*\)/.*|  \1|' | sort -u >&2
	exit 1
fi
# What has tests is a module, which they use as its users would.
if [ "$#" -eq 0 ]; then
	if [ -d "examples/$example/tests" ]; then set -- test; else set -- plan; fi
fi

try="$PWD/.build/try/$example"
simulator=

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

# start_simulator waits until the simulator has written what the provider needs
# to know, which it does once it listens.
start_simulator() {
	# shellcheck disable=SC2086 # flags are words
	"$OPASIM" --listen 127.0.0.1:0 --generation 2s --env-file "$try/env" ${OPASIM_FLAGS:-} >"$try/opasim.log" 2>&1 &
	simulator=$!
	local tries=100 # of a tenth of a second
	until [ -s "$try/env" ]; do
		if ! kill -0 "$simulator" 2>/dev/null || [ "$((tries -= 1))" -le 0 ]; then
			cat "$try/opasim.log" >&2
			die "The simulator did not start; what it said stands above."
		fi
		sleep 0.1
	done
}

clean_environment
rm -rf "$try"
mkdir -p "$try"
cp -R "examples/$example" "$try/config"

offer_provider "$try"
start_simulator
set -a
# shellcheck source=/dev/null
source "$try/env"
set +a

# The CLIs keep a folder in the home of their user.
mkdir -p "$try/home"
export HOME="$try/home"

cli=$(basename "$CLI")
progress "$cli init ($("$CLI" version | head -n 1))" "$try/init.log" "$CLI" -chdir="$try/config" init -no-color || {
	cat "$try/init.log" >&2
	die "$cli init failed; what it said stands above."
}

status=0
if [ -t 1 ] || [ "${COLOUR:-}" = always ]; then
	# The answer stands below the progress line, whole, once it is there. The
	# CLI's colours, which it would not have left out for a file, come along.
	progress "$cli $* (a simulated report takes 2 s)" "$try/answer" \
		"$CLI" -chdir="$try/config" "$@" || status=$?
	echo
	cat "$try/answer"
else
	echo "==> $cli $* (a simulated report takes 2 s)"
	echo
	"$CLI" -chdir="$try/config" "$1" -no-color "${@:2}" </dev/null || status=$?
fi
exit "$status"
