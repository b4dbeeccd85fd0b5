package accessreport

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"
)

func TestOtherAttributesOfApprovals(t *testing.T) {
	kept := strings.Fields(`ticket Ticket tickets ticket_id ticketURL ticket_no ticket2 jira jira_issue servicenow_case change change_number incident
		request requested requested_by requested_at requester reference ref link links url comment comments note notes remarks description
		justification owner owners business_owner ownerEmail date_of_approval manager_approval_date manager_approval_id manager_approval_by reviewer reviewers reviewed_by reviewed_on reviewed-at last_reviewed_at next_review review_date
		approver approvers approver_email approved_at approved_on approved_date approval_id approval_ticket approval_date department division team teams
		cost_center cost_centre costCenter tag tags label labels risk risk_level risk_score risk_accepted_by priority severity source source_file line author
		created created_at created_by updated_at added_by manager contact sponsor business_unit audit audit_ref evidence evidence_url control_id controls_url compliance_ticket
		id key number date_of_request time_requested sponsored_by pull_request commit title summary exception_id
		signoff_by signoff_date signoff_note signedBy signature approver_signature requested_time created_date_time review_quarter review_cycle change_type ticket_type
		risk_rating approval_ticket_number approval_risk_level request_note exception_note reviewNotes
		assigned_to AssignedTo assignment_group closed_at closed_by`)
	kept = append(kept, strings.Fields(`short_description sys_id sys_created_on sys_created_by sys_updated_on opened_at opened_by last_reviewed renewed_at request_number request_no
		system_owner application_owner dataOwner server_owner server_owner_email project_owners security_contact system_contact slack_channel phone full_name work_notes urgency
		criticality u_business_justification managed_by date_approved`)...)
	kept = append(kept, "Short description", "Work notes", "Assignment Group")
	refused := strings.Fields(`approved approve accepted confirmed reviewed verified proposed request_approved approved_no approved_for approved_source
		approved_to approved_till approved_through decision state status rejected_by denied declined vetoed ok active
		approval approvals_needed type exception policy rule role
		email name user users user_id username_2 resource_id hostname host canonical_name server server_id project project_name project_id group_name resource_group_id
		manager_approval manager_approval_2 security_approval last_approval
		report_id environment env os_type ip address location network device read_only level access_level entitlement right sudo_allowed admin is_admin elevated jit
		one_time single_use count days_left quarter Q3 year when when_ time timeframe period_ sunset ends_ last last_date last_day next_date by_date on_date due_by date end_date
		cutoff closed terminated revoked_by extension extended extended_to prolonged_to granted granted_to granted_through allowed_to accepted_to created_till updated_until
		stop start_date valid_from valid_days max_age ttl fin bis ablauf gueltig_bis cond1 conditions2 privs_ mfa_ticket with_mfa two_factor otp
		session_recording recorded gateway_only no_ticket only_ticket meta foo
		sign sign_off signoff signoff2 approval_signoff review_signoff signed_off signoff_required control controls control_level control_name controls_on approval_controls
		compensating_controls compliance compliance_date compliance_by rating approval_rating approval_level exception_level level_of_approval approval_type approval_types
		exception_type request_type type_of_request approval_cycle approval_quarter approval_year approval_time approval_times business_time time_unit approval_number
		approvers_number approvers_nr approver_numbers number_of_approvers exception_number quarter_note
		number_of_requests requests_number only_owner not_owner owner_until until_owner valid_owner root_owner assigned_until closed managed phone_until sys_closed_until resolution
		due_date permanent requested_for components sprint parent sys_policy work_days request_number_max`)
	refused = append(refused, "", "_", "g\u00fcltig_bis", "t\u0456cket", "t\u0456cket_id", "\uff54icket", "not on fridays", "ticket, but only until then")
	names := NewApprovalAttributes()
	for _, name := range kept {
		if _, problem := names.Names([]string{"user_name", "resource_name", "account", "approved_by", "reason", name}); problem != "" {
			t.Errorf("%s: got %q, want no problem", name, problem)
		}
		if problem := names.WithinProblem("note", "note."+name, name); problem != "" {
			t.Errorf("%s within another: got %q, want no problem", name, problem)
		}
	}
	for _, name := range refused {
		if _, problem := names.Names([]string{"user_name", "resource_name", "account", name}); problem == "" {
			t.Errorf("%q: got no problem, want one", name)
		}
		if problem := names.WithinProblem("note", "note."+name, name); problem == "" {
			t.Errorf("%q within another: got no problem, want one", name)
		}
	}
	for path, want := range map[string]bool{
		"owner.name": true, "owner.email": true, "approvers.email": true, "approvers.date": true, "ticket.type": true, "ticket.key": true, "requester.phone": true,
		"system_owner.name": true, "business_owner.email": true,
		"note.name": false, "owner.quarter": false, "owner.until": false, "approvers.level": false, "approvers.number": true, "approval.type": false,
		"owner.user_name": false, "request.type": false, "exception.type": false, "ticket.status": false, "approvers.decision": false,
	} {
		other, name, _ := strings.Cut(path, ".")
		if problem := names.WithinProblem(other, path, name); (problem == "") != want {
			t.Errorf("%s: got %q, want no problem: %t", path, problem, want)
		}
	}
	// Tags can have any name that does not look like a limit.
	for name, want := range map[string]bool{
		"k": true, "environment": true, "tier": true, "ticket": true, "valid_until": false, "ends": false, "expires": false, "conditons": false, "mfa": false,
		"app.kubernetes.io/managed-by": true, "example.com/created_by": true, "requested_by": true, "example.com/revoked-by": false, "example.com/due-by": false, "k8s.io/valid-until": false,
	} {
		if problem := names.WithinProblem("Tags", "Tags."+name, name); (problem == "") != want || !want && !strings.Contains(problem, "looks like a limit") && name != "conditons" && name != "expires" {
			t.Errorf("tag %s: got %q, want no problem: %t", name, problem, want)
		}
	}
	for _, name := range slices.Concat(ColumnNames(), []string{"expires_at", "Expires At", "approved_by", "reason", "subject_id"}) {
		if problem := names.WithinProblem("note", "note."+name, name); !strings.Contains(problem, "move it to the approval itself") {
			t.Errorf("%s within another: got %q, want a problem", name, problem)
		}
	}
}

// All unknown attributes are in one error, in the order of their names.
func TestUnknownAttributesInOneError(t *testing.T) {
	names := NewApprovalAttributes()
	for _, test := range []struct {
		names []string
		want  string
	}{
		{[]string{"state"}, `has the attribute "state", which is not known and would be ignored. If it limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`},
		{
			[]string{"state", "ticket", "policy", "due_date"}, `has the attributes "due_date", "policy" and "state", which are not known and would be ignored. ` +
				`If one of them limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`,
		},
		{[]string{"state", "exipres_at"}, "If it means expires_at, correct its name"},
	} {
		written := append(strings.Fields("user_name resource_name account"), test.names...)
		if _, got := names.Names(written); !strings.Contains(got, test.want) {
			t.Errorf("%q: got %q, want %q", test.names, got, test.want)
		}
	}
	var many []string
	for i := range maxUnknownNames + 2 {
		many = append(many, fmt.Sprintf("unknown_%02d", i))
	}
	if _, got := names.Names(many); !strings.Contains(got, `"unknown_38", "unknown_39" and 2 more, which are not known`) {
		t.Errorf("many: got %q, want the first ones", got)
	}
}

// A date that looks like the end of an approval is an error, in any common form.
func TestDatesInApprovals(t *testing.T) {
	at := time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name, text string
		want       bool // whether it is a problem
	}{
		{"note", "2026-01-31", true},
		{"note", "2026-01-31 18:00", true},
		{"note", "31.01.2026", true},
		{"note", "31. 1. 2026", true},
		{"note", "01/31/2026", true},
		{"note", "1/31/26", true},
		{"note", "2026-01-31T18:00Z", true},
		{"note", "2026-01-31T18:00:00.5+02:00", true},
		{"note", "2026/01/31", true},
		{"note", " 2026-01-31\u200b", true},
		{"note", "Jan 31, 2026", true},
		{"note", "31 January 2026", true},
		{"note", "31-Jan-2026", true},
		{"note", "January 31st 2026, 6:00 pm", true},
		{"note", "discussed on 2026-01-31", false},
		{"note", "until 2026-12-31", true},
		{"note", "until 2026-12-31.", true},
		{"note", "until 31.12.2026", true},
		{"note", "(until Dec 31, 2026)", true},
		{"note", "from 2026-01-01 2027-01-01", true},
		{"note", "2026-01-01,2027-01-01", true},
		{"note", "today (2026-10-01)", true},
		{"note", "1/2/2027 or so", true},
		{"note", "version 1.12.27", false},
		{"note", "10.1.12.2027", false},
		{"note", "https://example.com/2027-01-01/", false},
		{"note", "REQ-2027-01-01", false},
		{"note", "2026-02-30", false},
		{"ticket", "SEC-2027", false},
		{"ticket", "20270101", false},
		{"requested_at", "2026-01-31", false},
		{"approved_on", "31.01.2026", false},
		{"created", "2026-10-01", false},
		{"created_date", "01/31/2026", false},
		{"requested_at", "2026-10-02", false}, // in some time zones
		{"requested_at", "2026-10-03", true},
		{"approved_at", "12.09.2026", false},
		{"approved_at", "1. 9. 2026 08:30", false},
		{"approved_at", "09.12.2026", true},
		{"approved_at", "01.31.2026", false},
		{"approved_at", "12.31.2026", true},
		{"note", "12.31.2026", true},
		{"approved_at", "12/09/2026", true},
		{"approved_at", "01/09/2026", false},
		{"approved_at", "2026-10-02T01:00:00+14:00", false},
		{"approved_at", "2026-10-02T08:30:00+09:00", false},
		{"approved_at", "2026-10-02 08:30:00+09:00", false},
		{"approved_at", "2026-10-01T23:30:00Z", false},
		{"approved_at", "2026-10-02T08:30:00Z", true},
		{"approved_at", "2026-10-01T23:30:00-02:00", true},
		{"approved_on", "31.12.2026", true},
		{"requested_by", "ann, until 2026-12-31", true},
		{"requested_at", "2026-12-31T18:00Z", true},
		{"next_review", "2027-01-31", false},
		{"review_date", "31.12.2026", false},
		{"reviewed_at", "2026-12-31", true},
		{"approval_date", "20261231", true},
		{"approved_at", "20261231", true},
		{"approved_at", "20260131", false},
		{"approval_date", "2026-01-31", false},
		{"request_date", "2026-01-31", false},
		{"request_date", "2026-12-31", true},
		{"reviewer", "ann 2026-12-31", true},
	} {
		approval := approvalOf(t, larryOn(test.name, test.text))
		within := approvalOf(t, larryOn())
		within.Within = []TextWithin{{"tags." + test.name, test.name, test.text}}
		for _, a := range []Approval{approval, within} {
			_, err := ReviewRows([]Row{access("root", "user", "")}, []Approval{a}, at)
			if got := err != nil && strings.Contains(err.Error(), "with the date"); got != test.want {
				t.Errorf("%s = %q: got error %v, want one: %t", test.name, test.text, err, test.want)
			}
		}
	}
}

// A date with slashes can be two days. If only one of them is in the future, the advice is
// to write it clearly.
func TestUnclearDatesInApprovals(t *testing.T) {
	for text, want := range map[string]string{
		"12/09/2026": `has the attribute "approved_at" with the date "12/09/2026", whose day and month are not clear. Write it as YYYY-MM-DD, such as 2026-09-12`,
		"9-12-2026":  "Write it as YYYY-MM-DD, such as 2026-09-12",
		"12/31/2026": "If it is the end of the approval, set expires_at",
		"11/12/2026": "If it is the end of the approval, set expires_at",
	} {
		_, err := ReviewRows(nil, []Approval{approvalOf(t, larryOn("approved_at", text))}, reviewTime)
		if got := messageOf(err); !strings.Contains(got, want) {
			t.Errorf("%s: got error %q, want %q", text, got, want)
		}
	}
}

// All German dates of the last year are in the past.
func TestGermanDatesInApprovals(t *testing.T) {
	for days := range 366 {
		text := reviewTime.AddDate(0, 0, -days).Format("02.01.2006")
		if _, err := ReviewRows(nil, []Approval{approvalOf(t, larryOn("approved_at", text))}, reviewTime); err != nil {
			t.Errorf("%s: got error %v, want none", text, err)
		}
	}
}

// Exports of ticket systems have no more than one error.
func TestNamesOfExports(t *testing.T) {
	const export = "number,short_description,description,state,priority,urgency,impact,risk,assigned_to,assignment_group,opened_at,opened_by,closed_at,closed_by," +
		"sys_id,sys_created_on,sys_created_by,work_notes,u_business_justification,approval,due_date"
	_, problem := NewApprovalAttributes().Names(append(strings.Split(export, ","), "user_name", "resource_name", "account"))
	if want := `has the attributes "approval", "due_date" and "state", which are not known`; !strings.HasPrefix(problem, want) {
		t.Errorf("got %q, want %q", problem, want)
	}
}
