package provider

import (
	"context"
	"fmt"
	"strings"
	"time"

	"github.com/hashicorp/terraform-plugin-framework-timeouts/datasource/timeouts"
	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/datasource/schema"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// defaultReadTimeout is the maximum duration of a read if timeouts.read is not set.
const defaultReadTimeout = 10 * time.Minute

// timeoutsModel has the attribute timeouts. Every model embeds it.
type timeoutsModel struct {
	Timeouts timeouts.Value `tfsdk:"timeouts"`
}

// readTimeout returns the maximum duration of a read.
func (m timeoutsModel) readTimeout(ctx context.Context) (time.Duration, diag.Diagnostics) {
	return m.Timeouts.Read(ctx, defaultReadTimeout)
}

// model is a struct that the framework decodes the configuration into.
type model interface {
	readTimeout(ctx context.Context) (time.Duration, diag.Diagnostics)
}

// dataSource implements what all data sources share: configuration, decoding,
// timeout, logs and state. Each data source adds its schema, its model M and its
// read function.
type dataSource[M model] struct {
	name        string // without the provider's name
	description string
	attributes  map[string]schema.Attribute
	validators  []datasource.ConfigValidator

	// read sets the results in the model, whose arguments are set. Its context has
	// the timeout of the read.
	read func(context.Context, *session, *M) diag.Diagnostics

	session *session
}

func (d *dataSource[M]) Metadata(_ context.Context, request datasource.MetadataRequest, response *datasource.MetadataResponse) {
	response.TypeName = request.ProviderTypeName + "_" + d.name
}

func (d *dataSource[M]) Schema(ctx context.Context, _ datasource.SchemaRequest, response *datasource.SchemaResponse) {
	response.Schema = schema.Schema{MarkdownDescription: d.description, Attributes: d.allAttributes(ctx)}
}

// allAttributes returns the attributes of the data source and timeouts.
func (d *dataSource[M]) allAttributes(ctx context.Context) map[string]schema.Attribute {
	return mergeAttributes(d.attributes, map[string]schema.Attribute{
		"timeouts": timeouts.AttributesWithOpts(ctx, timeouts.Opts{
			ReadDescription: fmt.Sprintf("Maximum duration of the read, such as `90s` or `30m`. Defaults to %#q.", shortDuration(defaultReadTimeout)),
		}),
	})
}

func (d *dataSource[M]) ConfigValidators(context.Context) []datasource.ConfigValidator {
	return d.validators
}

func (d *dataSource[M]) Configure(_ context.Context, request datasource.ConfigureRequest, response *datasource.ConfigureResponse) {
	d.session = sessionOf(request.ProviderData, &response.Diagnostics)
}

func (d *dataSource[M]) Read(ctx context.Context, request datasource.ReadRequest, response *datasource.ReadResponse) {
	var model M
	response.Diagnostics.Append(request.Config.Get(ctx, &model)...)
	if response.Diagnostics.HasError() {
		return
	}
	response.Diagnostics.Append(d.load(ctx, &model)...)
	if response.Diagnostics.HasError() {
		return
	}
	response.Diagnostics.Append(response.State.Set(ctx, &model)...)
}

// load reads the model within its timeout.
func (d *dataSource[M]) load(ctx context.Context, model *M) diag.Diagnostics {
	timeout, diags := (*model).readTimeout(ctx)
	if timeout <= 0 {
		diags.AddAttributeError(path.Root("timeouts").AtName("read"), "Invalid value",
			fmt.Sprintf("timeouts.read must be a duration greater than 0s, such as 10m: it is %s.", timeout))
	}
	if unknown := d.session.unknown; unknown != nil {
		diags.Append(unknownConfiguration(unknown))
	}
	if diags.HasError() {
		return diags
	}
	ctx, cancel := context.WithTimeout(withClientLog(ctx, d.session.secrets), timeout)
	defer cancel()
	return append(diags, d.read(ctx, d.session, model)...)
}

func unknownConfiguration(names []string) diag.Diagnostic {
	return diag.NewErrorDiagnostic("Unknown provider configuration", fmt.Sprintf(
		"The provider must query OPA during plan, but its configuration depends on values that are known only after apply: %s.\n\n"+
			"Set them to values that are known during plan, such as variables or environment variables, or let the data source depend on the resources that create them, so that it is read during apply.",
		strings.Join(names, ", ")))
}
