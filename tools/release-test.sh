#!/usr/bin/env bash
# Checks the archives that make release-snapshot has built: that they are all
# there and hold what they should, and that building them again gives the same
# bytes. Started by make release-test.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${GORELEASER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

dist="$PWD/.build/dist"
again="$PWD/.build/release-test"
name=terraform-provider-opa
sums="${name}_${VERSION}_SHA256SUMS"

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

platforms=(
	darwin_amd64 darwin_arm64
	freebsd_386 freebsd_amd64 freebsd_arm freebsd_arm64
	linux_386 linux_amd64 linux_arm linux_arm64
	windows_386 windows_amd64 windows_arm64
)

echo "==> The checksums name each archive and the manifest, and are right"
expected=$(
	for platform in "${platforms[@]}"; do
		echo "${name}_${VERSION}_$platform.zip"
	done
	echo "${name}_${VERSION}_manifest.json"
)
listed=$(awk '{ print $2 }' "$dist/$sums" | LC_ALL=C sort)
[ "$listed" = "$(LC_ALL=C sort <<<"$expected")" ] || die "$sums lists" "$listed"
# The manifest is published under another name than it has here.
cp terraform-registry-manifest.json "$dist/${name}_${VERSION}_manifest.json"
(cd "$dist" && sha256sum --check --quiet "$sums")

echo "==> Each archive holds the provider and the licence"
for platform in "${platforms[@]}"; do
	program="${name}_v$VERSION"
	[[ $platform = windows_* ]] && program+=.exe
	held=$(unzip -Z1 "$dist/${name}_${VERSION}_$platform.zip" | LC_ALL=C sort)
	[ "$held" = "$(printf '%s\n' LICENSE "$program")" ] || die "The archive of $platform holds" "$held"
done

# Another folder, time zone and umask: none of them may be in an archive.
echo "==> Building again, elsewhere"
rm -rf "$again"
mkdir -p "$again/clone"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$again/clone"
cp -R .git "$again/clone/.git"
(
	cd "$again/clone"
	umask 077
	export TZ=Asia/Tokyo
	VERSION=$VERSION "$GORELEASER" release --snapshot --clean --skip=sign,sbom >"$again/log" 2>&1 || {
		cat "$again/log" >&2
		exit 1
	}
)
diff "$dist/$sums" "$again/clone/.build/dist/$sums" || die "The same commit gave other archives."

# Go would have taken most of that from its cache.
echo "==> Compiling one of them from nothing"
(
	cd "$again/clone"
	GOCACHE="$again/cache" CGO_ENABLED=0 make --no-print-directory build VERSION="$VERSION"
)
platform="$(go env GOOS)_$(go env GOARCH)"
unzip -p "$dist/${name}_${VERSION}_$platform.zip" "${name}_v$VERSION" | cmp - "$again/clone/.build/bin/$name" ||
	die "The same commit gave another program for $platform."

rm -rf "$again"
grep -F "_$platform.zip" "$dist/$sums"
