package provider_test

import (
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"

	opaprovider "github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// Provider data of another type is an error, not a panic in the first read. Nil is
// valid: Terraform passes it before it configures the provider.
func TestConfigureChecksProviderData(t *testing.T) {
	t.Parallel()
	p := opaprovider.New("test")()
	configures := map[string]func(data any) diag.Diagnostics{}
	for _, newDataSource := range p.DataSources(t.Context()) {
		d := newDataSource().(datasource.DataSourceWithConfigure)
		var name datasource.MetadataResponse
		d.Metadata(t.Context(), datasource.MetadataRequest{ProviderTypeName: "opa"}, &name)
		configures["data source "+name.TypeName] = func(data any) diag.Diagnostics {
			var response datasource.ConfigureResponse
			d.Configure(t.Context(), datasource.ConfigureRequest{ProviderData: data}, &response)
			return response.Diagnostics
		}
	}
	for _, newResource := range p.(provider.ProviderWithEphemeralResources).EphemeralResources(t.Context()) {
		e := newResource().(ephemeral.EphemeralResourceWithConfigure)
		var name ephemeral.MetadataResponse
		e.Metadata(t.Context(), ephemeral.MetadataRequest{ProviderTypeName: "opa"}, &name)
		configures["ephemeral "+name.TypeName] = func(data any) diag.Diagnostics {
			var response ephemeral.ConfigureResponse
			e.Configure(t.Context(), ephemeral.ConfigureRequest{ProviderData: data}, &response)
			return response.Diagnostics
		}
	}
	for name, configure := range configures {
		if diags := configure(nil); len(diags) != 0 {
			t.Errorf("%s: no data: got %v, want no diagnostics", name, diags)
		}
		for _, data := range []any{"a string", 1, struct{}{}, configures} {
			diags := configure(data)
			if len(diags) != 1 || diags[0].Summary() != "Unexpected provider data" || !strings.Contains(diags[0].Detail(), "bug in the provider") {
				t.Errorf("%s: %T: got %v, want one error", name, data, diags)
			}
		}
	}
}
