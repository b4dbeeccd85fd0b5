#!/usr/bin/env bash
# Builds a version of Terraform from the Go module proxy:
#
#   tools/terraform.sh VERSION PROGRAM
#
# Most backends of Terraform 1.9 or newer are modules of their own, which go.mod
# replaces by directories. The proxy does not have these directories, and go install
# refuses a go.mod with replacements. So this script builds a copy without these
# backends. The provider does not depend on them. Everything else is unchanged, and
# the go.sum of Terraform verifies its dependencies. Requires jq. Started by make.
set -euo pipefail
version=$1
program=$2

copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
download=$(cd "$copy" && go mod download -json "github.com/hashicorp/terraform@v$version")
cp -R "$(jq -r .Dir <<<"$download")/." "$copy"
chmod -R u+w "$copy"

backends=$copy/internal/backend/init/init.go
missing=$(go mod edit -json "$copy/go.mod" | jq -r '.Replace[]?.Old.Path')
for module in $missing; do
	go mod edit -droprequire="$module" -dropreplace="$module" "$copy/go.mod"
	# Delete the import, and the line that registers the backend by the name of the import.
	name=$(sed -n "s|^[[:space:]]*\([A-Za-z0-9]*\) \"$module\"\$|\1|p" "$backends")
	[ -n "$name" ] || continue
	sed "/[[:space:]]${name}[ .]/d" "$backends" >"$copy/edited"
	mv "$copy/edited" "$backends"
done

# Without version.dev=no, terraform version reports a development version.
go -C "$copy" build -trimpath -buildvcs=false -ldflags '-s -w -X github.com/hashicorp/terraform/version.dev=no' -o "$program" .
