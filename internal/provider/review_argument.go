package provider

import (
	"errors"
	"fmt"
	"maps"
	"math/big"
	"slices"
	"strconv"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// reviewParts are the attributes of the result of report_review.
var reviewParts = []string{"approved", "expired", "unapproved", "unused"}

var errNoReview = errors.New("this must be the result of report_review")

// readReview returns a review from a known value with the attributes of the result of
// report_review. Its error has no final period, because Terraform adds one.
func readReview(value tftypes.Value) (review accessreport.PageReview, err error) {
	parts, err := readParts(value, reviewParts, errNoReview)
	if err != nil {
		return review, err
	}
	if review.Approved, err = readReviewed(parts["approved"]); err != nil {
		return review, fmt.Errorf("%w. In approved, %w", errNoReview, err)
	}
	if review.Expired, err = readReviewed(parts["expired"]); err != nil {
		return review, fmt.Errorf("%w. In expired, %w", errNoReview, err)
	}
	if review.Unapproved, err = readRows(parts["unapproved"]); err != nil {
		return review, fmt.Errorf("%w. In unapproved, %w", errNoReview, err)
	}
	if review.Unused, err = readUnused(parts["unused"]); err != nil {
		return review, fmt.Errorf("%w. In unused, %w", errNoReview, err)
	}
	expired := make([]accessreport.Row, len(review.Expired))
	for i := range expired {
		expired[i] = review.Expired[i].Row
	}
	if len(accessreport.Diff(review.Unapproved, expired).Added) > 0 {
		return review, fmt.Errorf("%w: unapproved does not have all rows of expired", errNoReview)
	}
	return review, nil
}

// readReviewed returns rows with their approvals.
func readReviewed(value tftypes.Value) ([]accessreport.PageReviewed, error) {
	var elements []tftypes.Value
	if value.Type().Is(tftypes.Set{}) || value.As(&elements) != nil {
		return nil, errors.New("there must be a list of objects with row and approval")
	}
	reviewed := make([]accessreport.PageReviewed, len(elements))
	for i, element := range elements {
		var attributes map[string]tftypes.Value
		if element.IsNull() || element.As(&attributes) != nil || len(attributes) != 2 {
			return nil, fmt.Errorf("[%d] must be an object with row and approval", i)
		}
		row := &reviewed[i].Row
		if err := readRow(attributes["row"], row); err != nil {
			return nil, fmt.Errorf("[%d].row%w", i, err)
		}
		approval, err := readPageApproval(attributes["approval"])
		if err != nil {
			return nil, fmt.Errorf("[%d].approval %w", i, err)
		}
		if approval.UserName != row.UserName || approval.ResourceName != row.ResourceName || approval.Account != row.Account {
			return nil, fmt.Errorf("[%d].approval does not approve the access of its row: the user, the resource or the account differs", i)
		}
		reviewed[i].Approval = approval
	}
	return reviewed, nil
}

// readUnused returns approvals.
func readUnused(value tftypes.Value) ([]accessreport.PageApproval, error) {
	var elements []tftypes.Value
	if value.Type().Is(tftypes.Set{}) || value.As(&elements) != nil {
		return nil, errors.New("there must be a list of approvals")
	}
	approvals := make([]accessreport.PageApproval, len(elements))
	for i, element := range elements {
		var err error
		if approvals[i], err = readPageApproval(element); err != nil {
			return nil, fmt.Errorf("[%d] %w", i, err)
		}
	}
	return approvals, nil
}

// readPageApproval returns an approval of a review. The text of its error continues the
// path of the approval.
func readPageApproval(value tftypes.Value) (approval accessreport.PageApproval, err error) {
	var attributes map[string]tftypes.Value
	if value.IsNull() || value.As(&attributes) != nil {
		return approval, errors.New("must be an approval")
	}
	texts := map[string]*string{
		"user_name": &approval.UserName, "resource_name": &approval.ResourceName, "account": &approval.Account,
		"privileges": &approval.Privileges, "conditions": &approval.Conditions,
		"expires_at": &approval.ExpiresAt, "approved_by": &approval.ApprovedBy, "reason": &approval.Reason,
	}
	for _, name := range approvalTexts {
		if _, ok := attributes[name]; !ok {
			return approval, fmt.Errorf("has no %s", name)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		attribute := attributes[name]
		text, known := texts[name]
		switch {
		case attribute.IsNull():
		case !known:
			approval.Other = append(approval.Other, accessreport.PageAttribute{Name: name, Text: attributeText(attribute)})
		case attribute.As(text) != nil:
			return approval, fmt.Errorf("is invalid: its %s must be a string", name)
		}
	}
	return approval, nil
}

// attributeText returns a known value of any type as text, in the syntax of HCL, but
// without quotes.
func attributeText(value tftypes.Value) string {
	var text string
	var number *big.Float
	var truth bool
	var elements []tftypes.Value
	var attributes map[string]tftypes.Value
	switch {
	case value.IsNull():
		return "null"
	case value.As(&text) == nil:
		return text
	case value.As(&number) == nil:
		return number.Text('f', -1)
	case value.As(&truth) == nil:
		return strconv.FormatBool(truth)
	case value.As(&elements) == nil:
		texts := make([]string, len(elements))
		for i, element := range elements {
			texts[i] = attributeText(element)
		}
		return "[" + strings.Join(texts, ", ") + "]"
	case value.As(&attributes) == nil:
		var texts []string
		for _, name := range slices.Sorted(maps.Keys(attributes)) {
			texts = append(texts, name+" = "+attributeText(attributes[name]))
		}
		return "{" + strings.Join(texts, ", ") + "}"
	}
	return value.String()
}
