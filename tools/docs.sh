#!/usr/bin/env bash
# Renders the registry's documentation from the provider's schema, templates/
# and examples/ into docs/. With --check, it only compares docs/ and prints the
# difference. Started by make docs and make docs-check.
set -euo pipefail
cd "$(dirname "$0")/.."
# shellcheck source=tools/cli.sh
source tools/cli.sh

address=registry.terraform.io/privileged-access/opa
work="$PWD/.build/docs"

# export_schema writes the schema of the provider with the short name that
# tfplugindocs uses. The configuration contains the full address, so that both CLIs
# use the same one.
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
	grep -q '"opa":' "$work/schema.json" || die "The schema printed by $CLI does not contain $address."
}

render() {
	# The target of tfplugindocs is relative to the repository.
	run_quietly "$work/tfplugindocs.log" go tool -modfile=tools/go.mod tfplugindocs generate \
		--provider-name opa \
		--providers-schema "$work/schema.json" \
		--website-temp-dir "$work/website" \
		--rendered-website-dir .build/docs/rendered
}

clean_environment
rm -rf "$work"
mkdir -p "$work"
mirror_provider "$work"
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
		die "" "docs/ differs from the rendered documentation (+ is rendered). Run make docs."
	fi
	echo "docs/ is up to date."
	;;
*)
	die "usage: tools/docs.sh [--check]"
	;;
esac
