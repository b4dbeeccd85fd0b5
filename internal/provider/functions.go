package provider

import (
	"context"

	"github.com/hashicorp/terraform-plugin-framework/function"
	"github.com/hashicorp/terraform-plugin-framework/provider"
)

var _ provider.ProviderWithFunctions = (*opaProvider)(nil)

// Functions returns the functions, one file each. They do not need a
// configuration or a network.
func (p *opaProvider) Functions(context.Context) []func() function.Function {
	return []func() function.Function{
		func() function.Function { return reportDecodeFunction{} },
		func() function.Function { return reportEncodeFunction{} },
		func() function.Function { return reportDiffFunction{} },
		func() function.Function { return reportMarkdownFunction{} },
		func() function.Function { return reportHTMLFunction{} },
	}
}
