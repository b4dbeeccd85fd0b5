package provider_test

import (
	"maps"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// mustCall returns the result of a function.
func (s *server) mustCall(name string, arguments ...any) any {
	s.t.Helper()
	result, problem := s.call(name, arguments...)
	if problem != "" {
		s.t.Fatalf("%s: got error %q, want none", name, problem)
	}
	return result
}

// TestReportHTMLWithChangesAndReview checks that the page shows results of report_changes and
// report_review in any order, with and without reports.
func TestReportHTMLWithChangesAndReview(t *testing.T) {
	s := newServer(t)
	weaker, granted := larrysRow(map[string]any{"conditions": "Okta Gateway"}), larrysRow(map[string]any{"user_name": "ann"})
	rows := []any{weaker, granted}
	changes := s.mustCall("report_changes", []any{larrysRow(nil)}, rows)
	review := s.mustCall("report_review", rows, []any{
		map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root", "conditions": "Okta Gateway", "approved_by": "olga <b>", "reason": "on call", "expires_at": "2026-09-30", "ticket": 12, "tags": []any{"a", map[string]any{"k": true}}},
		map[string]any{"user_name": "bob", "resource_name": "db", "account": "bob", "approved_by": "pia", "reason": "left", "expires_at": "2027-01-31"},
	}, "2026-10-01")
	report := map[string]any{"report_id": "r-1", "row_count": 2}
	want := []string{
		"<h3 class=\"alarming\">Weakened (1)</h3>", "no longer requires MFA", "<h3 class=\"alarming\">Granted (1)</h3>", "No access was revoked.",
		"<h3 class=\"alarming\">Expired (1)</h3>", "<td>olga &lt;b&gt;<td>", "<bdi>on call</bdi>", "<td>2026-09-30", ">ticket: 12</bdi>", ">tags: [a, {k = true}]</bdi>",
		"<h3 class=\"alarming\">Unapproved (1)</h3>", "<h3>Unused approvals (1)</h3>", "<td>pia<td>", "<td>left<td>", "No access is approved.",
		"<code>r-1</code>",
	}
	for name, arguments := range map[string][]any{
		"changes first": {changes, review, report}, "review first": {review, report, changes}, "report first": {report, review, changes},
	} {
		page := s.mustCall("report_html", append([]any{rows}, arguments...)...).(string)
		for _, text := range want {
			if !strings.Contains(page, text) {
				t.Errorf("%s: got\n%s\nwant it to have %s", name, page, text)
			}
		}
		if strings.Contains(page, `class="warning"`) {
			t.Errorf("%s: got a warning on the page, want none", name)
		}
	}
	// The page warns about changes and reviews of other rows.
	page := s.mustCall("report_html", []any{weaker}, changes, review).(string)
	for _, section := range []string{"Changes", "Review"} {
		if want := "The section &#34;" + section + "&#34; is about other rows than the list: 0 rows of the list are missing in it, and it has 1 row that the list does not have."; !strings.Contains(page, want) {
			t.Errorf("got a page without %s", want)
		}
	}
	if page = s.mustCall("report_html", rows, changes).(string); strings.Contains(page, `id="review"`) || !strings.Contains(page, `id="changes"`) {
		t.Error("got a section for a review that was not passed, or none for changes, want only the changes")
	}
}

// A modified result is an error, so that a part of it is never missing on the page.
func TestReportHTMLWithInvalidChangesOrReview(t *testing.T) {
	s := newServer(t)
	row, ann := withDerived(larrysRow(nil), true, false, false, true), withDerived(larrysRow(map[string]any{"user_name": "ann"}), true, false, false, true)
	approval := map[string]any{"user_name": "larry", "resource_name": "web-01", "account": "root", "privileges": nil, "conditions": nil, "expires_at": nil, "approved_by": nil, "reason": nil}
	with := func(value map[string]any, name string, changed any) map[string]any {
		value = maps.Clone(value)
		value[name] = changed
		return value
	}
	changes := map[string]any{"granted": []any{row}, "revoked": []any{}, "unchanged": []any{}, "weakened": []any{}, "strengthened": []any{}, "altered": []any{}}
	review := map[string]any{"approved": []any{map[string]any{"row": row, "approval": approval}}, "unapproved": []any{}, "expired": []any{}, "unused": []any{}}
	number := with(approval, "cost", tftypes.NewValue(tftypes.Number, 12.5))
	if page := s.mustCall("report_html", []any{row}, changes, with(review, "unused", []any{number})).(string); !strings.Contains(page, "Approved (1)") || !strings.Contains(page, ">cost: 12.5</bdi>") {
		t.Errorf("got page\n%s\nwant it to have the review", page)
	}
	const notChanges, notReview = "reports: this must be the result of report_changes", "reports: this must be the result of report_review"
	for name, test := range map[string]struct {
		part any
		want string
	}{
		"changes without a part":     {without(changes, "weakened"), notChanges + ": it has no weakened"},
		"changes with more":          {with(changes, "report_id", "r-1"), notChanges + `, which has no attribute "report_id"`},
		"a difference":               {map[string]any{"added": []any{}, "removed": []any{}, "unchanged": []any{}}, notChanges + `, which has no attribute "added"`},
		"both":                       {with(changes, "approved", []any{}), notChanges + `, which has no attribute "approved"`},
		"invalid row of changes":     {with(changes, "granted", []any{without(row, "account")}), notChanges + ". In granted, rows[0].account is missing"},
		"review without a part":      {without(review, "expired"), notReview + ": it has no expired"},
		"review with a null":         {with(review, "unused", nil), notReview + ": it has no unused"},
		"review with more":           {with(review, "report_id", "r-1"), notReview + `, which has no attribute "report_id"`},
		"only approved":              {map[string]any{"report_id": "r-1", "approved": true}, notReview + `, which has no attribute "report_id"`},
		"rows for approved":          {with(review, "approved", []any{row}), notReview + ". In approved, [0] must be an object with row and approval"},
		"text for approved":          {with(review, "approved", "none"), notReview + ". In approved, there must be a list of objects with row and approval"},
		"invalid row of a review":    {with(review, "approved", []any{map[string]any{"row": without(row, "account"), "approval": approval}}), notReview + ". In approved, [0].row.account is missing"},
		"approval of other access":   {with(review, "approved", []any{map[string]any{"row": ann, "approval": approval}}), notReview + ". In approved, [0].approval does not approve the access of its row: the user, the resource or the account differs"},
		"approval without reason":    {with(review, "unused", []any{without(approval, "reason")}), notReview + ". In unused, [0] has no reason"},
		"approval with a number":     {with(review, "unused", []any{with(approval, "reason", 5)}), notReview + ". In unused, [0] is invalid: its reason must be a string"},
		"null approval":              {with(review, "unused", []any{nil}), notReview + ". In unused, [0] must be an approval"},
		"invalid unapproved row":     {with(review, "unapproved", []any{without(row, "account")}), notReview + ". In unapproved, rows[0].account is missing"},
		"expired but not unapproved": {with(review, "expired", review["approved"]), notReview + ": unapproved does not have all rows of expired"},
	} {
		got, problem := s.call("report_html", []any{row}, map[string]any{"report_id": "r-1"}, test.part)
		if got != nil || !strings.HasPrefix(problem, test.want) {
			t.Errorf("%s: got %v and error %q, want error %q", name, got, problem, test.want)
		}
	}
	for name, part := range map[string]map[string]any{"report_changes": changes, "report_review": review} {
		want := "reports: this is a second result of " + name + ". Pass at most one"
		if got, problem := s.call("report_html", []any{row}, part, part); got != nil || problem != want {
			t.Errorf("two: got %v and error %q, want error %q", got, problem, want)
		}
	}
	for name, part := range map[string]any{
		"an unknown review": unknown{}, "an unknown part": with(changes, "granted", unknown{}),
		"an unknown reason": with(review, "unused", []any{with(approval, "reason", tftypes.NewValue(tftypes.String, tftypes.UnknownValue))}),
	} {
		if got, problem := s.call("report_html", []any{row}, part); got != any(unknown{}) {
			t.Errorf("%s: got %v and error %q, want an unknown result", name, got, problem)
		}
	}
}
