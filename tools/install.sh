#!/usr/bin/env bash
# Copies the provider to the default plugin directory of terraform init and tofu
# init, and prints how to use it. PLUGINS overrides the directory. Started by make
# install.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/mirror.sh
source tools/mirror.sh

copy_provider "${PLUGINS:-$HOME/.terraform.d/plugins}" | sed 's/^/Installed /'
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
