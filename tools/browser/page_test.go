// Package browser tries the page of report_html in a browser. It is a module of
// its own, so that the provider's does not depend on a browser's protocol.
package browser

import (
	"cmp"
	"context"
	"flag"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/log"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"golang.org/x/text/unicode/norm"
)

var screenshots = flag.String("screenshots", "", "write pictures of the page to this `folder`")

// The browser is started once; each test has a page of its own.
var browser context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // which root, as in containers, cannot have
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)...)
	var closeBrowser context.CancelFunc
	browser, closeBrowser = chromedp.NewContext(allocator)
	code := 1
	if err := chromedp.Do(browser); err != nil {
		_, _ = os.Stderr.WriteString("Chromium is needed (Debian: apt-get install chromium): " + err.Error() + "\n")
	} else {
		code = m.Run()
	}
	closeBrowser()
	stop()
	os.Exit(code)
}

// page is a page that is open.
type page struct {
	*testing.T

	ctx        context.Context
	complaints chan string
}

// open opens the page of some rows from a file, as its reader does: normalised
// (NFC), as Terraform and OpenTofu do with every text. Whatever the
// browser complains of, such as a script that the page's policy forbids, fails
// the test at its end.
func open(t *testing.T, rows []accessreport.Row, sources []accessreport.Source, before ...chromedp.Action[chromedp.Void]) *page {
	t.Helper()
	text, err := accessreport.HTML(rows, sources)
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "access.html")
	if err := os.WriteFile(file, []byte(norm.NFC.String(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, closePage := chromedp.NewContext(browser)
	t.Cleanup(closePage)
	ctx, cancel := context.WithTimeout(ctx, 20*time.Second)
	t.Cleanup(cancel)
	complaints := make(chan string, 100)
	p := &page{t, ctx, complaints}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			complaints <- event.ExceptionDetails.Text
		case *log.EventEntryAdded:
			complaints <- event.Entry.Text
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.do(append(before, chromedp.Navigate("file://"+file))...)
	t.Cleanup(func() {
		for len(complaints) > 0 {
			t.Error("the browser complains:", <-complaints)
		}
	})
	return p
}

func (p *page) do(actions ...chromedp.Action[chromedp.Void]) {
	p.Helper()
	if err := chromedp.Do(p.ctx, actions...); err != nil {
		p.Fatal(err)
	}
}

// value is what an expression of JavaScript gives.
func value[T any](p *page, expression string) T {
	p.Helper()
	return got(p, chromedp.Evaluate[T](expression))
}

func got[T any](p *page, action chromedp.Action[T]) T {
	p.Helper()
	result, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.Fatal(err)
	}
	return result
}

// column are the cells of a column of the list that can be seen, from the top.
func (p *page) column(n int) []string {
	p.Helper()
	return value[[]string](p, `[...document.querySelectorAll("#list tbody tr")].filter((row) => row.checkVisibility()).map((row) => row.cells[`+strconv.Itoa(n)+`].textContent.trim())`)
}

// search types a text over what is in the box.
func (p *page) search(text string) {
	p.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("search").select()`), chromedp.SendKeys("#search", cmp.Or(text, kb.Backspace)))
}

// matrix are the texts of the matrix, line by line, with blanks made one.
func (p *page) matrix() [][]string {
	p.Helper()
	return value[[][]string](p, `[...document.querySelectorAll("#matrix tr")].filter((row) => row.checkVisibility()).map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\s+/g, " ")))`)
}

// clickHeading clicks a heading of the matrix.
func (p *page) clickHeading(n int) {
	p.Helper()
	p.do(chromedp.Click(`#matrix thead th:nth-child(` + strconv.Itoa(n+1) + `) button`))
}

func (p *page) equal(what string, got, want []string) {
	p.Helper()
	if !slices.Equal(got, want) {
		p.Errorf("%s: got %q, want %q", what, got, want)
	}
}

func row(user, resource, account, privileges, conditions string) accessreport.Row {
	return accessreport.Row{
		UserName: user, UserType: "human", UserStatus: "ACTIVE", ResourceName: resource, ResourceType: "server",
		Account: account, Privileges: privileges, Conditions: conditions,
	}
}

var rows = []accessreport.Row{
	row("bob", "web-10", "bob", "user", ""),
	row("ann", "web-9", "ann", "admin", "MFA"),
	row("bob", "web-9", "root", "user", "Okta Gateway with Session Recording, Approval"),
	row("Cem", "web-9", "cem", "user", "Office hours, MFA"),
	row("bob", "web-9", "bob", "user", "MFA, not required"),
}

func TestContent(t *testing.T) {
	disabled := row("dan", "db-1", "dan", "user", "MFA")
	disabled.UserStatus = "DISABLED"
	unknown := row("eve", "db-1", "eve", "", "")
	unknown.MissingColumns = unknown.MissingColumns.With(accessreport.Conditions)
	p := open(t, append([]accessreport.Row{disabled, unknown}, rows...), []accessreport.Source{
		{About: "ann", ReportID: "0b1e", Status: "COMPLETED", CreatedAt: "2026-01-02T03:04:05Z", RowCount: 7},
	})
	p.equal("users", p.column(0), []string{"Cem", "ann", "bob", "bob", "bob", "dan DISABLED", "eve"})
	p.equal("privileges", p.column(3), []string{"user", "admin", "user", "user", "user", "user", "none"})
	p.equal("conditions", p.column(4), []string{
		"Office hours MFA", "MFA", "none", "MFA, not required", "Okta Gateway with Session Recording Approval", "MFA", "unknown",
	})
	p.equal("kinds", value[[]string](p, `[...document.querySelectorAll("#list td:last-child .badge")].map((badge) => badge.className.replace("badge ", ""))`), []string{
		"other", "mfa", "mfa", "none", "other", "recording", "approval", "mfa", "other",
	})
	p.equal("totals", value[[]string](p, `[...document.querySelectorAll(".totals li")].map((total) => total.textContent)`), []string{
		"5 users", "3 resources", "7 ways in", "3 with more than user privileges, or to a shared account", "1 without any condition", "1 held by users who are not active", "1 with unknown conditions or status of the user",
	})
	p.equal("reports", value[[]string](p, `[...document.querySelectorAll(".reports td")].map((cell) => cell.textContent)`), []string{
		"ann", "0b1e", "COMPLETED", "2026-01-02T03:04:05Z", "7",
	})
	p.equal("titles", value[[]string](p, `[document.title, document.querySelector("h1").textContent]`), []string{"Access report: ann", "Access report: ann"})
	if n := value[int](p, `document.querySelectorAll(".warning").length`); n != 0 {
		t.Errorf("%d warnings", n)
	}
}

// What is not there is told before what is.
func TestWhatIsMissing(t *testing.T) {
	for name, test := range map[string]struct {
		rows    []accessreport.Row
		sources []accessreport.Source
		want    []string
	}{
		"a report that failed": {rows, []accessreport.Source{
			{About: "ann", ReportID: "1", Status: "COMPLETED", RowCount: 5}, {About: "bob", Status: "ERROR", RowCount: -1, Error: "OPA failed"},
		}, []string{"1 of 2 reports could not be read. Their access is not on this page. They are marked at the end."}},
		"nothing but a report that failed": {
			nil,
			[]accessreport.Source{{About: "bob", ReportID: "1", Status: "IN_PROGRESS", RowCount: -1}},
			[]string{"1 of 1 report could not be read. Their access is not on this page. They are marked at the end."},
		},
		"rows that were left out": {
			rows[:2],
			[]accessreport.Source{{ReportID: "1", Status: "COMPLETED", RowCount: 5}},
			[]string{"This page shows 2 rows, but the reports have 5."},
		},
		"rows that were left out, besides": {rows[:2], []accessreport.Source{
			{About: "ann", ReportID: "1", Status: "COMPLETED", RowCount: 5}, {About: "bob", ReportID: "2", Status: "ERROR", RowCount: -1},
		}, []string{
			"1 of 2 reports could not be read. Their access is not on this page. They are marked at the end.",
			"This page shows 2 rows, but the reports have 5.",
		}},
		"rows that are not counted": {
			nil,
			[]accessreport.Source{{ReportID: "1", Status: "COMPLETED", RowCount: -1}},
			[]string{"This page shows no rows, but the reports may have rows."},
		},
		"rows that nobody vouches for": {rows, nil, []string{}},
		"an empty report":              {nil, []accessreport.Source{{ReportID: "1", Status: "COMPLETED_BUT_EMPTY"}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, test.rows, test.sources)
			p.equal("warnings", value[[]string](p, `[...document.querySelectorAll(".warning")].map((warning) => warning.textContent)`), test.want)
			if empty := value[bool](p, `document.body.textContent.includes("There are no rows.")`); empty != (len(test.rows) == 0) {
				t.Errorf("says that there are no rows: %t", empty)
			}
		})
	}
}

func TestSorting(t *testing.T) {
	p := open(t, rows, nil)
	heading := func(n int) { p.do(chromedp.Click(`#list th:nth-child(` + strconv.Itoa(n+1) + `) button`)) }
	heading(0)
	p.equal("by user, in any case", p.column(0), []string{"ann", "bob", "bob", "bob", "Cem"})
	heading(0)
	p.equal("by user, backwards", p.column(0), []string{"Cem", "bob", "bob", "bob", "ann"})
	heading(1)
	p.equal("by resource, numbers by value", p.column(1), []string{"web-9", "web-9", "web-9", "web-9", "web-10"})
	p.equal("what is told to a screen reader", value[[]string](p, `[...document.querySelectorAll("#list th")].map((header) => header.ariaSort)`),
		[]string{"none", "ascending", "none", "none", "none"})
	p.search("bob")
	heading(2)
	p.equal("sorted while searched", p.column(2), []string{"bob", "bob", "root shared"})
	p.search("")
	p.equal("still sorted after", p.column(2), []string{"ann", "bob", "bob", "cem", "root shared"})
}

func TestSearch(t *testing.T) {
	p := open(t, rows, nil)
	for text, want := range map[string][]string{
		"MFA":        {"Cem", "ann", "bob"},
		"WEB-9 root": {"bob"},
		"nobody":     {},
		"":           {"Cem", "ann", "bob", "bob", "bob"},
	} {
		p.search(text)
		p.equal("search for "+text, p.column(0), want)
		if nothing := value[bool](p, `document.getElementById("no-match").checkVisibility()`); nothing != (len(want) == 0) {
			t.Errorf("search for %s: says that nothing matches: %t", text, nothing)
		}
		if count, want := value[string](p, `document.getElementById("count").value`), strconv.Itoa(len(want))+" of 5"; count != want {
			t.Errorf("search for %s: %s, want %s", text, count, want)
		}
	}
}

func TestMatrix(t *testing.T) {
	p := open(t, rows, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if list := p.column(0); len(list) != 0 {
		t.Errorf("the list is still there: %q", list)
	}
	check := func(what string, want ...[]string) {
		t.Helper()
		got := p.matrix()
		if !slices.EqualFunc(got, want, slices.Equal) {
			t.Errorf("%s:\ngot  %q\nwant %q", what, got, want)
		}
	}
	head := []string{"Resource", "ann", "bob", "Cem"}
	nine := []string{"web-9", "ann admin MFA", "bob user MFA, not required root shared user Okta Gateway with Session Recording Approval", "cem user Office hours MFA"}
	ten := []string{"web-10", "", "bob user none", ""}
	check("by name", head, nine, ten)
	p.clickHeading(2)
	check("by bob's ways in, the most first", head, nine, ten)
	p.clickHeading(2)
	check("by bob's ways in, the fewest first", head, ten, nine)
	p.clickHeading(0)
	p.clickHeading(0)
	check("by name, backwards", head, ten, nine)
	p.search("web-10")
	check("searched", []string{"Resource", "bob"}, []string{"web-10", "bob user none"})
}

// Users of one name are told apart by all that is known of them.
func TestNamesakes(t *testing.T) {
	disabled, unknown := row("dan", "db-1", "dan", "user", "MFA"), row("dan", "db-1", "dan", "user", "MFA")
	disabled.UserStatus, unknown.UserStatus = "DISABLED", ""
	p := open(t, []accessreport.Row{
		row("dan", "db-1", "dan", "user", "MFA"), disabled, unknown, row("dan DISABLED", "db-1", "dan", "user", "MFA"), row("", "db-1", "x", "user", "MFA"), row("none", "db-1", "x", "user", "MFA"),
	}, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if head := p.matrix()[0]; len(head) != 1+6 {
		t.Errorf("%q", head)
	}
}

// On paper, all rows stand in the list, whatever was searched for.
func TestPrinting(t *testing.T) {
	for _, view := range []string{"list", "matrix"} {
		p := open(t, rows, nil)
		p.do(chromedp.Click(`[value=` + view + `]`))
		p.search("ann")
		p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			return chromedp.Void{}, err
		})
		if users := p.column(0); len(users) != len(rows) {
			t.Errorf("printed from the %s: %q", view, users)
		}
		if matrix := p.matrix(); len(matrix) != 0 {
			t.Errorf("the matrix is printed: %q", matrix)
		}
	}
}

func TestALargeMatrix(t *testing.T) {
	var many []accessreport.Row
	for i := range 200 {
		many = append(many, row("user-"+strconv.Itoa(i), "server-"+strconv.Itoa(i), "root", "user", ""))
	}
	p := open(t, many, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if said := value[string](p, `document.getElementById("too-large").innerText`); !strings.HasPrefix(said, "A matrix of 200 users and 200 resources is too large to show.") {
		t.Errorf("%q", said)
	}
	p.search("user-19")
	if lines := p.matrix(); len(lines) != 1+11 {
		t.Errorf("%d lines", len(lines))
	}
}

// A tenant's texts stay texts, wherever they stand.
func TestInjection(t *testing.T) {
	for _, evil := range []string{
		`<img src=x onerror="document.title='owned'">`,
		`</script><script>document.title='owned'</script>`,
		`</style><script>document.title='owned'</script>`,
		`" onmouseover="document.title='owned'" x="`,
		`' autofocus onfocus='document.title=1`,
		`--><svg onload=document.title='owned'>`,
		`{{"owned"}}`,
		`javascript:document.title='owned'`,
		`&lt;b&gt;`,
		// Normalised with the end of the tag before it, this is no end any more.
		"\u0338 id=matrix hidden ",
	} {
		evilRow := accessreport.Row{
			UserName: evil, UserType: evil, UserStatus: evil, ResourceName: evil, ResourceType: evil, Account: evil, Privileges: evil, Conditions: evil,
		}
		p := open(t, []accessreport.Row{evilRow, rows[0]}, []accessreport.Source{
			{About: "larry", ReportID: evil, Status: evil, CreatedAt: evil, RowCount: 2, Error: evil}, {About: evil, ReportID: evil},
		})
		p.do(chromedp.Click(`[value=matrix]`))
		p.search(string([]rune(evil)[1:5]))
		got := value[[]string](p, `[
			document.title, String(document.scripts.length), String(document.images.length), String(document.querySelectorAll("svg, b:not(.totals b), a, iframe, [onmouseover], [onfocus]").length),
			document.querySelector("#matrix th[scope=row] bdi").textContent, document.querySelector(".reports code").textContent,
		]`)
		seen := strings.NewReplacer("\u0338", "<U+0338>").Replace(evil)
		if seen != evil {
			seen = strings.TrimSuffix(seen, " ") + "␠"
		}
		p.equal(evil, got, []string{"Who has access", "1", "0", "0", seen, seen})
	}
}

// The subject of a single report is in the title.
func TestInjectionIntoTheTitle(t *testing.T) {
	const evil = `</title></h1><script>document.title='owned'</script><b id=owned>`
	p := open(t, rows, []accessreport.Source{{About: evil, ReportID: evil, Status: "COMPLETED", RowCount: 5}})
	p.equal("titles", value[[]string](p, `[document.title, document.querySelector("h1").textContent, String(document.scripts.length), String(document.getElementById("owned"))]`),
		[]string{"Access report: " + evil, "Access report: " + evil, "1", "null"})
}

// Nothing is asked of a network, and no script runs but the page's own.
func TestPolicy(t *testing.T) {
	p := open(t, rows, nil)
	if n := value[int](p, `performance.getEntriesByType("resource").length`); n != 0 {
		t.Errorf("%d things were loaded", n)
	}
	if value[bool](p, `(() => {
		const script = document.createElement("script");
		script.textContent = "window.owned = true";
		document.body.append(script);
		return window.owned === true;
	})()`) {
		t.Error("a script that is not the page's own has run")
	}
	select {
	case complaint := <-p.complaints:
		if !strings.Contains(complaint, "Content Security Policy") {
			t.Error("the browser complains:", complaint)
		}
	case <-p.ctx.Done():
		t.Error("the browser does not complain")
	}
}

// Without scripts the list is there all the same.
func TestWithoutScripts(t *testing.T) {
	p := open(t, rows, nil, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	text := got(p, chromedp.Text("#list"))
	if strings.Count(text, "bob") < 3 || !strings.Contains(text, "Session Recording") {
		t.Errorf("%q", text)
	}
}

// On a phone nothing is wider than the screen, but for the matrix in its frame.
func TestWidths(t *testing.T) {
	long := row(strings.Repeat("user", 20), strings.Repeat("server-", 12), strings.Repeat("account", 15), "admin", strings.Repeat("Condition", 12))
	for name, width := range map[string]int64{"phone": 360, "desktop": 1280} {
		p := open(t, append(slices.Clone(rows), long), []accessreport.Source{{About: "ann", ReportID: strings.Repeat("0b1e-", 9), Status: "COMPLETED", RowCount: 6}},
			chromedp.EmulateViewport(width, 800))
		for _, view := range []string{"list", "matrix"} {
			p.do(chromedp.Click(`[value=` + view + `]`))
			if over := value[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); over > 0 {
				t.Errorf("%s, %s: %d pixels too wide", name, view, over)
			}
			if *screenshots != "" {
				picture := got(p, chromedp.FullScreenshot(100))
				if err := os.WriteFile(filepath.Join(*screenshots, name+"-"+view+".png"), picture, 0o600); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}
