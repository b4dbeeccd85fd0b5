package accessreport

import (
	"strconv"
	"strings"
)

// rowHeadings are the headings of the columns that cellsOfRow returns.
var rowHeadings = []string{"User", "Resource", "Account", "Privileges", "Conditions"}

// pageReport is a row of the table of reports.
type pageReport struct {
	About, ID, Status, Created, RowCount, Error string

	Missing bool
}

// listOfRows returns a list of rows, in their order.
func listOfRows(id string, rows []Row) *pageList {
	l := newPageList(id, "rows", rowHeadings...)
	for i := range rows {
		l.add(cellsOfRow(&rows[i]))
	}
	return l
}

// cellsOfRow returns the cells of a row as the page shows them.
func cellsOfRow(r *Row) []pageCell {
	user := append(pageCell{textOf(r, UserName, "")}, remarkBadges(r, UserType, UserStatus)...)
	if r.UserStatus == "" {
		user = append(user, pageText{"status unknown", pageWord, "remark"})
	}
	account := pageCell{textOf(r, Account, "")}
	if r.SharedAccount() {
		account = append(account, pageText{"shared", pageWord, "admin"})
	}
	class := "plain"
	if r.Privileges != "user" {
		class = "admin"
	}
	privileges := pageCell{textOf(r, Privileges, class)}
	for name, cell := range r.Extra.All() {
		privileges = append(privileges, pageText{Text: visible(name) + ": " + visible(cell), Class: "remark"})
	}
	return []pageCell{
		user,
		append(pageCell{textOf(r, ResourceName, "")}, remarkBadges(r, ResourceType)...),
		account, privileges, conditionBadges(r),
	}
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
func textOf(r *Row, c Column, class string) pageText {
	if r.MissingColumns.Has(c) {
		return pageText{"unknown", placeholder, class}
	}
	return textOr(r.Cell(c), "none", class)
}

// textOr returns a text as the page shows it, or a placeholder if it is empty.
func textOr(text, ifEmpty, class string) pageText {
	if text == "" {
		return pageText{ifEmpty, placeholder, class}
	}
	return pageText{Text: visible(text), Class: class}
}

// remarkBadges returns badges for the cells in these columns that are not ordinary.
func remarkBadges(r *Row, columns ...Column) (badges pageCell) {
	for _, text := range remarksOn(r, visible, columns...) {
		badges = append(badges, pageText{Text: text, Class: "remark"})
	}
	return badges
}

// conditionBadges returns a badge for each condition of a row, with what it requires as
// its class. If the conditions require something else together than separately, such as
// when one denies another, it returns one badge for the cell.
func conditionBadges(r *Row) pageCell {
	single := pageCell{textOf(r, Conditions, "other")}
	switch {
	case r.MissingColumns.Has(Conditions):
		return single
	case MeansNone(r.Conditions):
		return pageCell{textOf(r, Conditions, "none")}
	}
	var badges pageCell
	var separately Requirements
	for piece := range strings.SplitSeq(r.Conditions, ",") {
		if strings.TrimSpace(piece) == "" {
			return single
		}
		required := ParseConditions(piece)
		separately = separately.or(required)
		badges = append(badges, pageText{Text: visible(strings.TrimPrefix(piece, " ")), Class: kindOf(required)})
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
