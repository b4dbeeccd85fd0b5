package accessreport

// PageReview is a review as the page shows it. Its texts are empty if they are not known.
type PageReview struct {
	Approved []PageReviewed
	Expired  []PageReviewed
	// Unapproved are all rows without a valid approval. They include the rows of Expired.
	Unapproved []Row
	Unused     []PageApproval
}

// PageReviewed is a row with the approval that covers or covered it.
type PageReviewed struct {
	Row      Row
	Approval PageApproval
}

// PageApproval is an approval of access.
type PageApproval struct {
	UserName, ResourceName, Account string

	Privileges, Conditions string // limits, or "" if there are none

	ExpiresAt, ApprovedBy, Reason string

	Other []PageAttribute
}

// PageAttribute is another attribute of an approval, such as a ticket.
type PageAttribute struct{ Name, Text string }

// approvalHeadings are the headings of the columns that approvalCells returns.
var approvalHeadings = []string{"Approved by", "Reason", "Expires"}

// reviewSection returns a review as the page shows it: access that nobody approves first.
func reviewSection(r *PageReview) pageSection {
	without := r.withoutApproval()
	expired, unapproved := len(r.Expired), len(without)
	return pageSection{
		ID: "review", Heading: "Review",
		Totals: []total{
			{expired, "with an expired approval", expired > 0},
			{unapproved, "without an approval", unapproved > 0},
			{len(r.Unused), "unused " + plural(len(r.Unused), "approval", "approvals"), false},
			{len(r.Approved), "approved", false},
		},
		Parts: []pagePart{
			newPart("Expired", "Access whose approval has expired. It is not approved any more.", "No approval of existing access has expired.", true, listOfReviewed("expired", r.Expired)),
			newPart("Unapproved", "Access without any approval, or that no approval covers completely.", "There is no access without an approval.", true, listOfRows("unapproved", without)),
			newPart("Unused approvals", "Approvals that cover no access: it does not exist any more, or is weaker than approved.", "All approvals are used.", false, listOfApprovals("unused", r.Unused)),
			newPart("Approved", "Access with a valid approval.", "No access is approved.", false, listOfReviewed("approved", r.Approved)),
		},
	}
}

// rows returns the reviewed rows.
func (r *PageReview) rows() []Row {
	return append(rowsOf(r.Approved), r.Unapproved...)
}

// withoutApproval returns the unapproved rows without those whose approval has expired.
func (r *PageReview) withoutApproval() []Row {
	return Diff(rowsOf(r.Expired), r.Unapproved).Added
}

func rowsOf(reviewed []PageReviewed) []Row {
	rows := make([]Row, len(reviewed))
	for i := range reviewed {
		rows[i] = reviewed[i].Row
	}
	return rows
}

// listOfReviewed returns a list of rows with their approvals.
func listOfReviewed(id string, reviewed []PageReviewed) *pageList {
	l := newPageList(id, "rows", append(append([]string{}, rowHeadings...), approvalHeadings...)...)
	for i := range reviewed {
		l.add(append(cellsOfRow(&reviewed[i].Row), approvalCells(&reviewed[i].Approval)...))
	}
	return l
}

// listOfApprovals returns a list of approvals.
func listOfApprovals(id string, approvals []PageApproval) *pageList {
	l := newPageList(id, "rows", append(append([]string{}, rowHeadings...), approvalHeadings...)...)
	for i := range approvals {
		a := &approvals[i]
		l.add(append([]pageCell{
			{textOr(a.UserName, "none", "")},
			{textOr(a.ResourceName, "none", "")},
			{textOr(a.Account, "none", "")},
			{textOr(a.Privileges, "any", "plain")},
			{textOr(a.Conditions, "any", "plain")},
		}, approvalCells(a)...))
	}
	return l
}

// approvalCells returns who approved access, why and until when.
func approvalCells(a *PageApproval) []pageCell {
	reason := make(pageCell, 0, 1+len(a.Other))
	reason = append(reason, textOr(a.Reason, "not stated", ""))
	for _, attribute := range a.Other {
		reason = append(reason, pageText{Text: visible(attribute.Name) + ": " + visible(attribute.Text), Class: "remark"})
	}
	return []pageCell{{textOr(a.ApprovedBy, "not stated", "")}, reason, {textOr(a.ExpiresAt, "never", "")}}
}
