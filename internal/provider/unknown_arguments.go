package provider

import (
	"fmt"
	"slices"
	"strings"

	"github.com/hashicorp/terraform-plugin-go/tftypes"
)

// unknownArguments returns the arguments in a configuration whose values are not
// known yet, as they are written in HCL, sorted. It is nil if all are known.
func unknownArguments(raw tftypes.Value) (names []string) {
	// Walk returns the errors of the function, which returns none.
	_ = tftypes.Walk(raw, func(at *tftypes.AttributePath, value tftypes.Value) (bool, error) {
		if !value.IsKnown() {
			names = append(names, argumentName(at))
		}
		return value.IsKnown(), nil
	})
	slices.Sort(names)
	return names
}

// argumentName returns a path as it is written in HCL: report_columns["account"].
func argumentName(at *tftypes.AttributePath) string {
	var b strings.Builder
	for _, step := range at.Steps() {
		switch step := step.(type) {
		case tftypes.AttributeName:
			b.WriteString("." + string(step))
		case tftypes.ElementKeyString:
			fmt.Fprintf(&b, "[%q]", string(step))
		case tftypes.ElementKeyInt:
			fmt.Fprintf(&b, "[%d]", int64(step))
		default:
			b.WriteString("[*]") // an element of a set has no name
		}
	}
	if b.Len() == 0 {
		return "the whole provider block"
	}
	return strings.TrimPrefix(b.String(), ".")
}
