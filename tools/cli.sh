# shellcheck shell=bash
# Functions for scripts that start Terraform or OpenTofu. Source it in the root of
# the repository, with the variables that GNUmakefile sets:
#
#   CLI       absolute path of terraform or tofu
#   PROVIDER  path of the provider binary
#   VERSION   version of the provider in the mirror

: "${CLI:?is not set: this script is started by make}"
: "${PROVIDER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

# die MESSAGE... prints the message and exits with 1.
die() {
	printf '%s\n' "$@" >&2
	exit 1
}

# clean_environment unsets the variables of the user that configure the CLI or the
# provider.
clean_environment() {
	local name
	for name in ${!TF_@} ${!OPA_@} ${!OKTAPAM_@}; do
		unset "$name"
	done
	export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
}

# mirror_provider DIR creates a filesystem mirror with the provider in DIR, and
# configures the CLI to install providers only from it. The mirror has the names of
# both registries, because each CLI has its own default.
mirror_provider() {
	local dir=$1 platform host target
	platform="$(go env GOOS)_$(go env GOARCH)"
	rm -rf "$dir/mirror"
	for host in registry.terraform.io registry.opentofu.org; do
		target="$dir/mirror/$host/privileged-access/opa/$VERSION/$platform"
		mkdir -p "$target"
		cp "$PROVIDER" "$target/terraform-provider-opa_v$VERSION"
	done

	cat >"$dir/cli.tfrc" <<-CONFIG
		provider_installation {
		  filesystem_mirror {
		    path = "$dir/mirror"
		  }
		}
	CONFIG
	export TF_CLI_CONFIG_FILE="$dir/cli.tfrc"
}

# run_quietly LOG COMMAND... runs a command and prints its output only if it fails.
run_quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		local status=$?
		cat "$log" >&2
		return "$status"
	}
}
