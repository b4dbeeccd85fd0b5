package browser

import (
	"bytes"
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	cdppage "github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// manyRows returns n rows of different users, whose order on the page is that of their
// numbers.
func manyRows(n int) []accessreport.Row {
	many := make([]accessreport.Row, n)
	conditions := []string{"", "MFA", "Okta Gateway with Session Recording, Approval", "Office hours, MFA"}
	for i := range many {
		many[i] = row(fmt.Sprintf("user-%05d", i), fmt.Sprintf("Server-%d", i*7919%n), []string{"root", "admin"}[i%2], []string{"user", "admin"}[i%3%2], conditions[i%len(conditions)])
	}
	return many
}

// rest returns the text at the end of the list.
func (p *page) rest() string {
	p.Helper()
	return value[string](p, `document.querySelector("[data-list=list] .rest").innerText`)
}

// clickRest clicks the last or another button at the end of the list.
func (p *page) clickRest(nth string) {
	p.Helper()
	p.do(chromedp.Click(`[data-list=list] .rest button:` + nth))
}

// The list begins with some of many rows. It shows that, and the other rows on demand.
func TestPartOfManyRows(t *testing.T) {
	many := manyRows(1500)
	p := open(t, many, nil)
	check := func(what string, rows int, first, last, rest string) {
		t.Helper()
		users := p.column(0)
		if len(users) != rows || users[0] != first || users[len(users)-1] != last {
			t.Errorf("%s: got %d rows from %q to %q, want %d from %s to %s", what, len(users), users[0], users[len(users)-1], rows, first, last)
		}
		if got := strings.Join(strings.Fields(p.rest()), " "); got != rest {
			t.Errorf("%s: got text %q at the end, want %q", what, got, rest)
		}
	}
	check("opened", 50, "user-00000", "user-00049", "Only 50 of 1,500 rows are shown. Show 1,000 more Show all 1,500")
	p.clickRest("first-of-type")
	check("more", 1050, "user-00000", "user-01049", "Only 1,050 of 1,500 rows are shown. Show all 1,500")
	if focused := value[string](p, `document.activeElement.cells[0].textContent`); focused != "user-00050" {
		t.Errorf("got focus on %q, want the first new row", focused)
	}
	p.clickRest("last-of-type")
	check("all", 1500, "user-00000", "user-01499", "")
	p.do(chromedp.Click(`#list th:first-child button`))
	p.do(chromedp.Click(`#list th:first-child button`))
	check("sorted", 50, "user-01499", "user-01450", "Only 50 of 1,500 rows are shown. Show 1,000 more Show all 1,500")
	p.search("user-01")
	check("search with many hits", 50, "user-01499", "user-01450", "Only 50 of 500 rows that match the search are shown. The list has 1,500 rows. Show all 500")
	p.search("user-0123")
	check("search with few hits", 10, "user-01239", "user-01230", "10 of 1,500 rows match the search.")
	p.search("nobody")
	if users, text := p.column(0), p.rest(); len(users) != 0 || text != "0 of 1,500 rows match the search." {
		t.Errorf("search without hits: got %q and %q, want no rows and a text that says it", users, text)
	}
}

// The columns are sorted and searched by all rows, not only by those that are shown.
func TestSortManyRows(t *testing.T) {
	many := manyRows(1500)
	for i, name := range []string{"Zoe", "zoe", "ann", "Ann", "web-10", "web-9", "_x", "é", "10", "9"} {
		many[i].UserName = name
	}
	accessreport.Sort(many) // the order of rows with equal names
	want := value[[]string](open(t, many[:1], nil), `[`+quoted(many)+`].sort((a, b) => new Intl.Collator("en", { numeric: true, sensitivity: "base" }).compare(a, b)).map((name) => name.toLowerCase())`)
	p := open(t, many, nil)
	p.do(chromedp.Click(`#list th:first-child button`))
	p.clickRest("last-of-type")
	var got []string
	for _, user := range p.column(0) {
		got = append(got, strings.ToLower(user))
	}
	p.equal("order", got, want)
	p.do(chromedp.Click(`#list th:first-child button`))
	p.clickRest("last-of-type")
	got = nil
	for _, user := range p.column(0) {
		got = append(got, strings.ToLower(user))
	}
	slices.Reverse(got)
	p.equal("descending order", got, want)
}

func quoted(rows []accessreport.Row) string {
	var names []string
	for i := range rows {
		names = append(names, fmt.Sprintf("%q", rows[i].UserName))
	}
	return strings.Join(names, ", ")
}

// The search of the browser would not find all rows, so its keys focus the search field,
// unless all rows are shown.
func TestFindKeys(t *testing.T) {
	press := func(p *page, key, modifier string) (intercepted bool) {
		t.Helper()
		return value[bool](p, fmt.Sprintf(`(() => {
			document.activeElement.blur();
			return !document.body.dispatchEvent(new KeyboardEvent("keydown", { key: %q, %s: true, bubbles: true, cancelable: true }));
		})()`, key, modifier))
	}
	p := open(t, manyRows(201), nil)
	check := func(what string, want bool) {
		t.Helper()
		for _, keys := range [][2]string{{"f", "ctrlKey"}, {"F", "ctrlKey"}, {"f", "metaKey"}, {"F3", "bubbles"}} {
			got := press(p, keys[0], keys[1])
			if focused := value[string](p, `document.activeElement.id`); got != want || (focused == "search") != want {
				t.Errorf("%s, %s: got intercepted %t and focus on %q, want intercepted %t", what, keys, got, focused, want)
			}
		}
	}
	check("part of the rows", true)
	if !value[bool](p, `document.getElementById("find").checkVisibility()`) {
		t.Error("got no text that explains it, want one")
	}
	p.clickRest("last-of-type")
	check("all rows", false)
	p.search("user-00001")
	check("search results", true)
	p.search("")
	p.do(chromedp.Click(`[value=matrix]`))
	check("matrix that is too large", true)
	if press(p, "g", "ctrlKey") {
		t.Error("got another key intercepted, want only those that find")
	}

	p = open(t, rows, nil)
	check("few rows", false)
	p.do(chromedp.Click(`[value=matrix]`))
	check("matrix of all rows", false)
	p.search("ann")
	check("matrix of some rows", true)
}

// All rows are printed as a list, regardless of the search, the view and the number of
// rows that are shown.
func TestPrinting(t *testing.T) {
	for _, view := range []string{"list", "matrix"} {
		p := open(t, rows, nil)
		p.do(chromedp.Click(`[value=` + view + `]`))
		p.search("ann")
		p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
			return chromedp.Void{}, err
		})
		p.do(chromedp.Poll[chromedp.Void](`document.querySelectorAll("#list tbody tr").length === 5`))
		if users := p.column(0); len(users) != len(rows) {
			t.Errorf("printed from the %s: got users %q, want %d", view, users, len(rows))
		}
		if matrix := p.matrix(); len(matrix) != 0 {
			t.Errorf("printed from the %s: got matrix %q, want none", view, matrix)
		}
	}
}

// A PDF contains all rows. After that, the page is as before.
func TestPDF(t *testing.T) {
	p := open(t, manyRows(1500), nil)
	p.do(chromedp.Evaluate[chromedp.Void](`addEventListener("beforeprint", () => { window.printed = document.querySelectorAll("#list tbody tr").length; })`))
	pdfPages := func() int {
		t.Helper()
		pdf := got(p, func(ctx context.Context, target *chromedp.Target) ([]byte, error) {
			result, err := cdp.Call(ctx, target, cdppage.PrintToPDF, cdppage.PrintToPDFParams{})
			return result.Data, err
		})
		return bytes.Count(pdf, []byte("/Type /Page\n"))
	}
	pages := pdfPages()
	if printed := value[int](p, `window.printed`); printed != 1500 || pages < 20 {
		t.Errorf("got %d rows on %d pages, want 1500 on at least 20", printed, pages)
	}
	if users := p.column(0); len(users) != 50 {
		t.Errorf("after printing: got %d rows, want 50", len(users))
	}
	p.search("user-00001")
	if found := pdfPages(); found != pages {
		t.Errorf("printed search results: got %d pages, want %d", found, pages)
	}
	p.equal("search results after printing", p.column(0), []string{"user-00001"})
}

// Without scripts, the page shows the first rows, and how many are missing.
func TestManyRowsWithoutScripts(t *testing.T) {
	p := open(t, manyRows(1500), nil, func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	text := got(p, chromedp.Text("main"))
	for user, want := range map[string]bool{"user-00000": true, "user-00999": true, "user-01000": false, "500 of 1500 rows are not shown, because this browser runs no scripts.": true} {
		if strings.Contains(text, user) != want {
			t.Errorf("got %s in the text: %t, want %t", user, !want, want)
		}
	}
}

// If the browser blocks the script, the page says that rows are not shown.
func TestBlockedScript(t *testing.T) {
	text, err := accessreport.HTML(rows, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	blocked := strings.Replace(text, "script-src &#39;sha256-", "script-src &#39;sha256-x", 1)
	if blocked == text {
		t.Fatal("got no hash of the script in the policy, want one")
	}
	p := openText(t, blocked)
	t.Cleanup(func() { // the browser may report it more than once
		for len(p.problems) > 0 {
			<-p.problems
		}
	})
	select {
	case problem := <-p.problems:
		if !strings.Contains(problem, "Content Security Policy") {
			t.Errorf("got problem %q, want a violation of the Content Security Policy", problem)
		}
	case <-p.ctx.Done():
		t.Fatal("got no violation of the policy, want one")
	}
	if text := got(p, chromedp.Text("main")); !strings.Contains(text, "This list has 5 rows. They are not shown") {
		t.Errorf("got %q, want a text that the rows are not shown", text)
	}
}
