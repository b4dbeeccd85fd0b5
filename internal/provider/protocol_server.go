package provider

import (
	"context"
	"errors"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// NewServer returns the provider as a server of Terraform's protocol version 6.
//
// It is the framework's server, except that it writes the rows of reports into
// the responses. The framework would convert, copy and compare them many times,
// which takes most of the time of a read and a hundred times their size.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return &protocolServer{ProviderServer: providerserver.NewProtocol6(New(version)())()}
	}
}

type protocolServer struct {
	tfprotov6.ProviderServer

	filter diagnosticFilter
}

func (s *protocolServer) ReadDataSource(ctx context.Context, request *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, store := withRowStore(ctx)
	response, err := s.ProviderServer.ReadDataSource(ctx, request)
	if err == nil {
		store.insert(&response.State, &response.Diagnostics)
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) OpenEphemeralResource(
	ctx context.Context, request *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	ctx, store := withRowStore(ctx)
	response, err := s.ProviderServer.OpenEphemeralResource(ctx, request)
	if err == nil {
		store.insert(&response.Result, &response.Diagnostics)
		s.filter.redactAll(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

// rowStore stores the rows of a read outside of its model.
type rowStore struct {
	rows []accessreport.Row
	set  bool
}

type rowStoreKey struct{}

func withRowStore(ctx context.Context) (context.Context, *rowStore) {
	store := new(rowStore)
	return context.WithValue(ctx, rowStoreKey{}, store), store
}

// storeRows stores rows in the context instead of in the model. It reports
// whether it did, which is false without protocolServer.
func storeRows(ctx context.Context, rows []accessreport.Row) bool {
	store, ok := ctx.Value(rowStoreKey{}).(*rowStore)
	if ok {
		store.rows, store.set = rows, true
	}
	return ok
}

// maxResponse is slightly less than the 256 MiB that Terraform accepts in a message.
// Tests set a smaller size.
var maxResponse = 255 << 20

// insert writes the rows into the object of a response, in which they are null. A
// response that is too large for Terraform becomes an error.
func (r *rowStore) insert(object **tfprotov6.DynamicValue, diagnostics *[]*tfprotov6.Diagnostic) {
	for _, d := range *diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return
		}
	}
	if !r.set {
		return
	}
	var encoded []byte
	err := errors.New("the response has no object")
	if *object != nil {
		encoded, err = withRows((*object).MsgPack, r.rows)
	}
	d := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError}
	switch {
	case err != nil:
		d.Summary, d.Detail = "Response encoding failed", err.Error()
	case len(encoded) > maxResponse:
		d.Summary = "Too many rows"
		d.Detail = message{
			happened: say("The result has %d rows, which take more than 255 MiB. Terraform accepts at most 256 MiB from a data source.", len(r.rows)),
			advice:   "Split the users or servers across several data sources.",
		}.String()
	default:
		*object = &tfprotov6.DynamicValue{MsgPack: encoded}
		return
	}
	*object, *diagnostics = nil, append(*diagnostics, d)
}
