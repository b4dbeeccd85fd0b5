#!/usr/bin/env bash
# Renders the fragments in .changelog as the notes of a release. With a version
# it writes them into CHANGELOG.md, above the earlier ones, and removes the
# fragments; without one it only shows them. Started by make changelog.
set -euo pipefail
cd "$(dirname "$0")/.."

release=${1-}
issues=https://github.com/privileged-access/terraform-provider-opa/issues
if [ -n "$release" ] && [[ ! $release =~ ^[0-9]+\.[0-9]+\.[0-9]+(-[0-9A-Za-z.]+)?$ ]]; then
	echo "usage: make changelog [RELEASE=1.2.3]" >&2
	exit 2
fi

shopt -s nullglob
fragments=(.changelog/*.txt)

# What is in no block, of no known kind or of several lines would be lost
# without a word, so it is an error.
notes() {
	[ ${#fragments[@]} -gt 0 ] || return 0
	LC_ALL=C awk -v issues="$issues" '
		BEGIN {
			n = split("breaking-change note security new-data-source new-ephemeral new-function feature enhancement bug", kinds, " ")
			split("BREAKING CHANGES|NOTES|SECURITY|FEATURES|FEATURES|FEATURES|FEATURES|ENHANCEMENTS|BUG FIXES", titles, "|")
			names["new-data-source"] = "Data Source"; names["new-ephemeral"] = "Ephemeral Resource"; names["new-function"] = "Function"
			for (i = 1; i <= n; i++) known[kinds[i]] = 1
		}
		function fail(why) { printf "%s:%d: %s\n", FILENAME, FNR, why >"/dev/stderr"; failed = 1; exit 1 }
		FNR == 1 {
			if (kind != "") fail("the file before ends within a block")
			link = FILENAME; sub(/.*\//, "", link); sub(/\.txt$/, "", link)
			link = link ~ /^[0-9]+$/ ? " ([#" link "](" issues "/" link "))" : ""
		}
		kind == "" && /^[ \t]*$/ { next }
		kind == "" && /^```release-note:/ {
			kind = substr($0, length("```release-note:") + 1)
			if (!(kind in known)) fail("there is no kind " kind)
			next
		}
		kind == "" { fail("this is in no block") }
		/^```$/ { if (text == "") fail("the block is empty"); kind = text = ""; next }
		text != "" { fail("a note is one line") }
		{
			text = $0
			line = (kind in names) ? "**New " names[kind] ":** `" text "`" : text
			all[kind] = all[kind] "* " line link "\n"
		}
		END {
			if (failed) exit 1
			if (kind != "") fail("the file ends within a block")
			for (i = 1; i <= n; i++) {
				if (all[kinds[i]] == "") continue
				if (titles[i] != shown) printf "%s%s:\n\n", (shown == "" ? "" : "\n"), titles[i]
				shown = titles[i]
				printf "%s", all[kinds[i]]
			}
		}
	' "${fragments[@]}"
}

text=$(notes)
if [ -z "$release" ]; then
	printf '## Unreleased\n\n%s\n' "${text:-There is nothing to tell.}"
	exit
fi
[ -n "$text" ] || {
	echo "There are no fragments: nothing to release." >&2
	exit 1
}
if grep -qs "^## $release " CHANGELOG.md; then
	echo "CHANGELOG.md has notes of $release already." >&2
	exit 1
fi
{
	printf '# Changelog\n\n## %s (%s)\n\n%s\n' "$release" "$(date -u +%F)" "$text"
	[ ! -f CHANGELOG.md ] || tail -n +2 CHANGELOG.md
} >CHANGELOG.md.new
mv CHANGELOG.md.new CHANGELOG.md
rm "${fragments[@]}"
echo "CHANGELOG.md has the notes of $release; its fragments are removed."
