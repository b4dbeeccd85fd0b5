package accessreport

import (
	"maps"
	"strings"
	"testing"
)

// A value that denies the approval, or says that it ends, is an error.
func TestValuesOfOtherAttributes(t *testing.T) {
	const ignored, required = "which would be ignored", "which does not approve the access"
	for _, test := range []struct {
		name, text string
		want       string // part of the problem, or ""
	}{
		{"note", "no", ignored},
		{"note", " No! ", ignored},
		{"note", "n\u200bo", ignored},
		{"note", "FALSE", ignored},
		{"approver_note", "DENIED", ignored},
		{"approver_note", "rEJECTED", ignored},
		{"approver_note", "status: denied", ignored},
		{"approved_at", "not yet approved", ignored},
		{"approved_on", "False", ignored},
		{"reviewed_at", "no", ignored},
		{"review", "rejected", ignored},
		{"review", "In review", ignored},
		{"change", "revoke", ignored},
		{"change_type", "Delete", ignored},
		{"evidence", "pending", ignored},
		{"review_note", "approval pending", ignored},
		{"notes", "Revoked 2026-03-01", ignored},
		{"comment", "to be approved", ignored},
		{"comment", "draft", ignored},
		{"comment", "abgelehnt", ignored},
		{"note", "no review", ignored},
		{"note", "temporary", "the approval does not expire. Set expires_at"},
		{"note", "Temporary access", "the approval does not expire. Set expires_at"},
		{"review_cycle", "30 days", "the approval does not expire. Set expires_at"},
		{"note", "30d", "the approval does not expire. Set expires_at"},
		{"note", "for 3 months", "the approval does not expire. Set expires_at"},
		{"note", "P30D", "the approval does not expire. Set expires_at"},
		{"approved_at", "", required},
		{"approved_at", " ", required},
		{"approved_on", "n/a", required},
		{"approval_date", "-", required},
		{"approver", "", required},
		{"approver", "nobody", required},
		{"signed_by", "", required},
		{"signoff_date", "", required},
		{"approver_signature", "none", required},
		{"approved_by", "pending", required},
		{"approved_by", "N/A", required},
		{"approved_by", "not approved", required},
		{"reason", "rejected", required},
		{"reason", "NOT APPROVED - see SEC-12", required},
		{"reason", "rejected by dora, see SEC-12", required},
		{"approved_by", "dora (declined)", required},
		{"approved_by", "dora - not approved", required},
		{"approved_by", "dora (noch nicht genehmigt)", required},
		{"approver", "dora (Pending)", required},
		{"approver", "Pending - dora", ignored},
		{"approver_name", "dora (declined)", required},
		{"approver_note", "dora declined the first request", ""},
		{"reason", "Not yet approved by dora", required},
		{"approved_on", "2026-01-31, withdrawn by ann", required},
		{"note", "Rejected by dora on 2026-05-01", ignored},
		{"note", "Nicht genehmigt, siehe SEC-12", ignored},
		{"ticket", "Revoked in SEC-12", ignored},
		{"ticket", "pending in SEC-12", ignored},
		{"evidence", "Zur\u00fcckgezogen von dora", ignored},
		{"approval_note", "Not Yet Requested", ignored},
		{"note", "nicht genehmigt", ignored},
		{"note", "noch nicht genehmigt", ignored},
		{"note", "Ausstehend", ignored},
		{"note", "zur\u00fcckgezogen", ignored},
		{"note", "ung\u00fcltig", ignored},
		{"note", "gesperrt", ignored},
		{"approved_at", "1970-01-01", required},
		{"approved_at", "0001-01-01T00:00:00Z", required},
		{"approved_at", "0000-00-00", required},
		{"approved_at", "0000-00-00 00:00:00", required},
		{"approved_at", "01/01/1970", required},
		{"approved_at", "0", required},
		{"approval_date", "1969-12-31T19:00:00-05:00", required},

		// Only the beginning of a text counts, and fewer words in notes.
		{"reason", "Revoked the old account, this one is approved", ""},
		{"reason", "replaces the rejected request SEC-11", ""},
		{"note", "Revoked the old account, this one is approved", ""},
		{"comment", "pending cleanup of the old account", ""},
		{"ticket", "SEC-12 (was rejected in March)", ""},
		{"created_at", "1970-01-01", ""},
		{"approved_by", "dora, not ann", ""},
		{"approved_by", "no.reply@example.com", ""},

		// In a CSV, all approvals have the same columns, so these can be empty.
		{"note", "", ""},
		{"ticket", "", ""},
		{"approver_email", "", ""},
		{"last_reviewed_at", "", ""},
		{"requested_by", "", ""},
		{"risk_accepted_by", "", ""},
		{"next_review", "none", ""},
		{"next_review", "never", ""},
		{"ticket", "n/a", ""},
		{"ticket", "-", ""},
		{"ticket", "No. 12", ""},
		{"ticket_no", "12", ""},
		{"priority", "0", ""},
		{"severity", "none", ""},
		{"approved_at", "2026-01-31", ""},
		{"approved_on", "31.01.2026", ""},
		{"approved_at", "2026-01-31T12:00:00Z", ""},
		{"approved_by", "ann", ""},
		{"reason", "temporary", ""},
		{"approver", "ann", ""},
		{"approver_signature", "ann", ""},
		{"note", "no objections by the owner", ""},
		{"note", "approved, not a duplicate of SEC-12", ""},
		{"note", "was rejected in March, approved after the training", ""},
		{"note", "replaces the revoked account of ann", ""},
		{"note", "approved", ""},
		{"note", "reviewed and signed off", ""},
		{"note", "requested by the user", ""},
		{"justification", "requested", ignored},
		{"note", "off", ignored},
		{"note", "on hold", ignored},
		{"comment", "reviewed", ""},
		{"review", "https://example.com/reviews/12", ""},
		{"description", "removes old servers", ""},
		{"ticket_url", "https://example.com/rejected", ""},
		{"review_quarter", "2026Q1", ""},
		{"team", "temporary storage", ""},
		{"labels", "audit,prod", ""},
	} {
		a := approvalOf(t, larryOn(test.name, test.text))
		_, err := ReviewRows([]Row{access("root", "user", "")}, []Approval{a}, reviewTime)
		if got := messageOf(err); test.want == "" && err != nil || !strings.Contains(got, test.want) {
			t.Errorf("%s = %q: got error %q, want %q", test.name, test.text, got, test.want)
		}
	}
	// An approval with an end can be called temporary.
	a := approvalOf(t, larryOn("note", "temporary", "expires_at", "2026-12-31"))
	if _, err := ReviewRows(nil, []Approval{a}, reviewTime); err != nil {
		t.Errorf("with an end: got error %v, want none", err)
	}
}

func messageOf(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
}

// The texts in lists and objects are checked as well. The values of tags can be no.
func TestValuesWithinOtherAttributes(t *testing.T) {
	for _, test := range []struct {
		within TextWithin
		want   bool // whether it is a problem
	}{
		{TextWithin{"notes[1]", "notes", "denied"}, true},
		{TextWithin{"tags[0]", "tags", "temporary"}, true},
		{TextWithin{"tags[0]", "tags", "expires=2026-01-31"}, true},
		{TextWithin{"tags[0]", "tags", "no"}, true},
		{TextWithin{"tags.window1", "window1", "until 2026-01-31"}, true},
		{TextWithin{"tags.state", "state", "rejected"}, true},
		{TextWithin{"approvers[0]", "approvers", ""}, true},
		{TextWithin{"ticket.approved_at", "approved_at", ""}, true},
		{TextWithin{"ticket.note", "note", "no"}, true},
		{TextWithin{"approvers[0].date", NameWithin("approvers", "date"), "2026-01-31"}, false},
		{TextWithin{"approvers[0].date", NameWithin("approvers", "date"), "2027-01-31"}, true},
		{TextWithin{"approvers[0].date", NameWithin("approvers", "date"), ""}, true},
		{TextWithin{"owner.name", NameWithin("owner", "name"), "rejected"}, true},
		{TextWithin{"owner.date", NameWithin("owner", "date"), "2026-01-31"}, true},
		{TextWithin{"tags.granted", "granted", "no"}, true},
		{TextWithin{"tags.reviewed", "reviewed", "false"}, true},
		{TextWithin{"tags.accepted", "accepted", "false"}, true},
		{TextWithin{"labels.example.com/approved-by", "example.com/approved-by", "no"}, true},
		{TextWithin{"tags.approval", "approval", "rejected"}, true},
		{TextWithin{"tags.reviewed", "reviewed", "yes"}, false},
		{TextWithin{"tags.verified", "verified", "no"}, false},
		{TextWithin{"tags.pci", "pci", "no"}, false},
		{TextWithin{"labels.backup", "backup", "False"}, false},
		{TextWithin{"tags.tier", "tier", ""}, false},
		{TextWithin{"tags[0]", "tags", "prod"}, false},
		{TextWithin{"approvers[1]", "approvers", "ann"}, false},
		{TextWithin{"ticket.approved_at", "approved_at", "2026-01-31"}, false},
	} {
		a := approvalOf(t, larryOn())
		a.Within = []TextWithin{test.within}
		if _, err := ReviewRows(nil, []Approval{a}, reviewTime); (err != nil) != test.want {
			t.Errorf("%s = %q: got error %v, want one: %t", test.within.Path, test.within.Text, err, test.want)
		}
	}
}

// Values without a text, such as bools and numbers, are kept only if they are common.
func TestOtherValuesWithoutTexts(t *testing.T) {
	kept := strings.Fields("ticket tickets ticket_id change_number priority risk_score line tags labels reviewers links metadata review_year id pr")
	refused := strings.Fields("approved_at approved_on approved_by_2 approval_date signoff_date review note evidence audit owner comment approver approvers justification next_review")
	for want, names := range map[string][]string{"": kept, "must be a string": refused} {
		for _, name := range names {
			a, problem := NewApproval(larryOn(), nil, name)
			_, err := ReviewRows(nil, []Approval{a}, reviewTime)
			if got := problem + messageOf(err); want == "" && got != "" || !strings.Contains(got, want) {
				t.Errorf("%s: got %q, want %q", name, got, want)
			}
		}
	}
	a, _ := NewApproval(larryOn(), nil, "approvers", "note")
	a.Within = []TextWithin{{"approvers[0]", "approvers", "ann"}, {"note.text", "text", "on call"}}
	if _, err := ReviewRows(nil, []Approval{a}, reviewTime); err != nil {
		t.Errorf("with texts: got error %v, want none", err)
	}
}

// A column of the rows limits the approval, so its value can be anything.
func TestValuesOfColumns(t *testing.T) {
	row := access("root", "user", "")
	row.Extra = NewExtra(map[string]string{"State": "pending", "Until": ""})
	attributes := larryOn()
	maps.Insert(attributes, row.Extra.All())
	review, err := ReviewRows([]Row{row}, []Approval{approvalOf(t, attributes, row)}, reviewTime)
	if err != nil || len(review.Approved) != 1 {
		t.Errorf("got %+v and error %v, want the row approved", review, err)
	}
}

// A date near a word such as "until" is an error, whether it has passed or not.
func TestEndsInApprovals(t *testing.T) {
	for text, want := range map[string]bool{
		"until 2027-01-31":                                true,
		"only until 2026-01-31":                           true,
		"Only UNTIL Jan 31, 2026":                         true,
		"until the end of the project (2026-01-31)":       true,
		"till 31.01.2026":                                 true,
		"thru 01/31/2026":                                 true,
		"bis 31.1.2026":                                   true,
		"bis zum 31.1.26":                                 true,
		"valid 2026-01-01 to 2026-01-31":                  true,
		"2026-01-01 to 2026-01-31":                        true,
		"2026-01-01 through 2026-01-31":                   true,
		"valid: 2026-01-31":                               true,
		"valid for 30 days":                               true,
		"valid from 2026-01-01":                           true,
		"expires=2026-01-31":                              true,
		"expires on 2026-01-31":                           true,
		"expired 2026-01-31":                              true,
		"expiry date: 2026-01-31":                         true,
		"expires in 3 months":                             true,
		"2026-01-31 (expiry)":                             true,
		"exp 2026-01-31":                                  true,
		"ends 2026-01-31":                                 true,
		"end: 31 January 2026":                            true,
		"end of 2026":                                     true,
		"until 2026Q1":                                    true,
		"until Q1 2026":                                   true,
		"until January 2026":                              true,
		"until 20260131":                                  true,
		"until 2026-01":                                   true,
		"until end of 2026":                               true,
		"remove by 2026-01-31":                            true,
		"due 2026-01-31":                                  true,
		"before 2026-01-31":                               true,
		"approved in the meeting of 2026-01-31":           false,
		"reviewed 2026-01-31":                             false,
		"approved by ann on 2026-01-31":                   false,
		"confirmed by mail to bob, 2026-01-31":            false,
		"confirmed by the 2026-01-31 board":               false,
		"due to 2026-01-31 incident":                      false,
		"due to the incident of 2026-01-31":               false,
		"since 2026-01-31":                                false,
		"from 2026-01-31":                                 false,
		"still valid, reviewed 2026-01-31":                false,
		"validated 2026-01-31":                            false,
		"not needed until the migration, see SEC-2027":    false,
		"upgrade to 1.2.26":                               false,
		"moved to release 2026":                           false,
		"administrator for 3 years":                       false,
		"until the ticket is closed":                      false,
		"https://example.com/until/2026-01-31/":           false,
		"end to end tests, approved 2026-01-31":           false,
		"to be discussed, see the minutes of 2026-01-31.": false,
	} {
		for _, name := range []string{"note", "approved_at", "review_note", "tags"} {
			if name == "approved_at" && !want {
				continue
			}
			_, err := ReviewRows(nil, []Approval{approvalOf(t, larryOn(name, text))}, reviewTime)
			if got := messageOf(err); (err != nil) != want || want && !strings.Contains(got, "If it is the end of the approval, set expires_at") {
				t.Errorf("%s = %q: got error %q, want one: %t", name, text, got, want)
			}
		}
	}
	_, err := ReviewRows(nil, []Approval{approvalOf(t, larryOn("approved_by", "ann, until 2026-01-31"))}, reviewTime)
	if err == nil {
		t.Error("approved_by with an end: got no error, want one")
	}
	_, err = ReviewRows(nil, []Approval{approvalOf(t, larryOn("reason", "until 2026-01-31"))}, reviewTime)
	if err != nil {
		t.Errorf("reason with an end: got error %v, want none", err)
	}
}
