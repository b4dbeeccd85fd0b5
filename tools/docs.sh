#!/usr/bin/env bash
# Renders the registry's documentation from the provider's schema, templates/
# and examples/ into docs/. With --check it only compares, and fails with the
# difference. Started by make docs and make docs-check.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/cli.sh
source tools/cli.sh

address=registry.terraform.io/privileged-access/opa
work="$PWD/.build/docs"

# The schema, under the short name by which tfplugindocs looks it up. The
# address is spelled out in the configuration, so that both CLIs use the same.
export_schema() {
	mkdir -p "$work/config"
	cat >"$work/config/main.tf" <<-CONFIG
		terraform {
		  required_providers {
		    opa = {
		      source = "$address"
		    }
		  }
		}
	CONFIG
	run_quietly "$work/init.log" "$CLI" -chdir="$work/config" init -no-color
	"$CLI" -chdir="$work/config" providers schema -json >"$work/cli-schema.json"
	sed "s|\"$address\":|\"opa\":|" "$work/cli-schema.json" >"$work/schema.json"
	grep -q '"opa":' "$work/schema.json" || die "The schema of $CLI does not name $address."
}

render() {
	# tfplugindocs takes the target relative to the repository.
	run_quietly "$work/tfplugindocs.log" go tool -modfile=tools/go.mod tfplugindocs generate \
		--provider-name opa \
		--providers-schema "$work/schema.json" \
		--website-temp-dir "$work/website" \
		--rendered-website-dir .build/docs/rendered
}

clean_environment
rm -rf "$work"
mkdir -p "$work"
offer_provider "$work"
export_schema
render

case "${1-}" in
'')
	rm -rf docs
	cp -R "$work/rendered" docs
	echo "Rendered docs/."
	;;
--check)
	if ! diff -ruN docs "$work/rendered"; then
		die "" "docs/ is not what the provider, templates/ and examples/ say (+ is new). Run make docs."
	fi
	echo "docs/ is up to date."
	;;
*)
	die "usage: tools/docs.sh [--check]"
	;;
esac
