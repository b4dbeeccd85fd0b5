#!/usr/bin/env bash
# Renders the output of make demo as the picture in the README. With --check, it fails
# if the picture differs. Started by make screenshot with the OpenTofu that
# tools/opentofu pins, because the output of the CLIs differs.
set -euo pipefail
cd "$(dirname "$0")/.."

picture=.github/demo.svg
output=.build/try/demo/output
rendered=.build/demo.svg

mkdir -p .build
COLOR=always tools/try.sh demo plan -lock=false >.build/screenshot.log 2>&1 || {
	cat .build/screenshot.log >&2
	exit 1
}
# The picture shows only the last output and the warning, to be short.
awk '/who_has_access_to_web_01/ { on = 1 } on' "$output" >"$output.ansi"
[ -s "$output.ansi" ] || {
	echo "The output of make demo does not contain who_has_access_to_web_01." >&2
	exit 1
}
go tool -modfile=tools/screenshot/go.mod freeze "$output.ansi" --config tools/screenshot/freeze.json --output "$rendered" >/dev/null

if [ "${1:-}" = --check ]; then
	cmp "$rendered" "$picture" || {
		echo "$picture differs from the output of make demo. Run make screenshot and look at the picture." >&2
		exit 1
	}
else
	mkdir -p "$(dirname "$picture")"
	cp "$rendered" "$picture"
	echo "==> Wrote $picture"
fi
