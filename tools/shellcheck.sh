#!/usr/bin/env bash
# Checks the scripts, with shellcheck if it is installed. Started by make lint.
set -euo pipefail
cd "$(dirname "$0")/.."

scripts=(tools/*.sh .ci/run)
for script in "${scripts[@]}"; do
	bash -n "$script"
done
if command -v shellcheck >/dev/null; then
	# "a && b || true" is intended, and functions called by trap are reachable
	# (two codes, depending on the version of shellcheck).
	shellcheck -x -e SC2015,SC2317,SC2329 "${scripts[@]}"
elif [ -n "${CI:-}" ]; then
	echo 'shellcheck is not on the PATH.' >&2
	exit 1
else
	echo 'shellcheck is not on the PATH. The scripts were only parsed.'
fi
