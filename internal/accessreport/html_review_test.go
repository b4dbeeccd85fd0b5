package accessreport

import (
	"html"
	"strings"
	"testing"
	"unicode"
)

// pageRowOf returns a row of larry on web-01 with an account and conditions.
func pageRowOf(account, conditions string) Row {
	return Row{UserName: "larry", UserType: "human", UserStatus: "ACTIVE", ResourceName: "web-01", ResourceType: "server", Account: account, Privileges: "user", Conditions: conditions, Requirements: ParseConditions(conditions)}
}

// checkOrder verifies that a page has texts in an order.
func checkOrder(t *testing.T, page string, texts ...string) {
	t.Helper()
	rest := page
	for _, text := range texts {
		_, after, found := strings.Cut(rest, text)
		if !found {
			t.Errorf("got\n%s\nwant it to have, in this order, %q; this is missing or too early: %s", page, texts, text)
			return
		}
		rest = after
	}
}

func TestHTMLChanges(t *testing.T) {
	before := []Row{pageRowOf("root", "MFA, Approval"), pageRowOf("gone", ""), pageRowOf("same", "MFA"), pageRowOf("other", "Office hours"), pageRowOf("better", "")}
	after := []Row{pageRowOf("root", "Approval"), pageRowOf("new", ""), pageRowOf("same", "MFA"), pageRowOf("other", "Weekend"), pageRowOf("better", "MFA")}
	changes := CompareChanges(before, after)
	page, err := HTML(after, nil, &changes, nil)
	if err != nil {
		t.Fatal(err)
	}
	checkOrder(t, page, "<h2>Changes</h2>",
		`<li class="alarming"><b>1</b> weakened</li>`, `<li class="alarming"><b>1</b> granted</li>`, "<b>1</b> unchanged</li>",
		"Weakened (1)", ">root<", `<b class="none">no longer requires MFA</b>`, "Conditions:", `>MFA</bdi>`, "<td>", "Conditions:", `>Approval</bdi>`,
		"Granted (1)", ">new<", "Altered (1)", ">other<", "other changes", `>Office hours</bdi>`, `>Weekend</bdi>`,
		"Strengthened (1)", ">better<", `<b class="mfa">now requires MFA</b>`, "Revoked (1)", ">gone", "<h2>All access</h2>")
	if strings.Contains(page, `class="warning"`) {
		t.Error("got a warning for changes of the rows, want none")
	}

	none := CompareChanges(after, after)
	if page, err = HTML(after, nil, &none, nil); err != nil {
		t.Fatal(err)
	}
	checkOrder(t, page, "<b>0</b> weakened</li>", "<b>5</b> unchanged</li>", "<h3>Weakened (0)</h3>", "No access was weakened.", "No access was granted.", "No access changed in another way.", "No access was strengthened.", "No access was revoked.")
}

func TestHTMLReview(t *testing.T) {
	expired, without, approved := pageRowOf("root", "MFA"), pageRowOf("pg", ""), pageRowOf("ops", "MFA")
	review := PageReview{
		Approved:   []PageReviewed{{approved, PageApproval{UserName: "larry", ResourceName: "web-01", Account: "ops", ApprovedBy: "olga", Reason: "on call", ExpiresAt: "2027-01-31", Other: []PageAttribute{{"ticket", "T-1"}}}}},
		Expired:    []PageReviewed{{expired, PageApproval{UserName: "larry", ResourceName: "web-01", Account: "root", ApprovedBy: "pia", ExpiresAt: "2026-09-30"}}},
		Unapproved: []Row{without, expired},
		Unused:     []PageApproval{{UserName: "bob", ResourceName: "db", Account: "bob", Reason: "migration"}},
	}
	page, err := HTML([]Row{approved, without, expired}, nil, nil, &review)
	if err != nil {
		t.Fatal(err)
	}
	checkOrder(t, page, "<h2>Review</h2>",
		`<li class="alarming"><b>1</b> with an expired approval</li>`, `<li class="alarming"><b>1</b> without an approval</li>`, `<li><b>1</b> unused approval</li>`, `<li><b>1</b> approved</li>`,
		"Expired (1)", ">root<", ">pia<", `<i>not stated</i>`, ">2026-09-30",
		"Unapproved (1)", ">pg<", "Unused approvals (1)", ">bob<", `<i class="plain">any</i>`, ">migration<", `<i>never</i>`,
		"Approved (1)", ">ops<", ">olga<", "<bdi>on call</bdi>", `<bdi class="remark">ticket: T-1</bdi>`, ">2027-01-31", "<h2>All access</h2>")

	if page, err = HTML(nil, nil, nil, &PageReview{}); err != nil {
		t.Fatal(err)
	}
	checkOrder(t, page, "No approval of existing access has expired.", "There is no access without an approval.", "All approvals are used.", "No access is approved.", "There are no rows.")
}

// The page warns if changes or a review are about other rows. The number of equal rows
// counts, and subjects do not.
func TestHTMLWarnsAboutOtherRows(t *testing.T) {
	a, b := pageRowOf("a", ""), pageRowOf("b", "MFA")
	ofServer := a
	ofServer.SubjectID = "1"
	missing := a
	missing.MissingColumns = missing.MissingColumns.With(Conditions)
	weaker := CompareChanges([]Row{b}, []Row{pageRowOf("b", "")})
	for name, test := range map[string]struct {
		rows []Row
		of   []Row // of the review and after the changes
		want string
	}{
		"same rows":        {[]Row{a, b}, []Row{b, a}, ""},
		"other subject":    {[]Row{a}, []Row{ofServer}, ""},
		"no rows":          {nil, nil, ""},
		"fewer":            {[]Row{a, b}, []Row{b}, "1 row of the list is missing in it, and it has 0 rows that the list does not have."},
		"more":             {nil, []Row{a, b}, "0 rows of the list are missing in it, and it has 2 rows that the list does not have."},
		"more often":       {[]Row{a}, []Row{a, a}, "0 rows of the list are missing in it, and it has 1 row that the list does not have."},
		"a missing column": {[]Row{a}, []Row{missing}, "1 row of the list is missing in it, and it has 1 row that the list does not have."},
	} {
		for _, review := range []bool{true, false} {
			changes, reviewed, section := &Changes{Unchanged: test.of}, (*PageReview)(nil), "Changes"
			if review {
				changes, reviewed, section = nil, &PageReview{Unapproved: test.of}, "Review"
			}
			page, err := HTML(test.rows, nil, changes, reviewed)
			if err != nil {
				t.Fatal(err)
			}
			text := `<p class="warning" role="alert">The section "` + section + `" is about other rows than the list: `
			if got := html.UnescapeString(page); strings.Contains(got, text) != (test.want != "") || !strings.Contains(got, test.want) {
				t.Errorf("%s, %s: got\n%s\nwant the warning %q", name, section, got, test.want)
			}
		}
	}
	// The rows after a change count.
	page, err := HTML([]Row{pageRowOf("b", "")}, nil, &weaker, nil)
	if err != nil || strings.Contains(page, `class="warning"`) {
		t.Errorf("got error %v and page\n%s\nwant no warning", err, page)
	}
}

// Hostile texts in all fields of changes and approvals are escaped, in the tables and in
// the data of the script.
func TestHTMLEscapesSections(t *testing.T) {
	for _, evil := range []string{`</script><script>alert(1)</script>`, `</noscript><img src=x onerror=alert(1)>`, `"]]]<!--`, "*/\u2028\u202e\x1b[2J", "\u0338=\"x\""} {
		row := Row{UserName: evil, UserType: evil, UserStatus: evil, ResourceName: evil, ResourceType: evil, Account: evil, Privileges: evil, Conditions: evil, Extra: NewExtra(map[string]string{evil: evil})}
		changed := row
		changed.Privileges, changed.UserType, changed.Extra = evil+"x", evil+"x", Extra{}
		approval := PageApproval{UserName: evil, ResourceName: evil, Account: evil, Privileges: evil, Conditions: evil, ExpiresAt: evil, ApprovedBy: evil, Reason: evil, Other: []PageAttribute{{evil, evil}}}
		changes := Changes{Granted: []Row{row}, Revoked: []Row{row}, Altered: []Change{{Before: row, After: changed}}, Weakened: []Change{{Before: changed, After: row, Lost: []Protection{ProtectionMFA}}}}
		review := PageReview{Approved: []PageReviewed{{row, approval}}, Expired: []PageReviewed{{row, approval}}, Unapproved: []Row{row, row}, Unused: []PageApproval{approval}}
		page, err := HTML([]Row{row}, nil, &changes, &review)
		if err != nil {
			t.Fatal(err)
		}
		// The scripts are the data and the script, and each list has a table without scripts.
		for text, want := range map[string]int{"<script": 2, "</script": 2, "<noscript": 9, "</noscript": 9, "<img": 0, "<!--": 0, "alert(1)</script>": 0} {
			if got := strings.Count(page, text); got != want {
				t.Errorf("%q: got %d times %s, want %d", evil, got, text, want)
			}
		}
		for _, r := range page {
			if r != '\n' && unicode.In(r, unicode.Cc, unicode.Cf, unicode.Zl, unicode.Mn) {
				t.Errorf("%q: got %U in the page, want it escaped", evil, r)
			}
		}
	}
}
