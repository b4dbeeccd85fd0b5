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

	expires bool
	end     time.Time // if it expires

	// limits are the cells of unknown columns that limit the approval, by header text.
	limits map[string]string
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

// ApprovalAttributes are the names of the attributes of an approval that have a meaning,
// by their normalized names. Upper and lower case, spaces and underscores do not matter,
// because Encode writes headings such as "User Name".
type ApprovalAttributes struct {
	byName map[string]string
}

// NewApprovalAttributes returns the attributes of an approval. More are the names of
// attributes that the caller reads.
func NewApprovalAttributes(more ...string) ApprovalAttributes {
	a := ApprovalAttributes{map[string]string{}}
	for _, name := range slices.Concat(ColumnNames(), []string{approvalSubjectID, approvalExpiresAt, approvalApprovedBy, approvalReason}, more) {
		a.byName[normalize(name)] = name
	}
	return a
}

// Names returns the attributes with a meaning among those of an approval: their names by
// the names that NewApproval uses. If two have the same meaning, or if another attribute
// is probably misspelled or looks like a limit that would be ignored, it returns the
// problem as the rest of a sentence.
func (a ApprovalAttributes) Names(written []string) (known map[string]string, problem string) {
	known = map[string]string{}
	var others []string
	for _, name := range slices.Sorted(slices.Values(written)) {
		meaning, ok := a.byName[normalize(name)]
		switch other, again := known[meaning]; {
		case !ok:
			others = append(others, name)
		case again:
			problem = fmt.Sprintf("has the attributes %s and %s, which mean the same. Remove one of them", quoteCell(other), quoteCell(name))
		default:
			known[meaning] = name
		}
	}
	for _, name := range others {
		if problem != "" {
			break
		}
		if like := a.misspelled(name, known); like != "" {
			problem = fmt.Sprintf("has the attribute %s, which is not known. If it means %s, correct its name. Otherwise, rename or remove it", quoteCell(name), like)
		} else if isLimit(name) {
			problem = fmt.Sprintf("has the attribute %s, which looks like a limit, but would be ignored. The limits of an approval are privileges, conditions and expires_at. Rename or remove it", quoteCell(name))
		}
	}
	return known, problem
}

// misspelled returns the attribute that an unknown name may mean, or "". Limits are
// compared less strictly, because an approval without them approves more.
func (a ApprovalAttributes) misspelled(name string, known map[string]string) string {
	written := normalize(name)
	for c := range columnCount {
		if _, ok := known[c.String()]; !ok && slices.Contains(columns[c].spellings, written) {
			return c.String()
		}
	}
	for _, meaning := range slices.Sorted(maps.Values(a.byName)) {
		_, set := known[meaning]
		most := 1
		if slices.Contains([]string{Privileges.String(), Conditions.String(), approvalExpiresAt}, meaning) {
			most, set = 2, false
		}
		if !set && distance(written, normalize(meaning)) <= most {
			return meaning
		}
	}
	return ""
}

// limitWords are words in the names of attributes that limit the time or the extent of
// an approval. A limit that is ignored would approve too much.
var limitWords = wordSet("end ends ended ending start starts started starting begin begins from to until till before after since by due term ttl days hours weeks months period window only not no except " +
	"exp eol thru last bis good cond conds requires require requirements required mfa 2fa gateway recording priv privs sudo restricted denied denies deny rejected cancelled canceled withdrawn deleted " +
	"approved decision project projects server servers host hosts user users subject subjects account accounts group groups " +
	"scope limit limits limited max maximum revoked revoke active inactive enabled disabled effective privilege privileges permission permissions condition conditions role")

// limitParts are parts of such words.
var limitParts = []string{
	"expir", "valid", "deadline", "duration", "lifetime", "privilege", "condition", "permission", "enddate", "startdate",
	"notbefore", "notafter",
}

// isLimit reports whether the name of an unknown attribute looks like a limit, or like a
// decision. "By" is one only without a verb, as in "due_by", not in "requested_by", and
// "approved" only alone, not in "approved_at".
func isLimit(name string) bool {
	words := wordsOf(name)
	joined := strings.Join(words, "")
	if len(words) == 2 && strings.HasSuffix(words[0], "ed") && slices.Contains([]string{"by", "from", "to"}, words[1]) {
		words = words[:1]
	}
	if len(words) == 2 && words[0] == "approved" {
		words = words[1:]
	}
	return anyIn(words, limitWords) || slices.ContainsFunc(limitParts, func(part string) bool { return strings.Contains(joined, part) })
}

// distance returns the number of letters to insert, remove, replace or swap with their
// neighbor to get from one ASCII text to another.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
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
			return a, name + " is empty. Set it, or remove it if the approval is not limited by it" + emptyAdvice[name]
		}
	}
	if a.ExpiresAt == "" || a.ExpiresAt == never {
		return a, ""
	}
	if a.end, a.expires = parseDay(a.ExpiresAt); !a.expires || a.end.Year() < 2000 {
		return a, fmt.Sprintf("expires_at %s is not a timestamp such as 2026-12-31T18:00:00Z (RFC 3339), a date such as 2026-12-31, or never", quoteCell(a.ExpiresAt))
	}
	return a, ""
}

// emptyAdvice has the advice for empty attributes whose removal is not the only way.
var emptyAdvice = map[string]string{approvalExpiresAt: `. An approval without an end has expires_at = "never"`}

// parseDay returns the time of a timestamp, or the end of the day in UTC of a date.
func parseDay(text string) (end time.Time, ok bool) {
	if day, err := time.Parse(time.DateOnly, text); err == nil {
		return day.AddDate(0, 0, 1), true
	}
	end, err := time.Parse(time.RFC3339, text)
	return end, err == nil
}

// ParseReviewTime returns the time of a review: a timestamp (RFC 3339), or a date, which
// means the last moment of that day in UTC.
func ParseReviewTime(text string) (at time.Time, ok bool) {
	at, ok = parseDay(text)
	if ok && len(text) == len(time.DateOnly) {
		at = at.Add(-time.Nanosecond)
	}
	return at, ok
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
