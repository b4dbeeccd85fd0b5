# shellcheck shell=bash
# What the scripts that start Terraform or OpenTofu share. It is sourced, from
# the root of the repository, with the variables that GNUmakefile hands over:
#
#   CLI       absolute path of terraform or tofu
#   PROVIDER  the provider's binary
#   VERSION   the version it is offered under

: "${CLI:?is not set: this script is started by make}"
: "${PROVIDER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

# die MESSAGE... ends the script.
die() {
	printf '%s\n' "$@" >&2
	exit 1
}

# clean_environment drops what would change what the CLI does, or which tenant
# the provider talks to: the user's settings are for the user's own runs.
clean_environment() {
	local name
	for name in ${!TF_@} ${!OPA_@} ${!OKTAPAM_@}; do
		unset "$name"
	done
	export CHECKPOINT_DISABLE=1 TF_IN_AUTOMATION=1 TF_INPUT=0
}

# offer_provider DIR puts the provider where the CLI looks for it, a mirror
# inside DIR, and makes that the only place where it looks. Both registries'
# names are served, as each CLI has its own default.
offer_provider() {
	local dir=$1 platform host place
	platform="$(go env GOOS)_$(go env GOARCH)"
	rm -rf "$dir/mirror"
	for host in registry.terraform.io registry.opentofu.org; do
		place="$dir/mirror/$host/privileged-access/opa/$VERSION/$platform"
		mkdir -p "$place"
		cp "$PROVIDER" "$place/terraform-provider-opa_v$VERSION"
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

# run_quietly LOG COMMAND... shows what the command said only if it fails.
run_quietly() {
	local log=$1
	shift
	"$@" >"$log" 2>&1 || {
		local status=$?
		cat "$log" >&2
		return "$status"
	}
}
