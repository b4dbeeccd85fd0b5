package browser

import (
	"context"
	"strconv"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reviewed returns changes and a review of rows: the first row was weakened and its
// approval has expired, the second one was granted and is not approved, and all others are
// unchanged and approved.
func reviewed(rows []accessreport.Row, text string) (*accessreport.Changes, *accessreport.PageReview) {
	before := append([]accessreport.Row{rows[0]}, rows[2:]...)
	before[0].Conditions = "MFA, Approval"
	for _, list := range [][]accessreport.Row{before, rows} {
		for i := range list {
			list[i].Requirements = accessreport.ParseConditions(list[i].Conditions)
		}
	}
	changes := accessreport.CompareChanges(before, rows)
	approval := func(row *accessreport.Row) accessreport.PageApproval {
		return accessreport.PageApproval{
			UserName: row.UserName, ResourceName: row.ResourceName, Account: row.Account, ApprovedBy: text, Reason: text, ExpiresAt: text,
			Other: []accessreport.PageAttribute{{Name: text, Text: text}},
		}
	}
	review := accessreport.PageReview{
		Expired:    []accessreport.PageReviewed{{Row: rows[0], Approval: approval(&rows[0])}},
		Unapproved: rows[:2],
		Unused:     []accessreport.PageApproval{{UserName: "old", ResourceName: text, Account: text, Privileges: text, Conditions: text, ApprovedBy: text, Reason: text, ExpiresAt: text}},
	}
	for i := range rows[2:] {
		review.Approved = append(review.Approved, accessreport.PageReviewed{Row: rows[2+i], Approval: approval(&rows[2+i])})
	}
	return &changes, &review
}

// openReviewed opens a page of rows with reviewed changes.
func openReviewed(t *testing.T, rows []accessreport.Row, text string, before ...chromedp.Action[chromedp.Void]) *page {
	t.Helper()
	changes, review := reviewed(rows, text)
	markup, err := accessreport.HTML(rows, nil, changes, review)
	if err != nil {
		t.Fatal(err)
	}
	return openText(t, markup, before...)
}

// users returns the users in the rows of a list that are elements.
func (p *page) users(list string) []string {
	p.Helper()
	return value[[]string](p, `[...document.querySelectorAll("#`+list+` tbody tr")].map((row) => row.cells[0].textContent)`)
}

// Weakened access and expired approvals come first, above the rows.
func TestSections(t *testing.T) {
	p := openReviewed(t, manyRows(5), "olga")
	p.equal("headings", value[[]string](p, `[...document.querySelectorAll("h2, h3")].map((heading) => heading.textContent)`), []string{
		"Changes", "Weakened (1)", "Granted (1)", "Altered (0)", "Strengthened (0)", "Revoked (0)",
		"Review", "Expired (1)", "Unapproved (1)", "Unused approvals (1)", "Approved (3)", "All access",
	})
	cells := func(list string) []string {
		return value[[]string](p, `[...document.querySelectorAll("#`+list+` td")].map((cell) => cell.textContent)`)
	}
	p.equal("weakened", cells("weakened"), []string{"user-00000", "Server-0", "root shared", "no longer requires approval no longer requires MFA", "Conditions: MFA Approval", "Conditions: none"})
	p.equal("expired", cells("expired"), []string{"user-00000", "Server-0", "root shared", "user", "none", "olga", "olga olga: olga", "olga"})
	p.equal("unapproved", p.users("unapproved"), []string{"user-00001"})
	p.equal("approved", p.users("approved"), []string{"user-00002", "user-00003", "user-00004"})
	p.equal("empty parts", value[[]string](p, `[...document.querySelectorAll("#changes h3 + p")].map((text) => text.textContent).filter((text) => text.startsWith("No "))`),
		[]string{"No access changed in another way.", "No access was strengthened.", "No access was revoked."})
	if n := value[int](p, `document.querySelectorAll(".warning").length`); n != 0 {
		t.Errorf("got %d warnings, want none", n)
	}

	p.search("user-00003")
	p.equal("searched", append(p.users("approved"), p.users("list")...), []string{"user-00003", "user-00003"})
	if text := value[string](p, `document.querySelector("[data-list=weakened]").innerText`); !strings.Contains(text, "0 of 1 rows match the search.") {
		t.Errorf("got text %q, want that no row matches the search", text)
	}
	p.search("")
	p.do(chromedp.Click(`[value=matrix]`))
	if lines := p.matrix(); len(lines) != 1+5 || len(p.users("weakened")) != 1 {
		t.Errorf("got a matrix of %d lines, want 6, and the weakened access", len(lines))
	}
}

// Long parts are shown in part, printed completely, and complete without scripts.
func TestLongSections(t *testing.T) {
	many := manyRows(700)
	p := openReviewed(t, many, "olga")
	if users := p.users("approved"); len(users) != 50 {
		t.Errorf("got %d approved rows, want 50", len(users))
	}
	rest := value[string](p, `document.querySelector("[data-list=approved] .rest").innerText`)
	if !strings.HasPrefix(rest, "Only 50 of 698 rows are shown.") {
		t.Errorf("got text %q, want that not all rows are shown", rest)
	}
	p.do(chromedp.Click(`#approved th:first-child button`))
	p.do(chromedp.Click(`#approved th:first-child button`))
	p.do(chromedp.Click(`[data-list=approved] .rest button`))
	if users := p.users("approved"); len(users) != 698 || users[0] != "user-00699" {
		t.Errorf("got %d approved rows, the first %s, want 698, the last first", len(users), users[0])
	}
	p.search("user-00699")
	p.do(func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, emulation.SetEmulatedMediaParams{Media: "print"})
		return chromedp.Void{}, err
	})
	p.do(chromedp.Poll[chromedp.Void](`document.querySelectorAll("#list tbody tr").length === 700`))
	for list, want := range map[string]int{"weakened": 1, "granted": 1, "expired": 1, "unapproved": 1, "unused": 1, "approved": 698} {
		if users := p.users(list); len(users) != want {
			t.Errorf("printed: got %d rows of %s, want %d", len(users), list, want)
		}
	}

	p = openReviewed(t, many, "olga", func(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
		_, err := cdp.Call(ctx, target, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true})
		return chromedp.Void{}, err
	})
	if text := got(p, chromedp.Text("#approved")); !strings.Contains(text, "user-00699") {
		t.Error("without scripts: got no last row in the approved access, want all rows")
	}
}

// Text of approvals is never interpreted as markup or script.
func TestInjectionIntoSections(t *testing.T) {
	for _, evil := range []string{
		`<img src=x onerror="document.title='owned'">`,
		`</script><script>document.title='owned'</script>`,
		`</noscript></table><svg onload=document.title='owned'>`,
		`"]]]}</script><!--<script>`,
	} {
		p := openReviewed(t, manyRows(3), evil)
		got := value[[]string](p, `[
			document.title, String(document.scripts.length), String(document.querySelectorAll("img, svg").length),
			...[...document.querySelector("#approved tbody").rows[0].cells].slice(5).map((cell) => cell.textContent),
			...[...document.querySelector("#unused tbody").rows[0].cells].slice(1).map((cell) => cell.textContent),
		]`)
		want := []string{"Who has access", "2", "0", evil, evil + " " + evil + ": " + evil, evil}
		for range 7 {
			want = append(want, evil)
		}
		p.equal(evil, got, want)
	}
}

// Sections are not wider than the screen.
func TestWidthsOfSections(t *testing.T) {
	for name, width := range map[string]int64{"phone": 360, "desktop": 1280} {
		p := openReviewed(t, manyRows(5), strings.Repeat("olga", 30), chromedp.EmulateViewport(width, 800))
		if excess := value[int](p, `document.documentElement.scrollWidth - document.documentElement.clientWidth`); excess > 0 {
			t.Errorf("%s: got %d pixels more than the screen, want none", name, excess)
		}
		// On a phone, each cell has the heading of its column.
		for list, want := range map[string][]string{
			"weakened": {"User", "Resource", "Account", "Change", "Before", "After"},
			"approved": {"User", "Resource", "Account", "Privileges", "Conditions", "Approved by", "Reason", "Expires"},
			"list":     {"User", "Resource", "Account", "Privileges", "Conditions"},
		} {
			labels := value[[]string](p, `[...document.querySelector("#`+list+` tbody tr").cells].map((cell) => getComputedStyle(cell, "::before").content)`)
			for i := range want {
				want[i] = map[string]string{"phone": strconv.Quote(want[i]), "desktop": "none"}[name]
			}
			p.equal(name+", "+list, labels, want)
		}
		p.screenshot(name + "-sections")
	}
}
