package accessreport

import (
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

func TestMarkdown(t *testing.T) {
	way := func(user, kind, status, resource, account, privileges, conditions string) Row {
		return Row{UserName: user, UserType: kind, UserStatus: status, ResourceName: resource, ResourceType: "server", Account: account, Privileges: privileges, Conditions: conditions}
	}
	for name, test := range map[string]struct {
		rows []Row
		want string
	}{
		"a report": {
			[]Row{
				way("larry", "human", "ACTIVE", "web-01", "root", "user", "Okta Gateway, Approval"),
				way("larry", "human", "ACTIVE", "web-01", "larry", "admin", ""),
				way("ci", "service", "ACTIVE", "web-02", "ci", "user", ""),
				way("greta", "human", "DELETED", "web-01", "greta", "user", "MFA"),
				way("ci-old", "service", "DISABLED", "web-02", "ci", "user", ""),
			},
			"4 users, 2 resources, 5 ways in.\n" +
				"\n" +
				"| Resource | `ci` (`service`) | `ci-old` (`service`, `DISABLED`) | `greta` (`DELETED`) | `larry` |\n" +
				"| --- | --- | --- | --- | --- |\n" +
				"| `web-01` |  |  | `greta`: `user` (`MFA`) | `larry`: `admin`<br>`root`: `user` (`Okta Gateway, Approval`) |\n" +
				"| `web-02` | `ci`: `user` | `ci`: `user` |  |  |\n",
		},
		"servers with the same hostname": {
			[]Row{
				way("larry", "human", "ACTIVE", "app-01", "root", "user", "MFA"),
				way("larry", "human", "ACTIVE", "app-01", "larry", "user", ""),
				way("larry", "human", "ACTIVE", "app-01", "root", "user", "MFA"),
			},
			"1 user, 1 resource, 3 ways in.\n\n| Resource | `larry` |\n| --- | --- |\n| `app-01` | `larry`: `user`<br>`root`: `user` (`MFA`) ×2 |\n",
		},
		"another type of resource": {
			[]Row{{UserName: "larry", UserStatus: "active", ResourceName: "orders", ResourceType: "database", Account: "app", Privileges: "user"}},
			"1 user, 1 resource, 1 way in.\n\n| Resource | `larry` |\n| --- | --- |\n| `orders` (`database`) | `app`: `user` |\n",
		},
		"cells of nothing": {
			[]Row{{}},
			"1 user, 1 resource, 1 way in.\n\n| Resource | *none* (*status unknown*) |\n| --- | --- |\n| *none* | *none*: *none* |\n",
		},
		"a report without conditions": {
			[]Row{{UserName: "larry", ResourceName: "web-01", Account: "root", Privileges: "user", MissingColumns: Columns(0).With(Conditions).With(UserStatus)}},
			"1 user, 1 resource, 1 way in.\n\n| Resource | `larry` (*status unknown*) |\n| --- | --- |\n| `web-01` | `root`: `user` (*unknown*) |\n",
		},
		"conditions that mean none": {
			[]Row{way("larry", "human", "ACTIVE", "web-01", "larry", "user", "-")},
			"1 user, 1 resource, 1 way in.\n\n| Resource | `larry` |\n| --- | --- |\n| `web-01` | `larry`: `user` |\n",
		},
		"unknown columns": {
			[]Row{{UserName: "larry", UserStatus: "ACTIVE", ResourceName: "web-01", Account: "larry", Privileges: "admin", Extra: NewExtra(map[string]string{"Sudo|Commands": "ALL", "Note": ""})}},
			"1 user, 1 resource, 1 way in.\n\n| Resource | `larry` |\n| --- | --- |\n| `web-01` | `larry`: `admin` (`Note`: *none*; `Sudo\\|Commands`: `ALL`) |\n",
		},
		"no rows": {nil, "No rows.\n"},
	} {
		t.Run(name, func(t *testing.T) {
			if diff := cmp.Diff(test.want, Markdown(test.rows)); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// The size of a matrix is the product of users and resources, that of a list is not.
func TestMarkdownOfSparseRows(t *testing.T) {
	const n = 1000
	rows := make([]Row, 0, n+1)
	for i := range n {
		name := strconv.Itoa(i)
		rows = append(rows, Row{UserName: name, UserStatus: "ACTIVE", ResourceName: "web|" + name, ResourceType: "server", Account: "root", Privileges: "user", Conditions: "MFA"})
	}
	rows = append(rows, rows[7])
	got := Markdown(rows)
	if want := "1000 users, 1000 resources, 1001 ways in. A matrix would have more than 50000 cells, so this is a list.\n\n| User | Resource | Way in |\n| --- | --- | --- |\n| `0` | `web\\|0` | `root`: `user` (`MFA`) |\n"; !strings.HasPrefix(got, want) {
		t.Errorf("got %.300s, want %s ...", got, want)
	}
	if want := "| `7` | `web\\|7` | `root`: `user` (`MFA`) ×2 |\n"; !strings.Contains(got, want) || strings.Count(got, "\n") != n+4 {
		t.Errorf("got %d lines, want %d, one of which is %s", strings.Count(got, "\n"), n+4, want)
	}
}

func TestCodeSpan(t *testing.T) {
	for text, want := range map[string]string{
		"web-01":                          "`web-01`",
		"a|b":                             "`a\\|b`",
		`a\|b`:                            "`a\\¦b`",
		`CORP\larry`:                      "`CORP\\larry`",
		`CORP\`:                           "`CORP\\`",
		"a`b":                             "``a`b``",
		"a``b`c":                          "```a``b`c```",
		"`":                               "`` ` ``",
		"a`":                              "`` a` ``",
		"a\u1feff":                        "``a`f``",
		"   ":                             "`␠␠␠`",
		" a  b ":                          "`␠a ␠b␠`",
		"a\r\nb\tc\x1b\x7f":               "`a␍␊b␉c␛<U+007F>`",
		"a\u202eb\u00a0":                  "`a<U+202E>b<U+00A0>`",
		"rené 日本":                         "`rené 日本`",
		"root\ufe0f":                      "`root<U+FE0F>`",
		"ann\u3164\u2800":                 "`ann<U+3164><U+2800>`",
		"\u0338x":                         "`<U+0338>x`",
		"e\u0301\u0302\u0303\u0304\u0305": "`e\u0301\u0302\u0303<U+0304><U+0305>`",
	} {
		if got := codeSpan(text); got != want {
			t.Errorf("%q: got %s, want %s", text, got, want)
		}
	}
}

func TestMarkdownOfHostileRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) { checkMarkdown(t, hostileRows.Draw(t, "rows")) })
}

// rapid found this row: a heading without a name or a status.
func TestMarkdownOfARowWithoutCells(t *testing.T) {
	checkMarkdown(t, []Row{{}})
}

func FuzzMarkdown(f *testing.F) {
	f.Add("a|b", "`", "<script>", `\|`)
	f.Add("@octocat", "https://example.com", "\n\n# ", "\\`")
	f.Fuzz(func(t *testing.T, first, second, third, fourth string) {
		checkMarkdown(t, []Row{
			{UserName: first, UserStatus: second, ResourceName: third, ResourceType: fourth, Account: first, Privileges: second, Conditions: third},
			{UserName: fourth, UserType: third, ResourceName: second, Account: first, Privileges: third, Conditions: fourth},
		})
	})
}

// Patterns for outlines, in which C is a code span.
var (
	totals  = regexp.MustCompile(`^\d+ users?, \d+ resources?, \d+ ways? in\.$`)
	heading = regexp.MustCompile(`^(C|\*none\*)( \((C|\*status unknown\*)(, (C|\*status unknown\*))*\))?$`)
	ways    = func() *regexp.Regexp {
		const detail = `(C|C: C|C: \*none\*)`
		const way = `(C|\*none\*): (C|\*none\*)( \(` + detail + `(; ` + detail + `)*\))?( ×\d+)?`
		return regexp.MustCompile(`^(` + way + `(<br>` + way + `)*)?$`)
	}()
)

// checkMarkdown parses the matrix with the parser of a renderer. It must have the lines
// and cells of the resources and users, and only text of the provider outside of code
// spans.
func checkMarkdown(t interface{ Fatalf(string, ...any) }, rows []Row) {
	users, resources := distinct(rows, UserName, UserType, UserStatus), distinct(rows, ResourceName, ResourceType)
	written := Markdown(rows)
	if len(rows) == 0 {
		return
	}
	// Terraform normalizes the results of functions.
	for _, markdown := range []string{written, norm.NFC.String(written)} {
		table := parseTable(t, markdown)
		if len(table) != 1+len(resources) {
			t.Fatalf("got %d lines, want a header and %d\n%s", len(table), len(resources), markdown)
		}
		for i, line := range table {
			if len(line) != 1+len(users) {
				t.Fatalf("got %d cells, want the resource and %d\n%s", len(line), len(users), markdown)
			}
			for j, cell := range line {
				form := ways
				if i == 0 || j == 0 {
					form = heading
				}
				if i+j > 0 && !form.MatchString(cell.outline) {
					t.Fatalf("line %d, cell %d: got %q, want only code spans and placeholders in\n%s", i, j, cell.outline, markdown)
				}
			}
		}
	}
	// The names are those of the rows, with hidden characters escaped.
	table := parseTable(t, written)
	for i := range users {
		checkName(t, table[0][1+i], users[i].UserName)
	}
	for i := range resources {
		checkName(t, table[1+i][0], resources[i].ResourceName)
	}
	for line := range strings.Lines(strings.SplitN(written, "\n\n", 2)[1]) {
		if one, other := pipes(line, false), pipes(line, true); one != 2+len(users) || other != one {
			t.Fatalf("%s: got %d or %d cells, want %d in all renderers", line, one-1, other-1, 1+len(users))
		}
	}
}

func checkName(t interface{ Fatalf(string, ...any) }, cell cell, name string) {
	if want := strings.ReplaceAll(inCell.Replace(visible(name)), `\|`, `|`); name != "" && cell.codes[0] != want {
		t.Fatalf("%q: got %q, want %q", name, cell.codes[0], want)
	}
}

// pipes returns the number of pipes that end a cell. paired selects renderers in which a
// backslash escapes the backslash after it.
func pipes(line string, paired bool) (n int) {
	for i := 0; i < len(line); i++ {
		switch {
		case line[i] == '\\' && (paired || line[i+1] == '|'):
			i++
		case line[i] == '|':
			n++
		}
	}
	return n
}

// cell is a cell of a table: the texts of its code spans, and its outline, with C for
// each code span.
type cell struct {
	outline string
	codes   []string
}

// parseTable parses a line of text and a table. Anything else is fatal.
func parseTable(t interface{ Fatalf(string, ...any) }, markdown string) (table [][]cell) {
	source := []byte(markdown)
	document := goldmark.New(goldmark.WithExtensions(extension.GFM)).Parser().Parse(text.NewReader(source))
	total, body := document.FirstChild(), document.LastChild()
	var line cell
	line.read(t, total, source)
	if total.NextSibling() != body || !totals.MatchString(line.outline) || body.Kind() != extensionast.KindTable {
		t.Fatalf("got\n%s\nwant a line and a table", markdown)
	}
	for line := body.FirstChild(); line != nil; line = line.NextSibling() {
		var cells []cell
		for column := line.FirstChild(); column != nil; column = column.NextSibling() {
			var c cell
			c.read(t, column, source)
			cells = append(cells, c)
		}
		table = append(table, cells)
	}
	return table
}

func (c *cell) read(t interface{ Fatalf(string, ...any) }, parent ast.Node, source []byte) {
	for node := parent.FirstChild(); node != nil; node = node.NextSibling() {
		switch node := node.(type) {
		case *ast.CodeSpan:
			var code strings.Builder
			for part := node.FirstChild(); part != nil; part = part.NextSibling() {
				code.Write(part.(*ast.Text).Segment.Value(source))
			}
			c.outline += "C"
			c.codes = append(c.codes, code.String())
		case *ast.Text:
			c.outline += string(node.Segment.Value(source))
		case *ast.RawHTML:
			c.outline += string(node.Segments.Value(source))
		case *ast.Emphasis:
			c.outline += "*"
			c.read(t, node, source)
			c.outline += "*"
		default:
			t.Fatalf("got a %s, want only text and code spans in\n%s", node.Kind(), source)
		}
	}
}
