#!/usr/bin/env bash
# Runs every check that a change must pass, until the first one fails. Started by
# make ci, which .ci/run and .github/workflows/test.yml run. Checks that are fast or
# fail often come first. OpenTofu, which takes minutes to build, comes late.
# Requirements in addition to Go: terraform, a C compiler and the commands that
# .ci/run installs. Only Go modules are downloaded.
set -euo pipefail
cd "$(dirname "$0")/.."

export CI=${CI:-true} # tools/test.sh: skipped tests are failures
unset CLI             # each check sets its own
logs="$PWD/.build/ci"
rm -rf "$logs"
mkdir -p "$logs"

name=
report_failure() {
	local status=$?
	if [ "$status" -ne 0 ]; then
		printf '\nFAILED: %s (exit code %s, after %s s)\n' "${name:-start}" "$status" "$SECONDS" >&2
	fi
}
trap report_failure EXIT

# check NAME COMMAND... runs a check, and prints its name and time.
check() {
	name=$1
	shift
	local start=$SECONDS
	printf '\n=== %s\n' "$name"
	"$@" 2>&1 | tee -a "$logs/output"
	printf -- '--- %s: ok, %s s\n' "$name" "$((SECONDS - start))"
}

tidy() {
	local module
	for module in . $(dirname tools/go.mod tools/*/go.mod); do
		go -C "$module" mod tidy -diff
	done
}

# prose_rules tests the rules of make prose, which checks the texts.
prose_rules() {
	cd tools/vale
	../test.sh -count=1 .
}

check "build" make build
# With the flags of the release, which builds for all platforms, but last.
check "build for 32 bits" env CGO_ENABLED=0 GOARCH=386 go build -trimpath ./...
check "tests" make test RACE=1
check "page of report_html in a browser, and pages of the documentation" make test-page
check "tidy modules" tidy
check "lint" make lint
check "rules of the prose linter" prose_rules
check "documentation" make docs-check
check "demo" make demo
check "short benchmarks" make bench-short
check "tests on OpenTofu" make test-tofu
check "documentation on OpenTofu" make docs-check CLI=tofu
check "demo on OpenTofu" make demo CLI=tofu
check "screenshot of the demo" make screenshot-check
check "tests on the oldest Terraform and OpenTofu" make test-oldest
check "release archives" make release-test
check "release archives on OpenTofu" make release-install-test CLI=tofu

name=
printf '\nAll checks passed in %s s. Total of all test runs:\n' "$SECONDS"
# internal/repo/testsummary prints these lines.
awk '/^[0-9]+ passed, [0-9]+ failed, [0-9]+ skipped$/ { passed += $1; failed += $3; skipped += $5 }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit !passed }' "$logs/output"
