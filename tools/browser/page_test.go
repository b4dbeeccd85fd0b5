// Package browser tests the page of report_html in a browser. It is a separate
// module, so that the provider does not depend on the protocol of the browser.
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

// browser is started once. Each test opens a separate page.
var browser context.Context

func TestMain(m *testing.M) {
	flag.Parse()
	allocator, stop := chromedp.NewExecAllocator(context.Background(), append(
		chromedp.DefaultExecAllocatorOptions[:],
		chromedp.NoSandbox, // the sandbox does not work for root, as in containers
		chromedp.Flag("disable-quic", true),
		chromedp.Flag("disable-component-update", true),
	)...)
	var closeBrowser context.CancelFunc
	browser, closeBrowser = chromedp.NewContext(allocator)
	code := 1
	if err := chromedp.Do(browser); err != nil {
		_, _ = os.Stderr.WriteString("Chromium did not start (to install it on Debian, run apt-get install chromium): " + err.Error() + "\n")
	} else {
		code = m.Run()
	}
	closeBrowser()
	stop()
	os.Exit(code)
}

// page is an open page.
type page struct {
	*testing.T

	ctx      context.Context
	problems chan string
}

// open renders a page of rows and opens it.
func open(t *testing.T, rows []accessreport.Row, sources []accessreport.Source, before ...chromedp.Action[chromedp.Void]) *page {
	t.Helper()
	text, err := accessreport.HTML(rows, sources, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	return openText(t, text, before...)
}

// openText opens a page from a file, like a user. The page is normalized to NFC, like all
// strings in Terraform and OpenTofu. The test fails at its end if the browser reports a
// problem, such as a script that the page's policy forbids.
func openText(t *testing.T, text string, before ...chromedp.Action[chromedp.Void]) *page {
	t.Helper()
	file := filepath.Join(t.TempDir(), "access.html")
	if err := os.WriteFile(file, []byte(norm.NFC.String(text)), 0o600); err != nil {
		t.Fatal(err)
	}
	ctx, closePage := chromedp.NewContext(browser)
	t.Cleanup(closePage)
	ctx, cancel := context.WithTimeout(ctx, time.Minute)
	t.Cleanup(cancel)
	problems := make(chan string, 100)
	p := &page{t, ctx, problems}
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
	if err := chromedp.Listen(ctx, func(event any) {
		switch event := event.(type) {
		case *runtime.EventExceptionThrown:
			problems <- event.ExceptionDetails.Text
		case *log.EventEntryAdded:
			problems <- event.Entry.Text
		}
	}); err != nil {
		t.Fatal(err)
	}
	p.do(append(before, chromedp.Navigate("file://"+file))...)
	t.Cleanup(func() {
		for len(problems) > 0 {
			t.Errorf("got a problem reported by the browser, want none: %s", <-problems)
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

// value returns the value of a JavaScript expression.
func value[T any](p *page, expression string) T {
	p.Helper()
	return got(p, chromedp.Evaluate[T](expression))
}

// got returns the result of an action.
func got[T any](p *page, action chromedp.Action[T]) T {
	p.Helper()
	result, err := chromedp.Run(p.ctx, action)
	if err != nil {
		p.Fatal(err)
	}
	return result
}

// column returns the visible cells of a column of the list, from top to bottom.
func (p *page) column(n int) []string {
	p.Helper()
	return value[[]string](p, `[...document.querySelectorAll("#list tbody tr")].filter((row) => row.checkVisibility()).map((row) => row.cells[`+strconv.Itoa(n)+`].textContent.trim())`)
}

// search replaces the text in the search field.
func (p *page) search(text string) {
	p.Helper()
	p.do(chromedp.Evaluate[chromedp.Void](`document.getElementById("search").select()`), chromedp.SendKeys("#search", cmp.Or(text, kb.Backspace)))
}

// matrix returns the visible cells of the matrix by row, with single spaces.
func (p *page) matrix() [][]string {
	p.Helper()
	return value[[][]string](p, `[...document.querySelectorAll("#matrix tr")].filter((row) => row.checkVisibility()).map((row) => [...row.cells].map((cell) => cell.textContent.trim().replace(/\s+/g, " ")))`)
}

// clickHeading clicks a column heading of the matrix.
func (p *page) clickHeading(n int) {
	p.Helper()
	p.do(chromedp.Click(`#matrix thead th:nth-child(` + strconv.Itoa(n+1) + `) button`))
}

// screenshot writes a picture of the page, if the flag is set.
func (p *page) screenshot(name string) {
	p.Helper()
	if *screenshots == "" {
		return
	}
	picture := got(p, chromedp.FullScreenshot(100))
	if err := os.WriteFile(filepath.Join(*screenshots, name+".png"), picture, 0o600); err != nil {
		p.Fatal(err)
	}
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
	p.equal("kinds", value[[]string](p, `[...document.querySelectorAll("#list td:last-child [class]")].map((badge) => badge.className)`), []string{
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
		t.Errorf("got %d warnings, want none", n)
	}
}

// The page warns about missing reports and rows above the list.
func TestWarnings(t *testing.T) {
	for name, test := range map[string]struct {
		rows    []accessreport.Row
		sources []accessreport.Source
		want    []string
	}{
		"failed report": {rows, []accessreport.Source{
			{About: "ann", ReportID: "1", Status: "COMPLETED", RowCount: 5}, {About: "bob", Status: "ERROR", RowCount: -1, Error: "OPA failed"},
		}, []string{"1 of 2 reports could not be read. Their access is not on this page. They are marked at the end."}},
		"only a failed report": {
			nil,
			[]accessreport.Source{{About: "bob", ReportID: "1", Status: "IN_PROGRESS", RowCount: -1}},
			[]string{"1 of 1 report could not be read. Their access is not on this page. They are marked at the end."},
		},
		"missing rows": {
			rows[:2],
			[]accessreport.Source{{ReportID: "1", Status: "COMPLETED", RowCount: 5}},
			[]string{"This page shows 2 rows, but the reports have 5."},
		},
		"failed report and missing rows": {rows[:2], []accessreport.Source{
			{About: "ann", ReportID: "1", Status: "COMPLETED", RowCount: 5}, {About: "bob", ReportID: "2", Status: "ERROR", RowCount: -1},
		}, []string{
			"1 of 2 reports could not be read. Their access is not on this page. They are marked at the end.",
			"This page shows 2 rows, but the reports have 5.",
		}},
		"unknown number of rows": {
			nil,
			[]accessreport.Source{{ReportID: "1", Status: "COMPLETED", RowCount: -1}},
			[]string{"This page shows no rows, but the reports may have rows."},
		},
		"rows without a report": {rows, nil, []string{}},
		"empty report":          {nil, []accessreport.Source{{ReportID: "1", Status: "COMPLETED_BUT_EMPTY"}}, []string{}},
	} {
		t.Run(name, func(t *testing.T) {
			p := open(t, test.rows, test.sources)
			p.equal("warnings", value[[]string](p, `[...document.querySelectorAll(".warning")].map((warning) => warning.textContent)`), test.want)
			if empty := value[bool](p, `document.body.textContent.includes("There are no rows.")`); empty != (len(test.rows) == 0) {
				t.Errorf("got the text for an empty page: %t, want %t", empty, len(test.rows) == 0)
			}
		})
	}
}

func TestSorting(t *testing.T) {
	p := open(t, rows, nil)
	heading := func(n int) { p.do(chromedp.Click(`#list th:nth-child(` + strconv.Itoa(n+1) + `) button`)) }
	heading(0)
	p.equal("by user, ignoring case", p.column(0), []string{"ann", "bob", "bob", "bob", "Cem"})
	heading(0)
	p.equal("by user, descending", p.column(0), []string{"Cem", "bob", "bob", "bob", "ann"})
	heading(1)
	p.equal("by resource, numerically", p.column(1), []string{"web-9", "web-9", "web-9", "web-9", "web-10"})
	p.equal("aria-sort", value[[]string](p, `[...document.querySelectorAll("#list th")].map((header) => header.ariaSort)`),
		[]string{"none", "ascending", "none", "none", "none"})
	p.search("bob")
	heading(2)
	p.equal("sorted search results", p.column(2), []string{"bob", "bob", "root shared"})
	p.search("")
	p.equal("sorted after the search", p.column(2), []string{"ann", "bob", "bob", "cem", "root shared"})
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
			t.Errorf("search for %s: got the text for no matches: %t, want %t", text, nothing, len(want) == 0)
		}
		if count, want := value[string](p, `document.getElementById("count").value`), strconv.Itoa(len(want))+" of 5"; count != want {
			t.Errorf("search for %s: got count %s, want %s", text, count, want)
		}
	}
}

func TestMatrix(t *testing.T) {
	p := open(t, rows, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if list := p.column(0); len(list) != 0 {
		t.Errorf("got list %q, want it hidden", list)
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
	check("by access of bob, descending", head, nine, ten)
	p.clickHeading(2)
	check("by access of bob, ascending", head, ten, nine)
	p.clickHeading(0)
	p.clickHeading(0)
	check("by name, descending", head, ten, nine)
	p.search("web-10")
	check("search results", []string{"Resource", "bob"}, []string{"web-10", "bob user none"})
}

// Users with the same name have separate columns if another attribute differs.
func TestUsersWithSameName(t *testing.T) {
	disabled, unknown := row("dan", "db-1", "dan", "user", "MFA"), row("dan", "db-1", "dan", "user", "MFA")
	disabled.UserStatus, unknown.UserStatus = "DISABLED", ""
	p := open(t, []accessreport.Row{
		row("dan", "db-1", "dan", "user", "MFA"), disabled, unknown, row("dan DISABLED", "db-1", "dan", "user", "MFA"), row("", "db-1", "x", "user", "MFA"), row("none", "db-1", "x", "user", "MFA"),
	}, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if head := p.matrix()[0]; len(head) != 1+6 {
		t.Errorf("got headings %q, want 7", head)
	}
}

func TestLargeMatrix(t *testing.T) {
	var many []accessreport.Row
	for i := range 200 {
		many = append(many, row("user-"+strconv.Itoa(i), "server-"+strconv.Itoa(i), "root", "user", ""))
	}
	p := open(t, many, nil)
	p.do(chromedp.Click(`[value=matrix]`))
	if text := value[string](p, `document.getElementById("too-large").innerText`); !strings.HasPrefix(text, "A matrix of 200 users and 200 resources is too large to show.") {
		t.Errorf("got %q, want the text for a matrix that is too large", text)
	}
	p.search("user-19")
	if lines := p.matrix(); len(lines) != 1+11 {
		t.Errorf("got %d lines, want %d", len(lines), 1+11)
	}
}

// Text from the tenant is never interpreted as markup or script.
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
		// NFC combines this with the end of the tag before it, so the tag has no end.
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
		shown := strings.NewReplacer("\u0338", "<U+0338>").Replace(evil)
		if shown != evil {
			shown = strings.TrimSuffix(shown, " ") + "␠"
		}
		p.equal(evil, got, []string{"Who has access", "2", "0", "0", shown, shown})
	}
}

// The title contains the subject of a single report.
func TestInjectionIntoTitle(t *testing.T) {
	const evil = `</title></h1><script>document.title='owned'</script><b id=owned>`
	p := open(t, rows, []accessreport.Source{{About: evil, ReportID: evil, Status: "COMPLETED", RowCount: 5}})
	p.equal("titles", value[[]string](p, `[document.title, document.querySelector("h1").textContent, String(document.scripts.length), String(document.getElementById("owned"))]`),
		[]string{"Access report: " + evil, "Access report: " + evil, "2", "null"})
}

// The page sends no requests, and only its own script runs.
func TestContentSecurityPolicy(t *testing.T) {
	p := open(t, rows, nil)
	if n := value[int](p, `performance.getEntriesByType("resource").length`); n != 0 {
		t.Errorf("got %d loaded resources, want none", n)
	}
	if value[bool](p, `(() => {
		const script = document.createElement("script");
		script.textContent = "window.owned = true";
		document.body.append(script);
		return window.owned === true;
	})()`) {
		t.Error("an added script ran, want it blocked")
	}
	select {
	case problem := <-p.problems:
		if !strings.Contains(problem, "Content Security Policy") {
			t.Errorf("got problem %q, want a violation of the Content Security Policy", problem)
		}
	case <-p.ctx.Done():
		t.Error("got no violation of the Content Security Policy, want one")
	}
}

// The list is shown even if scripts are disabled.
func TestWithoutScripts(t *testing.T) {
	p := open(t, rows, nil, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	text := got(p, chromedp.Text("#list"))
	if strings.Count(text, "bob") < 3 || !strings.Contains(text, "Session Recording") {
		t.Errorf("got %q, want the rows", text)
	}
}

// The page is not wider than the screen. Only the matrix scrolls, inside its frame.
func TestWidths(t *testing.T) {
	long := row(strings.Repeat("user", 20), strings.Repeat("server-", 12), strings.Repeat("account", 15), "admin", strings.Repeat("Condition", 12))
	for name, width := range map[string]int64{"phone": 360, "desktop": 1280} {
		p := open(t, append(slices.Clone(rows), long), []accessreport.Source{{About: "ann", ReportID: strings.Repeat("0b1e-", 9), Status: "COMPLETED", RowCount: 6}},
			chromedp.EmulateViewport(width, 800))
		for _, view := range []string{"list", "matrix"} {
			p.do(chromedp.Click(`[value=` + view + `]`))
			if excess := value[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); excess > 0 {
				t.Errorf("%s, %s: got %d pixels more than the screen, want none", name, view, excess)
			}
			p.screenshot(name + "-" + view)
		}
	}
}
