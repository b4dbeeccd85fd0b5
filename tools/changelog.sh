#!/usr/bin/env bash
# Renders the fragments in .changelog as release notes. With a version, it adds the
# notes to the top of CHANGELOG.md and removes the fragments. Without a version, it
# only prints the notes. Started by make changelog.
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

# notes prints the release notes. Text outside of a block, an unknown kind and a note
# of several lines are errors, so that no text is lost.
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
			if (kind != "") fail("the previous file ends inside a block")
			link = FILENAME; sub(/.*\//, "", link); sub(/\.txt$/, "", link)
			link = link ~ /^[0-9]+$/ ? " ([#" link "](" issues "/" link "))" : ""
		}
		kind == "" && /^[ \t]*$/ { next }
		kind == "" && /^```release-note:/ {
			kind = substr($0, length("```release-note:") + 1)
			if (!(kind in known)) fail("unknown kind: " kind)
			next
		}
		kind == "" { fail("this text is outside of a block") }
		/^```$/ { if (text == "") fail("the block is empty"); kind = text = ""; next }
		text != "" { fail("a note must be one line") }
		{
			text = $0
			line = (kind in names) ? "**New " names[kind] ":** `" text "`" : text
			all[kind] = all[kind] "* " line link "\n"
		}
		END {
			if (failed) exit 1
			if (kind != "") fail("the file ends inside a block")
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
	printf '## Unreleased\n\n%s\n' "${text:-No changes.}"
	exit
fi
[ -n "$text" ] || {
	echo "No fragments found in .changelog, so there is nothing to release." >&2
	exit 1
}
if grep -qs "^## $release " CHANGELOG.md; then
	echo "CHANGELOG.md already contains notes for $release." >&2
	exit 1
fi
{
	printf '# Changelog\n\n## %s (%s)\n\n%s\n' "$release" "$(date -u +%F)" "$text"
	[ ! -f CHANGELOG.md ] || tail -n +2 CHANGELOG.md
} >CHANGELOG.md.new
mv CHANGELOG.md.new CHANGELOG.md
rm "${fragments[@]}"
echo "Added the notes for $release to CHANGELOG.md and removed the fragments."
