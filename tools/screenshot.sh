#!/usr/bin/env bash
# Renders what make demo answers as the picture that opens the README, or with
# --check fails if that picture shows something else. Started by make
# screenshot, always with the OpenTofu that tools/opentofu pins, since each CLI
# words and frames its plans a little differently.
set -euo pipefail
cd "$(dirname "$0")/.."

picture=.github/demo.svg
answer=.build/try/demo/answer
rendered=.build/demo.svg

mkdir -p .build
COLOUR=always tools/try.sh demo plan -lock=false >.build/screenshot.log 2>&1 || {
	cat .build/screenshot.log >&2
	exit 1
}
# The last answer and what the check says of it: the first is as long again.
awk '/who_has_access_to_web_01/ { on = 1 } on' "$answer" >"$answer.ansi"
[ -s "$answer.ansi" ] || {
	echo "make demo has no output who_has_access_to_web_01 any more." >&2
	exit 1
}
go tool -modfile=tools/screenshot/go.mod freeze "$answer.ansi" --config tools/screenshot/freeze.json --output "$rendered" >/dev/null

if [ "${1:-}" = --check ]; then
	cmp "$rendered" "$picture" || {
		echo "$picture is not what make demo prints now: run make screenshot, and look at it." >&2
		exit 1
	}
else
	mkdir -p "$(dirname "$picture")"
	cp "$rendered" "$picture"
	echo "==> Wrote $picture"
fi
