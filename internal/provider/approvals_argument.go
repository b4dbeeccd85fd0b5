package provider

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/hashicorp/terraform-plugin-framework/attr"
	"github.com/hashicorp/terraform-plugin-go/tftypes"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// approvalTexts are the attributes that every approval in a result has.
var approvalTexts = []string{"user_name", "resource_name", "account", "privileges", "conditions", "expires_at", "approved_by", "reason"}

// approvalAttributes are the attributes of an approval that have a meaning.
var approvalAttributes = accessreport.NewApprovalAttributes(rowAttributeNames()...)

// readApprovalValues returns the approvals of rows in a known value, and their values for results.
func readApprovalValues(ctx context.Context, value tftypes.Value, rows []accessreport.Row) ([]accessreport.Approval, []attr.Value, error) {
	approvals, attributes, err := readApprovals(value, approvalAttributes.With(rows))
	if err != nil {
		return nil, nil, err
	}
	values, err := approvalValues(ctx, attributes)
	return approvals, values, err
}

// readApprovals returns the approvals of a known value, and the attributes of each by
// their usual names. Its error has no final period, because Terraform adds one.
func readApprovals(
	value tftypes.Value, meanings accessreport.ApprovalAttributes,
) (approvals []accessreport.Approval, attributes []map[string]tftypes.Value, err error) {
	var elements []tftypes.Value
	if value.Type().Is(tftypes.Set{}) {
		return nil, nil, errors.New("this is a set, which has no order. Use the list that the set was created from")
	}
	if value.As(&elements) != nil {
		return nil, nil, errors.New("this must be a list of approvals, such as the result of csvdecode or yamldecode")
	}
	approvals, attributes = make([]accessreport.Approval, len(elements)), make([]map[string]tftypes.Value, len(elements))
	for i, element := range elements {
		var written map[string]tftypes.Value
		if element.IsNull() || element.As(&written) != nil {
			return nil, nil, fmt.Errorf("approvals[%d] must be an object with user_name, resource_name and account", i)
		}
		var problem string
		if approvals[i], attributes[i], problem = readApproval(written, meanings); problem != "" {
			return nil, nil, &accessreport.ApprovalError{Index: i, Access: approvals[i].Access(), Problem: problem}
		}
	}
	return approvals, attributes, nil
}

// readApproval returns an approval and its attributes by their usual names, or a problem
// as the rest of a sentence.
func readApproval(
	written map[string]tftypes.Value, meanings accessreport.ApprovalAttributes,
) (approval accessreport.Approval, attributes map[string]tftypes.Value, problem string) {
	names, problem := meanings.Names(slices.Collect(maps.Keys(written)))
	attributes = maps.Clone(written)
	texts, other := map[string]string{}, map[string]string{}
	for _, meaning := range slices.Sorted(maps.Keys(names)) {
		value := written[names[meaning]]
		delete(attributes, names[meaning])
		if isDerived(meaning) {
			continue
		}
		var text *string
		if value.As(&text) != nil {
			problem = cmp.Or(problem, meaning+" must be a string")
		} else if text != nil {
			texts[meaning] = *text
		}
	}
	var notTexts []string
	var within otherReader
	for _, name := range slices.Sorted(maps.Keys(attributes)) {
		var text *string
		switch value := attributes[name]; {
		case value.IsNull():
		case value.As(&text) == nil:
			other[name] = *text
		default:
			notTexts = append(notTexts, name)
			within.attribute = name
			within.read(name, name, value)
		}
	}
	problem = cmp.Or(problem, within.problem)
	for meaning, name := range names {
		attributes[meaning] = written[name]
	}
	approval, invalid := accessreport.NewApproval(texts, other, notTexts...)
	approval.Within = within.texts
	problem = cmp.Or(problem, invalid)
	if err := readExtra(attributes, &approval.Row); err != nil {
		problem = cmp.Or(problem, "has a mistake: "+err.Error())
	}
	for _, flag := range rowFlags {
		if err := checkFlag(attributes, flag, &approval.Row); err != nil {
			problem = cmp.Or(problem, "has a mistake: "+err.Error())
		}
	}
	return approval, attributes, problem
}

// otherReader reads the values of the other attributes of an approval.
type otherReader struct {
	attribute string // whose value is read
	texts     []accessreport.TextWithin
	problem   string // of the first attribute within a value that cannot be kept, or ""
}

// read reads a value at a path. Name is the name of the innermost attribute that
// contains it.
func (r *otherReader) read(path, name string, value tftypes.Value) {
	var text string
	var on bool
	var elements []tftypes.Value
	var attributes map[string]tftypes.Value
	switch {
	case value.IsNull():
	case value.Type().Is(tftypes.Bool) && name == r.attribute:
		r.problem = cmp.Or(r.problem, fmt.Sprintf("has the attribute %s, which must not be a bool. It may be a denial that would be ignored", safetext.Quote(path)))
	case value.Type().Is(tftypes.Bool):
		if value.As(&on) == nil && !on { // a denial, except as the value of most tags
			r.texts = append(r.texts, accessreport.TextWithin{Path: path, Name: name, Text: "false"})
		}
	case value.As(&text) == nil:
		r.texts = append(r.texts, accessreport.TextWithin{Path: path, Name: name, Text: text})
	case value.As(&elements) == nil:
		for i, element := range elements {
			r.read(fmt.Sprintf("%s[%d]", path, i), name, element)
		}
	case value.As(&attributes) == nil:
		for _, inner := range slices.Sorted(maps.Keys(attributes)) {
			innerPath := path + "." + inner
			r.problem = cmp.Or(r.problem, approvalAttributes.WithinProblem(r.attribute, innerPath, inner))
			r.read(innerPath, accessreport.NameWithin(r.attribute, inner), attributes[inner])
		}
	}
}

// isDerived reports whether an attribute of an approval is not a text: extra, and the
// flags, which must match the conditions.
func isDerived(name string) bool {
	return name == extraName || slices.ContainsFunc(rowFlags, func(f rowFlag) bool { return f.name == name })
}

// approvalValues returns approvals as values. All have the same attributes, which are
// null where an approval has none, so that expressions can use any of them.
func approvalValues(ctx context.Context, approvals []map[string]tftypes.Value) ([]attr.Value, error) {
	union := map[string]tftypes.Type{}
	for _, name := range approvalTexts {
		union[name] = tftypes.String
	}
	for _, approval := range approvals {
		for name, value := range approval {
			if known, ok := union[name]; !ok || known.Is(tftypes.DynamicPseudoType) {
				union[name] = value.Type()
			}
		}
	}
	values := make([]attr.Value, len(approvals))
	for i, approval := range approvals {
		complete, kinds := make(map[string]tftypes.Value, len(union)), make(map[string]tftypes.Type, len(union))
		for name, kind := range union {
			value, ok := approval[name]
			if !ok || value.IsNull() {
				if kind.Is(tftypes.DynamicPseudoType) {
					kind = tftypes.String
				}
				value = tftypes.NewValue(kind, nil)
			}
			complete[name], kinds[name] = value, value.Type()
		}
		var err error
		if values[i], err = knownValue(ctx, tftypes.NewValue(tftypes.Object{AttributeTypes: kinds}, complete)); err != nil {
			return nil, err
		}
	}
	return values, nil
}
