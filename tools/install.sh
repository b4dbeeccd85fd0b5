#!/usr/bin/env bash
# Copies the provider to where terraform init and tofu init look for providers
# by default, and prints how to use it. Started by make install. PLUGINS is
# another folder to copy it to.
set -euo pipefail
: "${PROVIDER:?is not set: this script is started by make}"
: "${VERSION:?is not set: this script is started by make}"

for host in registry.terraform.io registry.opentofu.org; do
	dir="${PLUGINS:-$HOME/.terraform.d/plugins}/$host/privileged-access/opa/$VERSION/$(go env GOOS)_$(go env GOARCH)"
	file="$dir/terraform-provider-opa_v$VERSION"
	mkdir -p "$dir"
	# A program that is running cannot be overwritten.
	rm -f "$file"
	cp "$PROVIDER" "$file"
	echo "Installed $file"
done
cat <<END

Use it with

  terraform {
    required_providers {
      opa = {
        source  = "privileged-access/opa"
        version = "$VERSION"
      }
    }
  }

and terraform init or tofu init. If a lock file has the checksum of an earlier
build of this version, run init -upgrade.
END
