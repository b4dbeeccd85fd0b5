package provider

import (
	"bytes"
	"context"
	"errors"
	"fmt"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// NewServer gives the provider as a server of Terraform's protocol, version 6.
//
// It is the framework's server, but for the rows of reports: those are written
// into its answers here. As values of the framework they are converted, copied
// and compared again and again on their way, which is most of the time of a read
// and a hundred times their size.
func NewServer(version string) func() tfprotov6.ProviderServer {
	return func() tfprotov6.ProviderServer {
		return &protocolServer{ProviderServer: providerserver.NewProtocol6(New(version)())()}
	}
}

type protocolServer struct {
	tfprotov6.ProviderServer

	check lastCheck
}

func (s *protocolServer) ReadDataSource(ctx context.Context, request *tfprotov6.ReadDataSourceRequest) (*tfprotov6.ReadDataSourceResponse, error) {
	ctx, aside := withRowsAside(ctx)
	response, err := s.ProviderServer.ReadDataSource(ctx, request)
	if err == nil {
		aside.insert(&response.State, &response.Diagnostics)
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

func (s *protocolServer) OpenEphemeralResource(
	ctx context.Context, request *tfprotov6.OpenEphemeralResourceRequest,
) (*tfprotov6.OpenEphemeralResourceResponse, error) {
	ctx, aside := withRowsAside(ctx)
	response, err := s.ProviderServer.OpenEphemeralResource(ctx, request)
	if err == nil {
		aside.insert(&response.Result, &response.Diagnostics)
		s.check.diagnostics(response.Diagnostics)
	}
	return response, err //nolint:wrapcheck // it is the framework's
}

// rowsAside are the rows of a read that are kept out of its model.
type rowsAside struct {
	rows []accessreport.Row
	kept bool
}

type rowsAsideKey struct{}

func withRowsAside(ctx context.Context) (context.Context, *rowsAside) {
	aside := new(rowsAside)
	return context.WithValue(ctx, rowsAsideKey{}, aside), aside
}

// keepRowsAside keeps rows out of the model under a context, and says whether
// that can be: elsewhere than under protocolServer it cannot.
func keepRowsAside(ctx context.Context, rows []accessreport.Row) bool {
	aside, ok := ctx.Value(rowsAsideKey{}).(*rowsAside)
	if ok {
		aside.rows, aside.kept = rows, true
	}
	return ok
}

// maxAnswer is a little less than the 256 MiB that Terraform takes in a message.
const maxAnswer = 255 << 20

// insert writes the rows into an answer's object, in which they are null so far.
// An answer that Terraform would refuse becomes an error that says so.
func (a *rowsAside) insert(object **tfprotov6.DynamicValue, diagnostics *[]*tfprotov6.Diagnostic) {
	for _, d := range *diagnostics {
		if d.Severity == tfprotov6.DiagnosticSeverityError {
			return
		}
	}
	if !a.kept {
		return
	}
	var answer []byte
	err := errors.New("the response has no object")
	if *object != nil {
		answer, err = withRows((*object).MsgPack, a.rows)
	}
	d := &tfprotov6.Diagnostic{Severity: tfprotov6.DiagnosticSeverityError}
	switch {
	case err != nil:
		d.Summary, d.Detail = "Response encoding failed", err.Error()
	case len(answer) > maxAnswer:
		d.Summary = "Too many rows"
		d.Detail = message{
			happened: say("The result has %d rows, which take more than 255 MiB. Terraform accepts at most 256 MiB from a data source.", len(a.rows)),
			advice:   "Split the users or servers across several data sources.",
		}.String()
	default:
		*object = &tfprotov6.DynamicValue{MsgPack: answer}
		return
	}
	*object, *diagnostics = nil, append(*diagnostics, d)
}

// withRows gives an object, in MessagePack as Terraform's protocol has it, with
// rows in the place of its attribute of that name.
func withRows(object []byte, rows []accessreport.Row) ([]byte, error) {
	in := msgpack.NewDecoder(bytes.NewReader(object))
	n, err := in.DecodeMapLen()
	if err != nil {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	places := 0
	var out bytes.Buffer
	out.Grow(min(len(object)+len(rows)*bytesOfRow, maxAnswer))
	w := rowWriter{Encoder: msgpack.NewEncoder(&out), out: &out}
	w.note(w.EncodeMapLen(n))
	for range n {
		name, err := in.DecodeString()
		if err != nil {
			return nil, fmt.Errorf("reading an object: %w", err)
		}
		value, err := in.DecodeRaw()
		if err != nil {
			return nil, fmt.Errorf("reading an object: %w", err)
		}
		w.note(w.EncodeString(name))
		if name == "rows" && len(value) == 1 && value[0] == msgpackNil {
			places++
			w.rows(rows)
		} else {
			w.note(w.Encode(value))
		}
	}
	switch {
	case w.failure != nil:
		return nil, fmt.Errorf("writing an object: %w", w.failure)
	case places != 1:
		return nil, errors.New("the response has no null attribute rows")
	}
	return out.Bytes(), nil
}

// msgpackNil is null in MessagePack.
const msgpackNil = 0xc0

// bytesOfRow is how long a row may well be, with the names of its attributes.
const bytesOfRow = 350

// rowWriter writes rows, and keeps the first failure.
type rowWriter struct {
	*msgpack.Encoder
	out     *bytes.Buffer
	failure error
}

func (w *rowWriter) note(err error) {
	if w.failure == nil {
		w.failure = err
	}
}

func (w *rowWriter) rows(rows []accessreport.Row) {
	w.note(w.EncodeArrayLen(len(rows)))
	for i := range rows {
		if w.out.Len() > maxAnswer {
			return // insert refuses what is too large
		}
		w.row(&rows[i])
	}
}

func (w *rowWriter) row(row *accessreport.Row) {
	w.note(w.EncodeMapLen(len(rowTexts) + len(rowFlags) + 1))
	for _, text := range rowTexts {
		w.note(w.EncodeString(text.column.String()))
		if row.Lacks.Has(text.column) {
			w.note(w.EncodeNil())
		} else {
			w.note(w.EncodeString(row.Cell(text.column)))
		}
	}
	for _, flag := range rowFlags {
		w.note(w.EncodeString(flag.name))
		if flag.null(row) {
			w.note(w.EncodeNil())
		} else {
			w.note(w.EncodeBool(flag.value(row)))
		}
	}
	w.note(w.EncodeString(extraName))
	if row.Extra == (accessreport.Extra{}) {
		w.note(w.EncodeNil())
		return
	}
	w.note(w.EncodeMapLen(row.Extra.Len()))
	for name, cell := range row.Extra.All() {
		w.note(w.EncodeString(name))
		w.note(w.EncodeString(cell))
	}
}
