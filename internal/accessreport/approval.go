package accessreport

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// Approval approves the access of a user to a resource with an account. It may be limited
// to certain privileges, conditions and a time.
type Approval struct {
	// Row has the approved cells, exactly as in rows. UserName, ResourceName and Account
	// are set. UserType, ResourceType, Privileges, SubjectID and the cells in Extra limit
	// the approval if they are set, and Conditions if they do not mean none. UserStatus is
	// not compared.
	Row Row

	ExpiresAt  string // RFC 3339, a date, which includes that day in UTC, or never; "" means never
	ApprovedBy string
	Reason     string

	// OtherNames are the names of the other attributes that are not null, and Other the
	// values of those that are texts.
	OtherNames []string
	Other      map[string]string

	// Within are the texts within the other attributes that are not texts.
	Within []TextWithin

	expires bool
	end     time.Time // if it expires

	// limits are the cells of unknown columns that limit the approval, by header text.
	limits map[string]string
}

// TextWithin is a text within the value of another attribute of an approval.
type TextWithin struct {
	Path string // of the text, from the attribute
	Name string // of the innermost attribute that contains the text
	Text string
}

// never is the text of ExpiresAt of an approval that does not expire. In a CSV, every
// approval has the same columns.
const never = "never"

// The attributes of an approval that rows do not have, and subject_id.
const (
	approvalSubjectID  = "subject_id"
	approvalExpiresAt  = "expires_at"
	approvalApprovedBy = "approved_by"
	approvalReason     = "reason"
)

// ApprovalError is an approval that is not valid, or not clear.
type ApprovalError struct {
	Index   int    // of the approval, from 0
	Access  string // that it approves, as far as it is known
	Problem string // a clause after the approval
}

func (e *ApprovalError) Error() string {
	subject := fmt.Sprintf("approvals[%d]", e.Index)
	if e.Access != "" {
		subject += " (" + e.Access + ")"
	}
	return subject + " " + e.Problem
}

// NewApproval returns the approval with texts by the names that Names returns, the texts
// of other attributes, and the names of others that are not texts. Null attributes are in
// none of them. If the approval is not valid, it returns the problem as the rest of a
// sentence.
func NewApproval(texts, other map[string]string, otherNames ...string) (a Approval, problem string) {
	a.Other, a.OtherNames = other, append(slices.Collect(maps.Keys(other)), otherNames...)
	for c := range columnCount {
		a.Row.SetCell(c, texts[c.String()])
	}
	a.Row.SubjectID, a.ExpiresAt, a.ApprovedBy, a.Reason = texts[approvalSubjectID], texts[approvalExpiresAt], texts[approvalApprovedBy], texts[approvalReason]
	a.Row.Requirements = ParseConditions(a.Row.Conditions)
	for _, c := range []Column{UserName, ResourceName, Account} {
		if _, ok := texts[c.String()]; !ok {
			return a, fmt.Sprintf("has no %s. An approval names the user, the resource and the account exactly", c)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(texts)) {
		if name != Conditions.String() && strings.TrimFunc(texts[name], isBlank) == "" {
			return a, name + " is empty. " + emptyAdvice(name)
		}
	}
	if a.ExpiresAt == "" || a.ExpiresAt == never {
		return a, ""
	}
	if a.end, a.expires = parseDay(a.ExpiresAt); !a.expires {
		return a, fmt.Sprintf("expires_at %s is not a timestamp such as 2026-12-31T18:00:00Z (RFC 3339), a date such as 2026-12-31, or never", quoteCell(a.ExpiresAt))
	}
	return a, ""
}

// emptyAdvice returns what to do about an empty attribute. In a CSV, all approvals have the
// same attributes. The expression keeps an empty expires_at, which may be a mistake.
func emptyAdvice(name string) string {
	const limited = "Set it, or remove it if the approval is not limited by it"
	drop := fmt.Sprintf(`drop empty cells with { for name, value in approval : name => value if name != %q || value != "" }`, name)
	switch name {
	case UserName.String(), ResourceName.String(), Account.String():
		return "Set it"
	case approvalExpiresAt:
		return limited + `. An approval without an end has expires_at = "never"`
	case approvalApprovedBy:
		return "Set who approved the access. If nobody did, remove the approval"
	case approvalReason, UserStatus.String():
		return "Set it, or remove it. In a CSV, " + drop
	default:
		return limited + ". In a CSV, copy the value of the row, or " + drop
	}
}

// expired reports whether the approval has expired at a time.
func (a *Approval) expired(at time.Time) bool { return a.expires && !at.Before(a.end) }

// covers reports whether the approval covers a row, whether it has expired or not.
func (a *Approval) covers(r *Row) bool {
	for _, c := range []Column{UserName, ResourceName, Account, UserType, ResourceType, Privileges} {
		limit := a.Row.Cell(c)
		if limit != "" && (limit != r.Cell(c) || r.MissingColumns.Has(c)) {
			return false
		}
	}
	if a.Row.SubjectID != "" && a.Row.SubjectID != r.SubjectID {
		return false
	}
	return a.coversExtra(r) && a.coversConditions(r)
}

// coversExtra reports whether the cells in unknown columns are those of the approval, as
// far as it has them.
func (a *Approval) coversExtra(r *Row) bool {
	cells := maps.Collect(r.Extra.All())
	for name, limit := range a.Row.Extra.All() {
		if cell, ok := cells[name]; !ok || cell != limit {
			return false
		}
	}
	for name, limit := range a.limits {
		if cell, ok := cells[name]; !ok || cell != limit {
			return false
		}
	}
	return true
}

// coversConditions reports whether the conditions of a row are certainly not weaker than
// those of the approval. Conditions with details, or that are not understood, must be
// equal.
func (a *Approval) coversConditions(r *Row) bool {
	switch {
	case MeansNone(a.Row.Conditions):
		return true
	case r.MissingColumns.Has(Conditions):
		return false
	case a.Row.Conditions == r.Conditions:
		return true
	}
	return hasOnlyTerms(a.Row.Conditions) && hasOnlyTerms(r.Conditions) && !a.Row.Requirements.exceeds(r.Requirements)
}

// Access describes the access that the approval approves, as far as it is known.
func (a *Approval) Access() string {
	var known []string
	for _, part := range []struct{ word, text string }{{"", a.Row.UserName}, {"on ", a.Row.ResourceName}, {"as ", a.Row.Account}} {
		if part.text != "" {
			known = append(known, part.word+quoteCell(part.text))
		}
	}
	return strings.Join(known, " ")
}

// quoteCell quotes a text for an error message: bounded, and safe to show.
func quoteCell(text string) string { return quoteCells([]string{text}) }
