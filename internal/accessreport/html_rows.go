package accessreport

import (
	"strconv"
	"strings"
)

// pageRow is a row of the list.
type pageRow struct {
	User, Resource, Account, Privileges pageText

	PrivilegesKind               string
	UserRemarks, ResourceRemarks []string
	AccountRemarks               []string
	Extra                        []string // of columns that are not known
	Conditions                   []badge
}

// pageText is the text of a cell or, if the cell is empty or missing, a placeholder. The
// page formats placeholders differently, because a user's name may be "none".
type pageText struct{ Cell, Placeholder string }

// badge is a text with its kind, which is its class in the page's style.
type badge struct {
	Kind string
	Text pageText
}

// pageReport is a row of the table of reports.
type pageReport struct {
	About, ID, Status, Created, RowCount, Error string

	Missing bool
}

// newPageRow returns a row as the page shows it.
func newPageRow(r *Row) pageRow {
	row := pageRow{
		User:            textOf(r, UserName),
		Resource:        textOf(r, ResourceName),
		UserRemarks:     remarksOn(r, visible, UserType, UserStatus),
		ResourceRemarks: remarksOn(r, visible, ResourceType),
		Account:         textOf(r, Account),
		Privileges:      textOf(r, Privileges),
		PrivilegesKind:  "plain",
		Conditions:      conditionBadges(r),
	}
	if r.Privileges != "user" {
		row.PrivilegesKind = "admin"
	}
	if r.SharedAccount() {
		row.AccountRemarks = []string{"shared"}
	}
	for name, cell := range r.Extra.All() {
		row.Extra = append(row.Extra, visible(name)+": "+visible(cell))
	}
	if r.UserStatus == "" {
		row.UserRemarks = append(row.UserRemarks, "status unknown")
	}
	return row
}

// newPageReport returns a source as the page shows it.
func newPageReport(s *Source) pageReport {
	report := pageReport{
		About: visible(s.About), ID: visible(s.ReportID), Status: visible(s.Status), Created: visible(s.CreatedAt), Error: visible(s.Error),
		Missing: s.missing(),
	}
	if s.RowCount >= 0 && !report.Missing {
		report.RowCount = strconv.Itoa(s.RowCount)
	}
	return report
}

// textOf returns a cell as the page shows it.
func textOf(r *Row, c Column) pageText {
	switch {
	case r.MissingColumns.Has(c):
		return pageText{Placeholder: "unknown"}
	case r.Cell(c) == "":
		return pageText{Placeholder: "none"}
	}
	return pageText{Cell: visible(r.Cell(c))}
}

// conditionBadges returns a badge for each condition of a row, with what it requires as
// its kind. If the conditions require something else together than separately, such as
// when one denies another, it returns one badge for the cell.
func conditionBadges(r *Row) []badge {
	single := []badge{{"other", textOf(r, Conditions)}}
	switch {
	case r.MissingColumns.Has(Conditions):
		return single
	case MeansNone(r.Conditions):
		return []badge{{"none", textOf(r, Conditions)}}
	}
	var badges []badge
	var separately Requirements
	for piece := range strings.SplitSeq(r.Conditions, ",") {
		if strings.TrimSpace(piece) == "" {
			return single
		}
		required := ParseConditions(piece)
		separately = separately.or(required)
		badges = append(badges, badge{kindOf(required), pageText{Cell: visible(strings.TrimPrefix(piece, " "))}})
	}
	if separately != ParseConditions(r.Conditions) {
		return single
	}
	return badges
}

// kindOf returns the kind of the badge for a condition.
func kindOf(required Requirements) string {
	switch {
	case required.MFA:
		return "mfa"
	case required.Approval:
		return "approval"
	case required.Recording:
		return "recording"
	case required.Gateway:
		return "gateway"
	}
	return "other"
}
