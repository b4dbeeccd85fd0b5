package accessreport

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	extensionast "github.com/yuin/goldmark/extension/ast"
	"github.com/yuin/goldmark/text"
	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// access returns a row of larry on web-01.
func access(account, privileges, conditions string) Row {
	return Row{
		UserName: "larry", UserType: "human", UserStatus: "ACTIVE", ResourceName: "web-01", ResourceType: "server",
		Account: account, Privileges: privileges, Conditions: conditions, Requirements: ParseConditions(conditions),
	}
}

func TestChangesMarkdown(t *testing.T) {
	disabled := access("larry", "user", "Moon phase")
	disabled.UserStatus, disabled.Extra = "DISABLED", NewExtra(map[string]string{"Policy": "on|call", "Note": ""})
	for name, test := range map[string]struct {
		before, after []Row
		want          string
	}{
		"none":    {nil, nil, "No changes: 0 rows are unchanged.\n"},
		"no more": {[]Row{access("root", "user", "")}, []Row{access("root", "user", "")}, "No changes: 1 row is unchanged.\n"},
		"another wording": {
			[]Row{access("root", "user", "Okta Gateway, MFA")},
			[]Row{access("root", "user", "mfa; okta gateway")},
			"0 weakened, 0 granted, 1 altered, 0 strengthened, 0 revoked, 0 unchanged.\n\n### Altered (1)\n\n" + aboutAltered + "\n\n" + changesHeader +
				"| `larry` | `web-01` | `root` | other changes | conditions: `Okta Gateway, MFA` | conditions: `mfa; okta gateway` |\n",
		},
		"all parts": {
			[]Row{
				access("root", "user", "Okta Gateway with Session Recording, Approval, MFA"), access("admin", "user", "MFA"), access("tom", "admin", ""), disabled,
				access("old", "user", ""), access("old", "user", ""), access("same", "user", ""),
			},
			[]Row{
				access("root", "user", "Okta Gateway"), access("admin", "admin", "Approval, MFA"), access("tom", "user", "MFA"), access("larry", "user", ""),
				access("new", "admin", "MFA"), access("same", "user", ""),
			},
			"2 weakened, 1 granted, 1 altered, 1 strengthened, 2 revoked, 1 unchanged.\n" +
				"\n### Weakened (2)\n\nAccess that lost a protection.\n\n" + changesHeader +
				"| `larry` | `web-01` | `admin` | no longer limited to user privileges<br>now requires approval | privileges: `user`<br>conditions: `MFA` | privileges: `admin`<br>conditions: `Approval, MFA` |\n" +
				"| `larry` | `web-01` | `root` | sessions are no longer recorded<br>no longer requires approval<br>no longer requires MFA | " +
				"conditions: `Okta Gateway with Session Recording, Approval, MFA` | conditions: `Okta Gateway` |\n" +
				"\n### Granted (1)\n\nNew access.\n\n" + rowsHeader +
				"| `larry` | `web-01` | `new`: `admin` (`MFA`) |\n" +
				"\n### Altered (1)\n\nAccess that changed in a way that the provider cannot judge. Review it like new access.\n\n" + changesHeader +
				"| `larry` | `web-01` | `larry` | other changes | user_status: `DISABLED`<br>conditions: `Moon phase`<br>`Note`: *none*<br>`Policy`: `on\\|call` | " +
				"user_status: `ACTIVE`<br>conditions: *none*<br>`Note`: *unknown*<br>`Policy`: *unknown* |\n" +
				"\n### Strengthened (1)\n\nAccess that only gained protections.\n\n" + changesHeader +
				"| `larry` | `web-01` | `tom` | now requires MFA<br>now limited to user privileges | privileges: `admin`<br>conditions: *none* | privileges: `user`<br>conditions: `MFA` |\n" +
				"\n### Revoked (2)\n\nAccess that no longer exists.\n\n" + rowsHeader +
				"| `larry` | `web-01` | `old`: `user` ×2 |\n",
		},
	} {
		t.Run(name, func(t *testing.T) {
			changes := CompareChanges(test.before, test.after)
			if diff := cmp.Diff(test.want, ChangesMarkdown(&changes)); diff != "" {
				t.Errorf("Markdown (-want +got):\n%s", diff)
			}
		})
	}
}

// A text that would be too long has the numbers of all changes, and of those not shown.
func TestChangesMarkdownOfManyChanges(t *testing.T) {
	const n = 2000
	var before, after []Row
	for i := range n {
		account := strconv.Itoa(i)
		before, after = append(before, access(account, "user", "MFA"), access("old"+account, "user", "")), append(after, access(account, "user", ""), access("new"+account, "user", ""))
	}
	changes := CompareChanges(before, after)
	got := ChangesMarkdown(&changes)
	if len(got) > maxChangesMarkdown || len(got) < maxChangesMarkdown*9/10 {
		t.Errorf("got %d bytes, want at most %d, and not much less", len(got), maxChangesMarkdown)
	}
	if want := "2000 weakened, 2000 granted, 0 altered, 0 strengthened, 2000 revoked, 0 unchanged.\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got %.100s, want %s", got, want)
	}
	notShown := 0
	for _, match := range regexp.MustCompile(`\*\*(\d+) of 2000 are not shown here`).FindAllStringSubmatch(got, -1) {
		left, _ := strconv.Atoi(match[1])
		notShown += left
	}
	if lines := strings.Count(got, "| `larry` | `web-01` | "); lines == 0 || lines+notShown != 3*n {
		t.Errorf("got %d lines, and %d not shown, want %d", lines, notShown, 3*n)
	}

	// A change that does not fit at all is not cut.
	changes = CompareChanges(nil, []Row{access(strings.Repeat("x", maxChangesMarkdown), "user", "")})
	got = ChangesMarkdown(&changes)
	if want := "\n\n**1 of 1 are not shown here, because the text would be too long.**\n"; !strings.HasSuffix(got, want) || strings.Contains(got, "xx") {
		t.Errorf("got %.300s, want no row and %s", got, want)
	}
}

// A line that is too long does not hide the others.
func TestChangesMarkdownOfLongRows(t *testing.T) {
	for name, length := range map[string]int{"too long": maxChangesMarkdown + 1, "most of the text": maxChangesMarkdown * 2 / 3} {
		var before, after []Row
		named := func(prefix string, length int, conditions string) Row {
			row := access("root", "user", conditions)
			row.UserName = prefix + strings.Repeat("x", length)
			return row
		}
		for _, prefix := range []string{"a", "a", "c"} { // one of which is twice
			before, after = append(before, named(prefix, length, "MFA")), append(after, named(prefix, length, ""))
		}
		after = append(after, named("b", length, ""), named("b", length, ""))
		for i := range 300 {
			user := "b-" + strconv.Itoa(i)
			before, after = append(before, named(user, 0, "MFA")), append(after, named(user, 0, ""))
		}
		after = append(after, named("new", 0, ""))
		changes := CompareChanges(before, after)
		got := ChangesMarkdown(&changes)
		for i := range 300 {
			if user := fmt.Sprintf("| `b-%d` |", i); strings.Count(got, user) != 1 {
				t.Errorf("%s: got %d lines with %s, want 1", name, strings.Count(got, user), user)
			}
		}
		want := []string{
			fmt.Sprintf("%d weakened, %d granted, ", len(changes.Weakened), len(changes.Granted)), "\n**1 of 301 are not shown here", "| `new` |", "\n**4 of 5 are not shown here",
		}
		for _, text := range want {
			if !strings.Contains(got, text) {
				t.Errorf("%s: got %.500s, want it to contain %q", name, got, text)
			}
		}
		if len(got) > maxChangesMarkdown || strings.Contains(got, "xxx") {
			t.Errorf("%s: got %d bytes, want at most %d, without a long name", name, len(got), maxChangesMarkdown)
		}
	}
}

// Whatever the cells are, the text has the headings and tables of the parts, a line for
// each distinct change, and only text of the provider outside of code spans.
func TestChangesMarkdownOfHostileRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		before, after := hostileRows.Draw(t, "before"), hostileRows.Draw(t, "after")
		if len(before) > 0 { // a pair
			row := before[0]
			row.Conditions, row.Requirements = "MFA", ParseConditions("MFA")
			after = append(after, row)
		}
		changes := CompareChanges(before, after)
		written := ChangesMarkdown(&changes)
		for _, markdown := range []string{written, norm.NFC.String(written)} {
			checkChangesMarkdown(t, &changes, markdown)
		}
	})
}

var changesCell = regexp.MustCompile(`^((C|\*none\*|\*unknown\*|C: C|C: \*none\*|C: \*unknown\*|[a-z_]+: (C|\*none\*|\*unknown\*)|` +
	`[a-zA-Z ]+|(C|\*none\*|\*unknown\*): (C|\*none\*|\*unknown\*)|\*status unknown\*)(<br>|; |, | \(|\)| ×\d+)*)*$`)

func checkChangesMarkdown(t *rapid.T, c *Changes, markdown string) {
	source := []byte(markdown)
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	var headings []string
	lines := 0
	for block := document.FirstChild(); block != nil; block = block.NextSibling() {
		switch block := block.(type) {
		case *ast.Heading:
			headings = append(headings, string(block.Lines().Value(source)))
		case *ast.Paragraph:
		case *extensionast.Table:
			for line := block.FirstChild().NextSibling(); line != nil; line = line.NextSibling() {
				lines++
				for column := line.FirstChild(); column != nil; column = column.NextSibling() {
					var got cell
					got.read(t, column, source)
					if !changesCell.MatchString(got.outline) {
						t.Fatalf("got the cell %q, want only code spans and text of the provider in\n%s", got.outline, markdown)
					}
				}
			}
		default:
			t.Fatalf("got a %s, want only headings, paragraphs and tables in\n%s", block.Kind(), markdown)
		}
	}
	var want []string
	wantLines := 0
	for _, part := range changesParts(c) {
		if len(part.lines) > 0 {
			want = append(want, fmt.Sprintf("%s (%d)", part.heading, len(part.lines)))
		}
		for i, line := range part.lines {
			if i == 0 || line != part.lines[i-1] {
				wantLines++
			}
		}
	}
	if diff := cmp.Diff(want, headings); diff != "" || lines != wantLines {
		t.Fatalf("got %d lines, want %d; headings (-want +got):\n%s\n%s", lines, wantLines, diff, markdown)
	}
}
