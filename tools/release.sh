#!/usr/bin/env bash
# Builds, signs and uploads the release of the tag that was pushed, as a draft.
# Started by make release in .github/workflows/release.yml, where
# GITHUB_REF_NAME is that tag: git describe could find another tag of the commit.
#
#   tools/release.sh                  release the tag
#   tools/release.sh notes VERSION    print the section of CHANGELOG.md on a version
#
# GORELEASER is another goreleaser to run than the one that tools/goreleaser pins.
set -euo pipefail
cd "$(dirname "$0")/.."

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

notes() {
	[ -f CHANGELOG.md ] || die "There is no CHANGELOG.md: make changelog RELEASE=$1 writes it."
	awk -v heading="## $1 " '
		/^## / { found = index($0, heading) == 1; next }
		found && (printed || NF) { print; printed = 1 }
		END { exit !printed }
	' CHANGELOG.md ||
		die "CHANGELOG.md has no notes of '$1': run make changelog RELEASE=$1 before tagging."
}

release() {
	local tag=${GITHUB_REF_NAME:?is not set: it is the tag to release}
	[[ $tag =~ ^v[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]] || die "'$tag' is not the tag of a version, such as v1.2.3."
	[ "$(git rev-parse --verify --quiet "refs/tags/$tag^{commit}")" = "$(git rev-parse HEAD)" ] ||
		die "The tag $tag is not of the commit that is checked out."
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
