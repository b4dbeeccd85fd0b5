#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME. Started by make fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in ./internal/accessreport ./internal/client; do
	# Without a variable, a package that does not build would look like one without targets.
	targets=$(go test -list '^Fuzz' "$package")
	while read -r target; do
		echo "==> $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "$package"
	done < <(grep '^Fuzz' <<<"$targets")
done
