package provider_test

import (
	"fmt"
	"maps"
	"runtime"
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
		"all columns":   "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n\"a\nb\",human,ACTIVE,wéb,server,root,,MFA\nx,,,y,,z,,\n",
		"extra columns": "User Name,Rule,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,Policy\nlarry,a,human,ACTIVE,web-01,server,larry,user,MFA,\nlarry,\"b\n\",human,ACTIVE,web-01,server,root,user,MFA,é\n",
		"some columns":  "User,Resource,Account,Privileges\nlarry,web-01,root,user\n",
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
	row := strings.Repeat("x", 1<<20) + ",human,ACTIVE,web-01,server,root,user,\n"
	text := "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + strings.Repeat(row, 255)
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text)}}})
	state, diags := configured(t, sim).read("opa_resource_access_report", config{"hostname": "web-01"})
	if state != nil || !strings.HasPrefix(diags, "error: Too many rows") || !strings.Contains(diags, strconv.Itoa(255)) {
		t.Error(diags)
	}
}

// The headers of extra columns are written for each row. That must not make of
// a report many times its size.
func TestLongHeadersOfManyRows(t *testing.T) {
	var text strings.Builder
	text.WriteString("User,Server,Account,Privileges,Conditions")
	for i := range 990 {
		fmt.Fprintf(&text, ",%s-%d", strings.Repeat("x", 900), i)
	}
	text.WriteString(strings.Repeat("\nlarry,web-01,root,user,"+strings.Repeat(",", 990), 3000))
	sim := opasim.Start(t, opasim.Options{Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(text.String())}}})
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	state, diags := configured(t, sim).read("opa_resource_access_report", config{"hostname": "web-01"})
	runtime.ReadMemStats(&after)
	if state != nil || !strings.Contains(diags, "error: Too many rows") {
		t.Errorf("got %.500s, want too many rows", diags)
	}
	if got, most := after.TotalAlloc-before.TotalAlloc, uint64(1<<30); got > most {
		t.Errorf("got %d MiB allocated, want at most %d MiB", got>>20, most>>20)
	}
}
