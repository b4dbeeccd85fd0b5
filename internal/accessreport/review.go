package accessreport

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"
)

// Review is the result of the comparison of rows with approvals. Rows are sorted, and
// contain duplicates.
type Review struct {
	// Approved are the rows that an approval covers that has not expired.
	Approved []ReviewedRow
	// Unapproved are all other rows.
	Unapproved []Row
	// Expired are the unapproved rows that an expired approval covers.
	Expired []ReviewedRow
	// Unused are the indexes of the approvals that cover no row, whether they have expired
	// or not.
	Unused []int
}

// ReviewedRow is a row with the index of an approval that covers it: of several, the one
// that expires last.
type ReviewedRow struct {
	Row      Row
	Approval int
}

// ReviewRows compares rows with approvals at a time. An approval is compared exactly, so
// it returns an *ApprovalError for one that covers no row because of its spelling, and for
// two approvals of the same access.
func ReviewRows(rows []Row, approvals []Approval, at time.Time) (Review, error) {
	if err := checkApprovals(rows, approvals, at); err != nil {
		return Review{}, err
	}
	byAccount := map[account][]int{}
	for i := range approvals {
		key := accountOf(&approvals[i].Row)
		byAccount[key] = append(byAccount[key], i)
	}
	var r Review
	used := make([]bool, len(approvals))
	sorted := slices.Clone(rows)
	Sort(sorted)
	for i := range sorted {
		row, last := &sorted[i], -1
		for _, j := range byAccount[accountOf(row)] {
			if !approvals[j].covers(row) {
				continue
			}
			used[j] = true
			if last < 0 || approvals[j].outlasts(&approvals[last]) { //nolint:gosec // last is an index
				last = j
			}
		}
		switch {
		case last < 0:
			r.Unapproved = append(r.Unapproved, *row)
		case approvals[last].expired(at): //nolint:gosec // last is an index
			r.Unapproved = append(r.Unapproved, *row)
			r.Expired = append(r.Expired, ReviewedRow{*row, last})
		default:
			r.Approved = append(r.Approved, ReviewedRow{*row, last})
		}
	}
	for i := range approvals {
		if !used[i] {
			r.Unused = append(r.Unused, i)
		}
	}
	return r, nil
}

// outlasts reports whether the approval expires later than another one.
func (a *Approval) outlasts(other *Approval) bool {
	if !a.expires || !other.expires {
		return !a.expires && other.expires
	}
	return a.end.After(other.end)
}

// checkApprovals returns an error for an approval that is probably a mistake.
func checkApprovals(rows []Row, approvals []Approval, at time.Time) error {
	cells, extra := cellsOf(rows), extraNames(rows)
	first := map[approvalKey]int{}
	for i := range approvals {
		a := &approvals[i]
		problem := cmp.Or(a.limitBy(extra), a.problem(cells, at))
		key := newApprovalKey(a)
		other, duplicate := first[key]
		if problem == "" && duplicate {
			problem = fmt.Sprintf("approves the same access as approvals[%d], so it is not clear which of them is valid. Remove one of them. One approval covers all rows of the same access", other)
		}
		if problem != "" {
			return &ApprovalError{Index: i, Access: a.Access(), Problem: problem}
		}
		first[key] = i
	}
	return nil
}

// approvalKey is what makes approvals equal: all that limits them except the time.
type approvalKey struct {
	row   Row
	extra Extra
}

func newApprovalKey(a *Approval) approvalKey {
	row := a.Row
	row.UserStatus, row.Requirements = "", Requirements{}
	if hasOnlyTerms(row.Conditions) { // they are compared by their requirements
		row.Conditions, row.Requirements = "", a.Row.Requirements
	}
	return approvalKey{row, NewExtra(a.limits)}
}

// limitBy sets the limits of an approval: the attributes with the header text of an
// unknown column of the rows. It returns a problem if an attribute is only similar to one,
// or is not a text.
func (a *Approval) limitBy(extra []string) string {
	a.limits = map[string]string{}
	for _, column := range extra {
		for _, name := range slices.Sorted(slices.Values(a.OtherNames)) {
			text, isText := a.Other[name]
			switch {
			case !sameName(name, column):
			case name != column:
				return fmt.Sprintf("has the attribute %s, but the column of the rows is %s. Correct its name", quoteCell(name), quoteCell(column))
			case !isText:
				return fmt.Sprintf("has the attribute %s, which is a column of the rows and must be a string", quoteCell(name))
			default:
				a.limits[name] = text
			}
		}
	}
	return ""
}

// rowCells are the distinct cells of rows by column, and one of them by folded text.
type rowCells [columnCount]struct {
	exact  map[string]bool
	folded map[string]string
}

// cellsOf returns the cells of rows.
func cellsOf(rows []Row) *rowCells {
	cells := new(rowCells)
	for c := range columnCount {
		cells[c].exact, cells[c].folded = map[string]bool{}, map[string]string{}
	}
	for i := range rows {
		for c := range columnCount {
			cell := rows[i].Cell(c)
			if rows[i].MissingColumns.Has(c) || cells[c].exact[cell] {
				continue
			}
			cells[c].exact[cell] = true
			cells[c].folded[foldCell(cell)] = cell
		}
	}
	return cells
}

// foldCell returns a text without whitespace, invisible characters and differences in
// case.
func foldCell(cell string) string {
	return strings.ToLower(strings.Map(func(r rune) rune {
		if isBlank(r) {
			return -1
		}
		return r
	}, cell))
}

// problem returns why an approval is probably a mistake, as the rest of a sentence, or "".
func (a *Approval) problem(cells *rowCells, at time.Time) string {
	for _, c := range []Column{UserName, UserType, ResourceName, ResourceType, Account, Privileges} {
		text := a.Row.Cell(c)
		if text == "" || cells[c].exact[text] {
			continue
		}
		if cell, ok := cells[c].folded[foldCell(text)]; ok {
			return fmt.Sprintf("%s is %s, but the rows have %s. Approvals are compared exactly: correct it", c, quoteCell(text), quoteCell(cell))
		}
		if hasBlankEnds(text) {
			return fmt.Sprintf("%s %s begins or ends with whitespace, and no row has it. Remove the whitespace", c, quoteCell(text))
		}
		if strings.Contains(text, "*") {
			return fmt.Sprintf("%s is %s, but approvals are compared exactly: * is no pattern. Add an approval for each access", c, quoteCell(text))
		}
	}
	user, resource := a.Row.UserName, a.Row.ResourceName
	if !cells[UserName].exact[user] && cells[ResourceName].exact[user] && !cells[ResourceName].exact[resource] {
		return fmt.Sprintf("user_name is %s, which is the name of a resource in the rows. Check whether columns are swapped", quoteCell(user))
	}
	if a.Row.Requirements.Unknown && !cells[Conditions].exact[a.Row.Conditions] {
		return fmt.Sprintf("conditions %s are not fully understood, and no row has them. Copy the conditions of a row, or remove the approval if the access no longer exists", quoteCell(a.Row.Conditions))
	}
	return a.valueProblem(at)
}
