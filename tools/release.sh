#!/usr/bin/env bash
# Builds, signs and uploads a draft release of the pushed tag. Started by make release
# in .github/workflows/release.yml, where GITHUB_REF_NAME is the tag. The script does
# not use git describe, because it may return another tag of the same commit.
#
#   tools/release.sh                  release the tag
#   tools/release.sh notes VERSION    print the section of a version in CHANGELOG.md
#
# GORELEASER overrides the goreleaser that tools/goreleaser pins.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

notes() {
	[ -f CHANGELOG.md ] || die "CHANGELOG.md not found. Run make changelog RELEASE=$1."
	awk -v heading="## $1 " '
		/^## / { found = index($0, heading) == 1; next }
		found && (printed || NF) { print; printed = 1 }
		END { exit !printed }
	' CHANGELOG.md ||
		die "CHANGELOG.md has no notes for '$1'. Run make changelog RELEASE=$1 before you create the tag."
}

release() {
	local tag=${GITHUB_REF_NAME:?is not set: it is the tag to release}
	[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || die "'$tag' is not a version tag such as v1.2.3."
	[ "$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}")" = "$(git rev-parse HEAD)" ] ||
		die "Tag $tag does not point to the checked-out commit."
	mkdir -p .build
	notes "${tag#v}" >.build/release-notes.md
	export GORELEASER_CURRENT_TAG=$tag
	${GORELEASER:-go tool -modfile=tools/goreleaser/go.mod goreleaser} release --clean --release-notes .build/release-notes.md
}

case "${1-}" in
'') release ;;
notes) notes "${2?is missing: the version}" ;;
*) die "usage: tools/release.sh [notes VERSION]" ;;
esac
