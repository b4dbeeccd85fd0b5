#!/usr/bin/env bash
# Runs go test with the given arguments. If CI is set, it builds conftest for the tests
# that need it, and a skipped test is a failure. Started by make.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)

[ -n "${CI:-}" ] || exec go test "$@"

CONFTEST=$(cd "$root" && go tool -n -modfile=tools/conftest/go.mod conftest)
export CONFTEST
summary="$root/.build/testsummary"
go -C "$root" build -o "$summary" ./internal/repo/testsummary
go test -json "$@" | "$summary"
