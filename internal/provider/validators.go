package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/path"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
	"github.com/hashicorp/terraform-plugin-framework/types"
)

// stringFunc validates a string argument with a function. The text of the
// function's error is a clause without a final period.
type stringFunc struct {
	what  string
	check func(string) error
}

func (v stringFunc) Description(context.Context) string { return "the value must be " + v.what }

func (v stringFunc) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v stringFunc) ValidateString(ctx context.Context, request validator.StringRequest, response *validator.StringResponse) {
	if request.ConfigValue.IsNull() || request.ConfigValue.IsUnknown() {
		return
	}
	if err := v.check(request.ConfigValue.ValueString()); err != nil {
		response.Diagnostics.AddAttributeError(request.Path, "Invalid value",
			fmt.Sprintf("%s must be %s: %s.", request.Path, v.what, err))
	}
}

// notBothTrue validates that two boolean arguments are not both true.
type notBothTrue struct{ other path.Path }

func (v notBothTrue) Description(context.Context) string {
	return "conflicts with " + v.other.String() + " if both are true"
}

func (v notBothTrue) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (v notBothTrue) ValidateBool(ctx context.Context, request validator.BoolRequest, response *validator.BoolResponse) {
	var other types.Bool
	response.Diagnostics.Append(request.Config.GetAttribute(ctx, v.other, &other)...)
	if request.ConfigValue.ValueBool() && other.ValueBool() {
		response.Diagnostics.AddAttributeError(request.Path, "Invalid Attribute Combination",
			fmt.Sprintf("%s and %s must not both be true: the comparison needs all reports. Remove one of them.", request.Path, v.other))
	}
}

// baseURL validates the URL of the tenant. If it contains a password, the message
// has no path, because Terraform would quote the line.
type baseURL struct{}

func (baseURL) Description(context.Context) string { return "the value must be the URL of the tenant" }

func (v baseURL) MarkdownDescription(ctx context.Context) string { return v.Description(ctx) }

func (baseURL) ValidateString(ctx context.Context, request validator.StringRequest, response *validator.StringResponse) {
	if strings.Contains(request.ConfigValue.ValueString(), "@") {
		response.Diagnostics.AddError("Invalid value", fmt.Sprintf("base_url must be the URL of the tenant: %s.", checkBaseURL(request.ConfigValue.ValueString())))
		return
	}
	stringFunc{"the URL of the tenant", checkBaseURL}.ValidateString(ctx, request, response)
}

// uuidPattern is the format of OPA's IDs (API.md, id-format).
var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

// uuid returns a validator for IDs, which rejects names.
func uuid() validator.String {
	return stringFunc{"an OPA ID in UUID format", func(id string) error {
		if !uuidPattern.MatchString(id) {
			return fmt.Errorf("%q is not a UUID. For a name, use the argument for names", id)
		}
		return nil
	}}
}

// checkName rejects names that cannot be part of an API path.
func checkName(name string) error {
	switch name {
	case "":
		return errors.New("it is empty")
	case ".", "..":
		return fmt.Errorf("%q cannot be part of a request to OPA", name)
	}
	return nil
}
