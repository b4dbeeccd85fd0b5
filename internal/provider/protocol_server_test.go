package provider_test

import (
	"maps"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/hashicorp/terraform-plugin-framework/providerserver"
	"github.com/vmihailenco/msgpack/v5"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// The rows that are written into the answer are those that the framework would
// have written, nulls included, and the rest of the answer is the framework's.
func TestRowsAreWrittenAsTheFrameworkDoes(t *testing.T) {
	for name, text := range map[string]string{
		"all columns":   "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\nlarry.linuxadmin,human,ACTIVE,\"w\néb\",server,root,,MFA\nlarry.linuxadmin,,,x,,y,,\n",
		"some columns":  "User,Resource,Account,Privileges\nlarry,web-01,root,user\n",
		"extra columns": "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,Sudo Commands,日本\nlarry.linuxadmin,human,ACTIVE,web-01,server,larry.linuxadmin,admin,MFA,ALL,\n",
		"no rows":       "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n",
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text)}}})
			columns := config{"report_columns": map[string]any{"conditions": "", "user_type": "", "user_status": "", "resource_type": ""}}
			ours := configured(t, sim, columns)
			plain := configured(t, sim, columns)
			plain.ProviderServer = providerserver.NewProtocol6(provider.New("test")())()
			plain.configure(with(credentials(sim), columns))
			arguments := config{"user_name": "larry.linuxadmin"}
			got, diags := ours.read("opa_user_access_report", arguments)
			want, alsoDiags := plain.read("opa_user_access_report", arguments)
			for _, differs := range []string{"report_id", "created_at", "updated_at"} {
				delete(got, differs)
				delete(want, differs)
			}
			if diff := gocmp.Diff(want, got) + gocmp.Diff(stable(sim, alsoDiags), stable(sim, diags)); diff != "" || want["rows"] == nil {
				t.Error(diff)
			}
		})
	}
}

func with(arguments, further config) config {
	maps.Copy(arguments, further)
	return arguments
}

// Rows that have no place in the answer are an error, not lost.
func TestRowsNeedAPlace(t *testing.T) {
	for name, object := range map[string]map[string]any{
		"no attribute":       {"status": nil},
		"something is there": {"rows": []any{}},
	} {
		encoded, err := msgpack.Marshal(object)
		if err != nil {
			t.Fatal(err)
		}
		if answer, err := provider.WithRows(encoded, nil); err == nil {
			t.Errorf("%s: %x", name, answer)
		}
	}
	if answer, err := provider.WithRows([]byte{0xc0}, nil); err == nil {
		t.Errorf("null: %x", answer)
	}
}

// What Terraform would refuse in words that nobody understands is refused here.
func TestTooManyRows(t *testing.T) {
	provider.SetMaxResponse(t, 1<<20)
	row := strings.Repeat("x", 4<<10) + ",human,ACTIVE,web-01,server,root,user,\n"
	text := "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + strings.Repeat(row, 255)
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text)}}})
	state, diags := configured(t, sim).read("opa_resource_access_report", config{"hostname": "web-01"})
	if state != nil || !strings.HasPrefix(diags, "error: Too many rows") || !strings.Contains(diags, strconv.Itoa(255)) {
		t.Error(diags)
	}
}
