#!/usr/bin/env bash
# Plans examples/demo against the bundled simulator: no tenant, no credentials.
# Started by make demo. Everything it writes is below .build/demo, and what it
# starts it stops. The exit code is that of the plan.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/cli.sh
source tools/cli.sh
: "${OPASIM:?is not set: this script is started by make}"

demo="$PWD/.build/demo"
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
	"$OPASIM" --listen 127.0.0.1:0 --generation 2s --env-file "$demo/env" >"$demo/opasim.log" 2>&1 &
	simulator=$!
	local tries=100 # of a tenth of a second
	until [ -s "$demo/env" ]; do
		if ! kill -0 "$simulator" 2>/dev/null || [ "$((tries -= 1))" -le 0 ]; then
			cat "$demo/opasim.log" >&2
			die "The simulator did not start; what it said stands above."
		fi
		sleep 0.1
	done
}

clean_environment
rm -rf "$demo"
mkdir -p "$demo/config"
cp examples/demo/*.tf "$demo/config/"

echo "==> Offering the provider to $("$CLI" version | head -n 1)"
offer_provider "$demo"

echo "==> Starting the simulated tenant"
start_simulator
set -a
# shellcheck source=/dev/null
source "$demo/env"
set +a

# The CLIs keep a folder in the home of their user.
mkdir -p "$demo/home"
export HOME="$demo/home"

colour=-no-color
if [ -t 1 ]; then
	colour=
fi

cli=$(basename "$CLI")
echo "==> $cli init"
run_quietly "$demo/init.log" "$CLI" -chdir="$demo/config" init -no-color

echo "==> $cli plan (the reports take a few seconds, as they do in a real tenant)"
echo
status=0
"$CLI" -chdir="$demo/config" plan -lock=false ${colour:+"$colour"} || status=$?
exit "$status"
