# shellcheck shell=bash
# Functions for scripts that start Terraform or OpenTofu. Source it in the root of
# the repository, with the variables that GNUmakefile sets:
#
#   CLI                absolute path of terraform or tofu
#   PROVIDER, VERSION  see mirror.sh

: "${CLI:?is not set: this script is started by make}"
# shellcheck source=tools/mirror.sh
source tools/mirror.sh

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
# configures the CLI to install providers only from it.
mirror_provider() {
	local dir=$1
	rm -rf "$dir/mirror"
	copy_provider "$dir/mirror" >/dev/null

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
