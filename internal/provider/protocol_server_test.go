package provider_test

import (
	"maps"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// The provider writes the same rows into a response as the framework would,
// including nulls, and does not change the rest of the response.
func TestRowsMatchFrameworkEncoding(t *testing.T) {
	for name, csv := range map[string]string{
		"all columns":   reportHeader + "larry.linuxadmin,human,ACTIVE,\"w\néb\",server,root,,MFA\nlarry.linuxadmin,,,x,,y,,\n",
		"some columns":  "User,Resource,Account,Privileges\nlarry,web-01,root,user\n",
		"extra columns": "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,Sudo Commands,日本\nlarry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,admin,MFA,ALL,\n",
		"no rows":       reportHeader,
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(csv)}}})
			columns := config{"report_columns": map[string]any{"conditions": "", "user_type": "", "user_status": "", "resource_type": ""}}
			provided := configured(t, sim, columns)
			framework := configured(t, sim, columns)
			framework.ProviderServer = providerserver.NewProtocol6(provider.New("test")())()
			framework.configure(with(credentials(sim), columns))
			arguments := config{"user_name": "larry.linuxadmin"}
			got, diags := provided.read("opa_user_access_report", arguments)
			want, wantDiags := framework.read("opa_user_access_report", arguments)
			for _, variable := range []string{"report_id", "created_at", "updated_at"} {
				delete(got, variable)
				delete(want, variable)
			}
			if diff := gocmp.Diff(want, got) + gocmp.Diff(stable(sim, wantDiags), stable(sim, diags)); diff != "" || want["rows"] == nil {
				t.Errorf("state and diagnostics (-want +got):\n%s", diff)
			}
		})
	}
}

// with returns a configuration with further arguments.
func with(arguments, further config) config {
	all := maps.Clone(arguments)
	maps.Copy(all, further)
	return all
}

// If a response has no attribute rows that is null, WithRows returns an error.
func TestWithRowsErrors(t *testing.T) {
	for name, object := range map[string]map[string]any{
		"no rows":          {"status": nil},
		"rows already set": {"rows": []any{}},
	} {
		encoded, err := msgpack.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := provider.WithRows(encoded, nil); err == nil {
			t.Errorf("%s: got %x, want an error", name, got)
		}
	}
	if got, err := provider.WithRows([]byte{0xc0}, nil); err == nil {
		t.Errorf("null: got %x, want an error", got)
	}
}

// The provider returns an error for a response that is too large for Terraform,
// because Terraform's own message does not explain the problem.
func TestTooManyRows(t *testing.T) {
	provider.SetMaxResponse(t, 1<<20)
	row := strings.Repeat("x", 4<<10) + ",human,ACTIVE,web-01,server,root,user,\n"
	csv := reportHeader + strings.Repeat(row, 300)
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(csv)}}})
	state, diags := configured(t, sim).read("opa_resource_access_report", config{"hostname": "web-01"})
	if state != nil || !strings.HasPrefix(diags, "error: Too many rows") || !strings.Contains(diags, "has 300 rows") {
		t.Errorf("got %.1000s\nwant the error Too many rows, with 300 rows", diags)
	}
}
