#!/usr/bin/env bash
# Checks that the archives built by make release-snapshot are complete, and that
# another build produces the same bytes. Then builds one archive with an SBOM and a
# signature, like a release, and checks which files are signed. Started by make
# release-test.
set -euo pipefail
cd "$(dirname "$0")/.."
: "${VERSION:?is not set: this script is started by make}"

goreleaser=$(go tool -n -modfile=tools/goreleaser/go.mod goreleaser)

dist="$PWD/.build/dist"
again="$PWD/.build/release-test"
name=terraform-provider-opa
sums="${name}_${VERSION}_SHA256SUMS"

die() {
	printf '%s\n' "$@" >&2
	exit 1
}

# test_signed_build builds with a temporary key and a fake syft that only writes a
# file. It tests which checksums are signed, and not the content of an SBOM.
test_signed_build() {
	command -v gpg >/dev/null || die "gpg is not on the PATH. Install GnuPG."
	local platform listed
	platform="$(go env GOOS)_$(go env GOARCH)"
	work="$PWD/.build/release-sign-test"
	rm -rf "$work"
	mkdir -p "$work/bin"
	# The directory has a short path, because the path of a socket is limited to about
	# 100 characters.
	GNUPGHOME=$(mktemp -d)
	export GNUPGHOME
	trap 'gpgconf --kill all; rm -rf "$GNUPGHOME" "$work"' EXIT

	echo "==> Building an archive with an SBOM and a signature"
	gpg --batch --quiet --passphrase '' --quick-gen-key 'A test <test@example.com>' rsa2048 sign 1d 2>"$work/log" ||
		die "gpg did not create a key:" "$(<"$work/log")"
	GPG_FINGERPRINT=$(gpg --batch --with-colons --list-keys 2>/dev/null | awk -F: '$1 == "fpr" { print $10; exit }')
	export GPG_FINGERPRINT
	cat >"$work/bin/syft" <<-'END'
		#!/bin/sh
		for argument; do
			case $argument in spdx-json=*) echo '{}' >"${argument#*=}" ;; esac
		done
	END
	chmod +x "$work/bin/syft"
	sed -e "s|^dist: .*|dist: .build/release-sign-test/dist|" \
		-e "s/^    goos: .*/    goos: [${platform%_*}]/" \
		-e "s/^    goarch: .*/    goarch: [\"${platform#*_}\"]/" .goreleaser.yml >"$work/goreleaser.yml"
	PATH="$work/bin:$PATH" "$goreleaser" release --config "$work/goreleaser.yml" --snapshot --clean >"$work/log" 2>&1 ||
		die "$(<"$work/log")"

	echo "==> Checking that only the checksums of the archive and the manifest are signed"
	cd "$work/dist"
	[ -f "${name}_${VERSION}_$platform.zip.sbom.json" ] || die "SBOM not found in:" ./*
	listed=$(awk '{ print $2 }' "$sums" | LC_ALL=C sort)
	[ "$listed" = "$(printf '%s\n' "${name}_${VERSION}_$platform.zip" "${name}_${VERSION}_manifest.json" | LC_ALL=C sort)" ] ||
		die "$sums lists" "$listed"
	gpg --batch --quiet --verify "$sums.sig" "$sums" 2>"$work/log" || die "$(<"$work/log")"
}

platforms=(
	darwin_amd64 darwin_arm64
	freebsd_386 freebsd_amd64 freebsd_arm freebsd_arm64
	linux_386 linux_amd64 linux_arm linux_arm64
	windows_386 windows_amd64 windows_arm64
)

echo "==> Checking the checksums of the archives and the manifest"
expected=$(
	for platform in "${platforms[@]}"; do
		echo "${name}_${VERSION}_$platform.zip"
	done
	echo "${name}_${VERSION}_manifest.json"
)
listed=$(awk '{ print $2 }' "$dist/$sums" | LC_ALL=C sort)
[ "$listed" = "$(LC_ALL=C sort <<<"$expected")" ] || die "$sums lists" "$listed"
# The published manifest has a different name.
cp terraform-registry-manifest.json "$dist/${name}_${VERSION}_manifest.json"
(cd "$dist" && sha256sum --check --quiet "$sums")

echo "==> Checking that each archive contains the provider and the license"
for platform in "${platforms[@]}"; do
	program="${name}_v$VERSION"
	[[ $platform = windows_* ]] && program+=.exe
	content=$(unzip -Z1 "$dist/${name}_${VERSION}_$platform.zip" | LC_ALL=C sort)
	[ "$content" = "$(printf '%s\n' LICENSE "$program")" ] || die "The archive of $platform contains" "$content"
done

# The archives must not depend on the directory, the time zone or the umask.
echo "==> Building again with another directory, time zone and umask"
rm -rf "$again"
mkdir -p "$again/clone"
git ls-files -z --cached --others --exclude-standard | tar -c --null -T - | tar -x -C "$again/clone"
cp -R .git "$again/clone/.git"
(
	cd "$again/clone"
	umask 077
	export TZ=Asia/Tokyo
	VERSION=$VERSION "$goreleaser" release --snapshot --clean --skip=sign,sbom >"$again/log" 2>&1 || {
		cat "$again/log" >&2
		exit 1
	}
)
diff "$dist/$sums" "$again/clone/.build/dist/$sums" || die "Two builds of the same commit differ."

# The other builds use the build cache of Go.
echo "==> Building one program without the build cache"
(
	cd "$again/clone"
	GOCACHE="$again/cache" CGO_ENABLED=0 make --no-print-directory build VERSION="$VERSION"
)
platform="$(go env GOOS)_$(go env GOARCH)"
unzip -p "$dist/${name}_${VERSION}_$platform.zip" "${name}_v$VERSION" | cmp - "$again/clone/.build/bin/$name" ||
	die "Two builds of the same commit differ for $platform."

rm -rf "$again"
grep -F "_$platform.zip" "$dist/$sums"

# This comes last because it changes the directory and sets a trap.
test_signed_build
