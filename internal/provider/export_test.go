package provider

import (
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/diag"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// WithRows is withRows, which writes rows into a response.
var WithRows = withRows

// SetMaxResponse sets the maximum size of a response until the test ends.
func SetMaxResponse(t *testing.T, size int) {
	t.Helper()
	before := maxResponse
	maxResponse = size
	t.Cleanup(func() { maxResponse = before })
}

// EphemeralAttribute is ephemeralAttribute, which converts an attribute of a data
// source.
var EphemeralAttribute = ephemeralAttribute

// UnknownConditions returns the value of unknown_conditions and its warning.
func UnknownConditions(rows []accessreport.Row) (texts []string, diags diag.Diagnostics) {
	value, diags := unknownConditions(rows)
	for _, text := range value.Elements() {
		texts = append(texts, text.String())
	}
	return texts, diags
}
