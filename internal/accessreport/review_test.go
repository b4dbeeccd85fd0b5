package accessreport

import (
	"cmp"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// approvalOf returns the approval with attributes, which must be valid.
func approvalOf(t interface{ Fatal(...any) }, attributes map[string]string, rows ...Row) Approval {
	a, problem := readApproval(attributes, rows...)
	if problem != "" {
		t.Fatal(problem)
	}
	return a
}

// readApproval returns the approval with attributes, as written, or the problem.
func readApproval(attributes map[string]string, rows ...Row) (Approval, string) {
	names, misnamed := NewApprovalAttributes().With(rows).Names(slices.Collect(maps.Keys(attributes)))
	texts, other := map[string]string{}, maps.Clone(attributes)
	for meaning, name := range names {
		texts[meaning] = attributes[name]
		delete(other, name)
	}
	a, problem := NewApproval(texts, other)
	return a, cmp.Or(misnamed, problem)
}

// larryOn returns the attributes of an approval of larry on web-01 as root, with others.
func larryOn(others ...string) map[string]string {
	attributes := map[string]string{"user_name": "larry", "resource_name": "web-01", "account": "root"}
	for pair := range slices.Chunk(others, 2) {
		attributes[pair[0]] = pair[1]
	}
	return attributes
}

var reviewTime = time.Date(2026, 10, 1, 12, 0, 0, 0, time.UTC)

func TestReviewRows(t *testing.T) {
	withExtra := access("root", "user", "")
	withExtra.Extra = NewExtra(map[string]string{"Policy": "on-call"})
	withoutConditions := access("root", "user", "")
	withoutConditions.MissingColumns = Columns(0).With(Conditions)
	withID := access("root", "user", "")
	withID.SubjectID = "1"
	long := strings.Repeat("MFA, ", 2000) + "MFA" // too long to be parsed
	service := access("root", "user", "")
	service.UserType = "service"
	for name, test := range map[string]struct {
		row      Row
		approval map[string]string
		want     string // approved, unapproved or expired
	}{
		"without limits":               {access("root", "admin", ""), larryOn(), "approved"},
		"headings of a CSV":            {access("root", "user", ""), map[string]string{"User Name": "larry", "Resource Name": "web-01", "Account": "root", "Expires At": "2026-12-31"}, "approved"},
		"another account":              {access("larry", "user", ""), larryOn(), "unapproved"},
		"the privileges":               {access("root", "admin", ""), larryOn("privileges", "admin"), "approved"},
		"other privileges":             {access("root", "admin", ""), larryOn("privileges", "user"), "unapproved"},
		"fewer privileges":             {access("root", "user", ""), larryOn("privileges", "admin"), "unapproved"},
		"the conditions":               {access("root", "user", "MFA"), larryOn("conditions", "MFA"), "approved"},
		"stronger conditions":          {access("root", "user", "Okta Gateway, Approval, MFA"), larryOn("conditions", "MFA"), "approved"},
		"weaker conditions":            {access("root", "user", "Okta Gateway"), larryOn("conditions", "Okta Gateway with Session Recording"), "unapproved"},
		"no conditions":                {access("root", "user", ""), larryOn("conditions", "MFA"), "unapproved"},
		"approved without any":         {access("root", "user", "MFA"), larryOn("conditions", ""), "approved"},
		"unknown conditions":           {access("root", "user", "MFA, Moon phase"), larryOn("conditions", "MFA, Moon phase"), "approved"},
		"other unknown conditions":     {access("root", "user", "MFA, Moon phase"), larryOn("conditions", "MFA"), "unapproved"},
		"conditions that are too long": {access("root", "user", long), larryOn("conditions", long), "approved"},
		"a separator":                  {access("root", "user", ","), larryOn("conditions", ","), "approved"},
		"only a separator":             {access("root", "user", ""), larryOn("conditions", ","), "unapproved"},
		"only a plus":                  {access("root", "user", ""), larryOn("conditions", "+"), "unapproved"},
		"only the word and":            {access("root", "user", ""), larryOn("conditions", "and "), "unapproved"},
		"conditions of no column":      {withoutConditions, larryOn("conditions", "MFA"), "unapproved"},
		"any of no column":             {withoutConditions, larryOn(), "approved"},
		"other details":                {access("root", "user", "Approval (1 approver)"), larryOn("conditions", "Approval (2 approvers)"), "unapproved"},
		"the details":                  {access("root", "user", "Approval (2 approvers)"), larryOn("conditions", "Approval (2 approvers)"), "approved"},
		"more details":                 {access("root", "user", "Approval (2 approvers)"), larryOn("conditions", "Approval"), "unapproved"},
		"the type":                     {access("root", "user", ""), larryOn("user_type", "human", "resource_type", "server", "user_status", "DISABLED"), "approved"},
		"another type":                 {service, larryOn("user_type", "human"), "unapproved"},
		"the subject":                  {withID, larryOn("subject_id", "1"), "approved"},
		"another subject":              {withID, larryOn("subject_id", "2"), "unapproved"},
		"no subject":                   {access("root", "user", ""), larryOn("subject_id", "2"), "unapproved"},
		"the cell of a column":         {withExtra, larryOn("Policy", "on-call"), "approved"},
		"another cell of a column":     {withExtra, larryOn("Policy", "break-glass"), "unapproved"},
		"another attribute":            {access("root", "user", ""), larryOn("ticket", "SEC-12", "approved_at", "2026-09-30", "requested_by", "ann"), "approved"},
		"on the last day":              {access("root", "user", ""), larryOn("expires_at", "2026-10-01"), "approved"},
		"after the last day":           {access("root", "user", ""), larryOn("expires_at", "2026-09-30"), "expired"},
		"before the end":               {access("root", "user", ""), larryOn("expires_at", "2026-10-01T14:00:01+02:00"), "approved"},
		"at the end":                   {access("root", "user", ""), larryOn("expires_at", "2026-10-01T12:00:00Z"), "expired"},
		"never":                        {access("root", "user", ""), larryOn("expires_at", "never"), "approved"},
		"expired and too weak":         {access("root", "user", ""), larryOn("expires_at", "2026-09-30", "conditions", "MFA"), "unapproved"},
		"a review date is no limit":    {access("root", "user", ""), larryOn("next_review", "2027-01-01"), "approved"},
	} {
		review, err := ReviewRows([]Row{test.row}, []Approval{approvalOf(t, test.approval, test.row)}, reviewTime)
		if err != nil {
			t.Errorf("%s: got error %v, want none", name, err)
		}
		reviewed := []ReviewedRow{{test.row, 0}}
		want := map[string]Review{
			"approved": {Approved: reviewed}, "unapproved": {Unapproved: []Row{test.row}, Unused: []int{0}},
			"expired": {Unapproved: []Row{test.row}, Expired: reviewed},
		}[test.want]
		if diff := gocmp.Diff(want, review); diff != "" {
			t.Errorf("%s: review (-want +got):\n%s", name, diff)
		}
	}
}

// Of several approvals that cover a row, the one that expires last counts.
func TestReviewRowsWithSeveralApprovals(t *testing.T) {
	expired := approvalOf(t, larryOn("expires_at", "2026-09-30", "privileges", "user"))
	older := approvalOf(t, larryOn("expires_at", "2026-01-31", "conditions", "MFA"))
	valid := approvalOf(t, larryOn("expires_at", "2026-10-31"))
	never := approvalOf(t, larryOn("user_type", "human"))
	row := access("root", "user", "MFA")
	for name, test := range map[string]struct {
		approvals []Approval
		want      int
		expired   bool
	}{
		"one has expired":   {[]Approval{expired, valid, older}, 1, false},
		"both have expired": {[]Approval{older, expired}, 1, true},
		"one never expires": {[]Approval{valid, never, expired}, 1, false},
	} {
		review, err := ReviewRows([]Row{row, row}, test.approvals, reviewTime)
		reviewed := []ReviewedRow{{row, test.want}, {row, test.want}}
		want := Review{Approved: reviewed}
		if test.expired {
			want = Review{Unapproved: []Row{row, row}, Expired: reviewed}
		}
		if diff := gocmp.Diff(want, review); diff != "" || err != nil {
			t.Errorf("%s: got error %v; review (-want +got):\n%s", name, err, diff)
		}
	}
}

// A mistake in an approval is an error that names it, and approves nothing.
func TestMistakesInApprovals(t *testing.T) {
	rows := []Row{access("root", "user", "Okta Gateway, MFA"), access("larry", "admin", "Moon phase")}
	for name, test := range map[string]struct {
		approvals []map[string]string
		want      string
	}{
		"no user":       {[]map[string]string{{"resource_name": "web-01", "account": "root"}}, `approvals[0] (on "web-01" as "root") has no user_name. An approval names the user, the resource and the account exactly`},
		"empty account": {[]map[string]string{larryOn("account", "")}, `approvals[0] (larry) account is empty`},
		"blank privileges": {[]map[string]string{larryOn("privileges", " ")}, `privileges is empty. Set it, or remove it if the approval is not limited by it. In a CSV, copy the value of the row, ` +
			`or drop empty cells with { for name, value in approval : name => value if name != "privileges" || value != "" }`},
		"empty approver":               {[]map[string]string{larryOn("approved_by", "")}, "approved_by is empty. Set who approved the access. If nobody did, remove the approval"},
		"empty subject":                {[]map[string]string{larryOn("subject_id", "")}, "In a CSV, copy the value of the row, or drop empty cells with"},
		"empty end":                    {[]map[string]string{larryOn("expires_at", "")}, `expires_at is empty. Set it, or remove it if the approval is not limited by it. An approval without an end has expires_at = "never"`},
		"empty reason":                 {[]map[string]string{larryOn("reason", "")}, "reason is empty. Set it, or remove it. In a CSV, drop empty cells with"},
		"wrong case of the user":       {[]map[string]string{larryOn("user_name", "Larry")}, `user_name is "Larry", but the rows have "larry". Approvals are compared exactly: correct it`},
		"trailing blank":               {[]map[string]string{larryOn("resource_name", "web-01 ")}, `resource_name is "web-01 ", but the rows have "web-01"`},
		"invisible character":          {[]map[string]string{larryOn("account", "ro\u200bot")}, `but the rows have "root"`},
		"trailing blank elsewhere":     {[]map[string]string{larryOn("user_name", "ann\u00a0")}, "begins or ends with whitespace, and no row has it"},
		"wrong case of privileges":     {[]map[string]string{larryOn("privileges", "User")}, `privileges is "User", but the rows have "user"`},
		"a pattern":                    {[]map[string]string{larryOn("resource_name", "web-*")}, "* is no pattern"},
		"swapped columns":              {[]map[string]string{larryOn("user_name", "web-01", "resource_name", "larry")}, "Check whether columns are swapped"},
		"swapped limits":               {[]map[string]string{larryOn("privileges", "MFA", "conditions", "user")}, `conditions "user" are not fully understood, and no row has them`},
		"misspelled conditions":        {[]map[string]string{larryOn("conditions", "MAF")}, `conditions "MAF" are not fully understood, and no row has them`},
		"conditions that are too long": {[]map[string]string{larryOn("conditions", strings.Repeat("MFA, ", 2000)+"MFA")}, "are not fully understood, and no row has them"},
		"misspelled end":               {[]map[string]string{larryOn("exipres_at", "2026-12-31")}, `has the attribute "exipres_at", which is not known. If it means expires_at, correct its name. Otherwise, move its text to reason, or remove it`},
		"misspelled conditions 2":      {[]map[string]string{larryOn("contidions", "MFA")}, "If it means conditions, correct its name"},
		"another word for the end":     {[]map[string]string{larryOn("valid_until", "2026-12-31")}, `has the attribute "valid_until", which is not known and would be ignored. If it limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`},
		"a start":                      {[]map[string]string{larryOn("starts_at", "2026-12-31")}, `has the attribute "starts_at", which is not known and would be ignored. If it limits the approval, use privileges, conditions or expires_at. Otherwise, move its text to reason, or remove it`},
		"a start in camel case":        {[]map[string]string{larryOn("notBefore", "2026-12-31")}, "is not known and would be ignored"},
		"a date in another word":       {[]map[string]string{larryOn("note", "2026-12-31")}, `has the attribute "note" with the date "2026-12-31", which would be ignored`},
		"a date that has passed":       {[]map[string]string{larryOn("note", "2026-01-31")}, "which would be ignored"},
		"an unset date":                {[]map[string]string{larryOn("expires_at", "0001-01-01T00:00:00Z")}, "is not a timestamp"},
		"a denial":                     {[]map[string]string{larryOn("approved", "false")}, "is not known and would be ignored"},
		"a denial in a note":           {[]map[string]string{larryOn("note", "Denied")}, `has the attribute "note" with the value "Denied", which would be ignored. If the access is not approved, remove the approval. Otherwise, explain it in reason`},
		"an approver who denies":       {[]map[string]string{larryOn("approved_by", "pending")}, `approved_by is "pending", which does not approve the access`},
		"an empty time of approval":    {[]map[string]string{larryOn("approved_at", "")}, `has the attribute "approved_at" with the value "", which does not approve the access. Set it. If the access is not approved, remove the approval`},
		"an end without a date":        {[]map[string]string{larryOn("note", "temporary")}, `has the attribute "note" with the value "temporary", which would be ignored: the approval does not expire. Set expires_at`},
		"an end that has passed":       {[]map[string]string{larryOn("note", "only until 2026-01-31")}, `has the attribute "note" with the date "only until 2026-01-31", which would be ignored. If it is the end of the approval, set expires_at`},
		"a denial as a name":           {[]map[string]string{larryOn("signoff", "no")}, "is not known and would be ignored"},
		"a requirement as a level":     {[]map[string]string{larryOn("approval_level", "MFA")}, "is not known and would be ignored"},
		"a revocation":                 {[]map[string]string{larryOn("revoked_by", "ann")}, "is not known and would be ignored"},
		"a bare requirement":           {[]map[string]string{larryOn("mfa", "true")}, "is not known and would be ignored"},
		"misspelled next to it":        {[]map[string]string{larryOn("conditions", "", "conditons", "MFA")}, "If it means conditions, correct its name"},
		"the same requirements":        {[]map[string]string{larryOn("conditions", "MFA", "expires_at", "2026-01-31"), larryOn("conditions", "mfa")}, "approves the same access as approvals[0]"},
		"a name twice":                 {[]map[string]string{larryOn("User Name", "ann")}, `has the attributes "User Name" and "user_name", which mean the same`},
		"another form of a date":       {[]map[string]string{larryOn("expires_at", "31.12.2026")}, `expires_at "31.12.2026" is not a timestamp such as`},
		"a day that does not exist": {
			[]map[string]string{larryOn("expires_at", "2026-02-30")}, `approvals[0] ("larry" on "web-01" as "root") expires_at "2026-02-30" is not a timestamp such as 2026-12-31T18:00:00Z (RFC 3339), a date such as 2026-12-31, or never`,
		},
		"blank after a date":        {[]map[string]string{larryOn("expires_at", "2026-12-31 ")}, "is not a timestamp"},
		"never in upper case":       {[]map[string]string{larryOn("expires_at", "NEVER")}, "is not a timestamp"},
		"the same twice":            {[]map[string]string{larryOn("reason", "a"), larryOn("reason", "b", "expires_at", "2027-01-01")}, "approvals[1] (\"larry\" on \"web-01\" as \"root\") approves the same access as approvals[0], so it is not clear which of them is valid"},
		"the same words for none":   {[]map[string]string{larryOn("conditions", "none"), larryOn()}, "approves the same access as approvals[0]"},
		"the same with a status":    {[]map[string]string{larryOn("user_status", "ACTIVE"), larryOn("user_status", "DISABLED")}, "approves the same access as approvals[0]"},
		"a name with an escape":     {[]map[string]string{larryOn("user_name", "ann\x1b[2J "+strings.Repeat("x", 100))}, ""},
		"the second of two":         {[]map[string]string{larryOn(), larryOn("account", "Larry")}, "approvals[1] "},
		"letters of another script": {[]map[string]string{larryOn("c\u043end\u0456t\u0456\u043ens", "MFA")}, `("c\u043end\u0456t\u0456\u043ens"), which is not known`},
		"a column by another name":  {[]map[string]string{larryOn("permission", "admin")}, "If it means privileges, correct its name"},
	} {
		var got string
		var approvals []Approval
		for i, attributes := range test.approvals {
			a, problem := readApproval(attributes)
			if problem != "" {
				got = (&ApprovalError{Index: i, Access: a.Access(), Problem: problem}).Error()
			}
			approvals = append(approvals, a)
		}
		if got == "" {
			review, err := ReviewRows(rows, approvals, reviewTime)
			if err != nil {
				got = err.Error()
			} else if len(review.Approved) > 0 || len(review.Unused) == 0 {
				t.Errorf("%s: got %+v, want an error, or nothing approved", name, review)
			}
		}
		if !strings.Contains(got, strings.ReplaceAll(test.want, "(larry)", "(\"larry\" on \"web-01\")")) || test.want == "" && got != "" {
			t.Errorf("%s: got %q, want it to contain %q", name, got, test.want)
		}
	}
}

// An attribute that is the header text of an unknown column limits an approval, also for
// rows without that column. Similar names, and values that are not texts, are errors.
func TestApprovalsLimitedByUnknownColumns(t *testing.T) {
	with, without := access("root", "user", ""), access("root", "user", "")
	with.Extra = NewExtra(map[string]string{"Policy": "on-call"})
	review, err := ReviewRows([]Row{with, without}, []Approval{approvalOf(t, larryOn("Policy", "on-call"), with)}, reviewTime)
	if err != nil || len(review.Approved) != 1 || len(review.Unapproved) != 1 {
		t.Errorf("got %+v and error %v, want only the row with the column approved", review, err)
	}
	number, _ := NewApproval(larryOn(), nil, "Policy")
	for name, approval := range map[string]Approval{
		"another case": approvalOf(t, larryOn("policy", "on-call"), with), "a blank": approvalOf(t, larryOn("Policy ", "on-call"), with), "a number": number,
	} {
		if review, err := ReviewRows([]Row{with}, []Approval{approval}, reviewTime); err == nil {
			t.Errorf("%s: got %+v, want an error", name, review)
		}
	}
}

// An approval of exactly these cells covers every row, unless they are odd: whitespace at
// the ends is an error only if no row has it.
func TestReviewOfOwnRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := hostileRows.Draw(t, "rows")
		var approvals []Approval
		seen := map[approvalKey]bool{}
		var want []Row
		for _, row := range rows {
			attributes := map[string]string{}
			for c := range columnCount {
				if cell := row.Cell(c); strings.TrimFunc(cell, isBlank) != "" || c == Conditions {
					attributes[c.String()] = cell
				}
			}
			a, problem := readApproval(attributes)
			if key := newApprovalKey(&a); problem == "" && !seen[key] {
				seen[key] = true
				approvals = append(approvals, a)
			}
			if problem == "" {
				want = append(want, row)
			}
		}
		review, err := ReviewRows(rows, approvals, reviewTime)
		if err != nil {
			t.Fatalf("got error %v, want none", err)
		}
		if len(review.Approved)+len(review.Unapproved) != len(rows) {
			t.Fatalf("got %d approved and %d other rows, want %d in total", len(review.Approved), len(review.Unapproved), len(rows))
		}
		for _, reviewed := range review.Approved {
			if a := approvals[reviewed.Approval]; a.Row.UserName != reviewed.Row.UserName || a.Row.ResourceName != reviewed.Row.ResourceName || a.Row.Account != reviewed.Row.Account {
				t.Fatalf("got %+v approved by %+v, want an approval of the same access", reviewed.Row, a.Row)
			}
		}
		if len(review.Approved) < len(want) || len(review.Unused) > 0 {
			t.Fatalf("got %d approved rows and %v unused approvals, want at least %d and none", len(review.Approved), review.Unused, len(want))
		}
		// Without approvals, nothing is approved.
		none, err := ReviewRows(rows, nil, reviewTime)
		if err != nil || len(none.Unapproved) != len(rows) || none.Approved != nil {
			t.Fatalf("got %+v and error %v, want no approved row", none, err)
		}
	})
}

func TestParseReviewTime(t *testing.T) {
	for text, want := range map[string]string{
		"2026-10-01T12:00:00Z":        "2026-10-01T12:00:00Z",
		"2026-10-01T12:00:00+02:00":   "2026-10-01T10:00:00Z",
		"2026-10-01":                  "2026-10-01T23:59:59.999999999Z",
		"2026-10-01T12:00:00.5-23:59": "2026-10-02T11:59:00.5Z",
		"2000-01-01":                  "2000-01-01T23:59:59.999999999Z",
		"2026-10-32":                  "",
		"now":                         "",
		"":                            "",
	} {
		at, ok := ParseReviewTime(text)
		if got := at.UTC().Format(time.RFC3339Nano); ok != (want != "") || ok && got != want {
			t.Errorf("%q: got %s, %t, want %s", text, got, ok, want)
		}
	}
}

// Texts that time.Parse accepts, but RFC 3339 does not, and years before OPA existed are
// neither the time of a review nor the end of an approval.
func TestInvalidTimes(t *testing.T) {
	for _, text := range []string{
		"2026-10-01T12:00:00-24:00", "2026-10-01T12:00:00-24:60", "2026-10-01T12:00:00+02:60", "2026-10-01T12:00:00+99:99", "2026-10-01T9:00:00Z", "2026-10-01T12:00:00,5Z",
		"2026-10-01t12:00:00z", "2026-10-01T24:00:00Z", "2026-10-01T12:00:60Z", "2026-10-01 12:00:00Z", "2026-10-01T12:00Z", "2026-10-01T12:00:00", "2026-02-30T12:00:00Z",
		"0026-11-25", "0202-10-01", "1999-12-31", "0001-01-01T00:00:00Z", "0026-11-25T12:00:00Z", "1999-12-31T23:59:59Z", "2026-1-01", "+2026-10-01", "2026-10-01\n",
	} {
		if at, ok := ParseReviewTime(text); ok {
			t.Errorf("%q: got the time %s, want none", text, at)
		}
		if _, problem := readApproval(larryOn("expires_at", text)); !strings.Contains(problem, "is not a timestamp such as") {
			t.Errorf("expires_at %q: got %q, want a problem", text, problem)
		}
	}
}
