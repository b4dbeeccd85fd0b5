#!/usr/bin/env bash
# Runs each fuzz target for FUZZTIME. Started by make fuzz.
set -euo pipefail
cd "$(dirname "$0")/.."

for package in ./internal/accessreport ./internal/client; do
	# An assignment fails if the package does not build. A pipe would ignore that.
	targets=$(go test -list '^Fuzz' "$package")
	while read -r target; do
		echo "==> $package $target"
		go test -run '^$' -fuzz "^$target\$" -fuzztime "${FUZZTIME:-30s}" "$package"
	done < <(grep '^Fuzz' <<<"$targets")
done
