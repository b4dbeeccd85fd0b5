#!/usr/bin/env bash
# Copies the provider to the default plugin directory of terraform init and tofu
# init, and prints how to use it. PLUGINS overrides the directory. Started by make
# install.
set -euo pipefail
: "${PROVIDER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

for host in registry.terraform.io registry.opentofu.org; do
	dir="${PLUGINS:-$HOME/.terraform.d/plugins}/$host/privileged-access/opa/$VERSION/$(go env GOOS)_$(go env GOARCH)"
	file="$dir/terraform-provider-opa_v$VERSION"
	mkdir -p "$dir"
	# A running program cannot be overwritten.
	rm -f "$file"
	cp "$PROVIDER" "$file"
	echo "Installed $file"
done
cat <<END

To use it, add this to your configuration:

  terraform {
    required_providers {
      opa = {
        source  = "privileged-access/opa"
        version = "$VERSION"
      }
    }
  }

Then run terraform init or tofu init. If a lock file contains the checksum of an
earlier build of this version, run init -upgrade.
END
