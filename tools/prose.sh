#!/usr/bin/env bash
# Checks the wording of documents, Go comments and messages with vale, whose
# rules are in tools/vale/styles/Project. Started by make prose; arguments,
# such as --output=line or files, are passed to vale instead.
set -euo pipefail
cd "$(dirname "$0")/.."

vale=(go tool -modfile=tools/vale/go.mod vale)
[ $# -eq 0 ] || exec "${vale[@]}" "$@"
git ls-files -z --cached --others --exclude-standard -- \
	README.md DESIGN.md CONTRIBUTING.md SECURITY.md .changelog/README.md '*.go' \
	'templates/*.tmpl' 'docs/*.md' 'examples/*/README.md' 'internal/*.md' \
	internal/provider/testdata/diagnostics.txt |
	xargs -0 "${vale[@]}"
