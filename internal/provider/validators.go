package provider

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// stringFunc validates a string argument with a function whose error is a
// clause that ends in no full stop.
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

// baseURL validates the tenant's URL. Where that holds a password, the message
// has no path, since Terraform would quote the line.
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

// uuidPattern is the form of OPA's ids (API contract, section 1.2).
var uuidPattern = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[1-5][0-9a-fA-F]{3}-[89abAB][0-9a-fA-F]{3}-[0-9a-fA-F]{12}$`)

// uuid validates an id, to tell it from a name.
func uuid() validator.String {
	return stringFunc{"an OPA ID in UUID format", func(id string) error {
		if !uuidPattern.MatchString(id) {
			return fmt.Errorf("%q is not a UUID. For a name, use the argument for names", id)
		}
		return nil
	}}
}

// checkName refuses names that no path of the API can hold.
func checkName(name string) error {
	switch name {
	case "":
		return errors.New("it is empty")
	case ".", "..":
		return fmt.Errorf("%q cannot be part of a request to OPA", name)
	}
	return nil
}
