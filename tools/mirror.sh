# shellcheck shell=bash
# The layout of a filesystem mirror, for scripts that are started by make.
#
#   PROVIDER  the provider's binary
#   VERSION   the version of the provider in the mirror

: "${PROVIDER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

# copy_provider DIR copies the provider into the filesystem mirror DIR, and prints the
# paths. The mirror has the names of both registries, because each CLI has its own
# default.
copy_provider() {
	local host dir file
	for host in registry.terraform.io registry.opentofu.org; do
		dir="$1/$host/privileged-access/opa/$VERSION/$(go env GOOS)_$(go env GOARCH)"
		file="$dir/terraform-provider-opa_v$VERSION"
		mkdir -p "$dir"
		# A running program cannot be overwritten.
		rm -f "$file"
		cp "$PROVIDER" "$file"
		echo "$file"
	done
}
