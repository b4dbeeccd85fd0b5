package provider_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// pairToCheck are the arguments of opa_tenant_check in the default world.
var pairToCheck = config{"user_name": "larry.linuxadmin", "hostname": "web-01"}

// profileOf returns the profile of a simulated tenant.
func profileOf(t *testing.T, options opasim.Options, arguments, settings config) string {
	t.Helper()
	sim := opasim.Start(t, options)
	state, diags := configured(t, sim, settings).read("opa_tenant_check", arguments)
	if state == nil || diags != "" {
		t.Fatalf("got %s\nwant a profile and no diagnostics", diags)
	}
	checkContract(t, sim)
	return state["profile"].(string)
}

// replayed returns the options of a tenant that replays a profile.
func replayed(t *testing.T, profile string) opasim.Options {
	t.Helper()
	p, err := opasim.ParseProfile([]byte(profile))
	if err != nil {
		t.Fatal(err)
	}
	return opasim.Options{Profile: p}
}

// tenant is a simulated tenant to profile.
type tenant struct {
	opasim.Options

	arguments config // in place of pairToCheck
	settings  config // of the provider
}

// profiledTenants returns the tenants of [dialects], and others with other limits,
// failures and timing.
func profiledTenants(t *testing.T) map[string]tenant {
	t.Helper()
	tenants := map[string]tenant{}
	for name, options := range dialects(t) {
		tenants["dialect "+name] = tenant{Options: options}
	}
	maps.Copy(tenants, tenantsWithOtherTexts())
	maps.Copy(tenants, tenantsWithOtherObjects())
	maps.Copy(tenants, tenantsWithOtherTiming())
	maps.Copy(tenants, failingTenants())
	maps.Copy(tenants, contradictingTenants())
	maps.Copy(tenants, emptyTenants())
	return tenants
}

func tenantsWithOtherTexts() map[string]tenant {
	withCSV := func(csv opasim.CSV) tenant { return tenant{Options: opasim.Options{CSV: csv}} }
	texts := func(joiner, gateway, recording, approval, mfa string) tenant {
		return withCSV(opasim.CSV{ConditionJoiner: joiner, ConditionText: map[string]string{
			opasim.ConditionGateway: gateway, opasim.ConditionRecording: recording, opasim.ConditionApproval: approval, opasim.ConditionMFA: mfa,
		}})
	}
	tenants := map[string]tenant{
		"German header": withCSV(opasim.CSV{Header: map[opasim.Column]string{
			opasim.ColumnUserName: "Benutzer", opasim.ColumnUserType: "Art", opasim.ColumnUserStatus: "Zustand", opasim.ColumnResourceName: "Rechner",
			opasim.ColumnResourceType: "Sorte", opasim.ColumnAccount: "Konto", opasim.ColumnPrivileges: "Rechte", opasim.ColumnConditions: "Auflagen für Zugänge",
		}}),
		"partly unknown header": withCSV(opasim.CSV{Header: map[opasim.Column]string{opasim.ColumnUserType: "Benutzertyp", opasim.ColumnConditions: "Bedingungen"}}),
		"delimiter |":           withCSV(opasim.CSV{Delimiter: '|'}),
		"delimiter ^":           withCSV(opasim.CSV{Delimiter: '^'}),
		"no header, semicolon":  withCSV(opasim.CSV{NoHeader: true, Delimiter: ';', QuoteAll: true}),
		"no header, more columns": withCSV(opasim.CSV{NoHeader: true, Extra: []opasim.Column{
			opasim.ColumnUserID, opasim.ColumnPolicy,
		}}),
		"one cell more": withCSV(opasim.CSV{ExtraCell: true}),
		"repeated columns": withCSV(opasim.CSV{
			Header: map[opasim.Column]string{opasim.ColumnUserID: "Notes", opasim.ColumnPolicy: "Notes"},
			Extra:  []opasim.Column{opasim.ColumnUserID, opasim.ColumnPolicy},
		}),
		"few columns": withCSV(opasim.CSV{
			UserColumns:     []opasim.Column{opasim.ColumnAccount, opasim.ColumnUserName, opasim.ColumnResourceName, opasim.ColumnPrivileges},
			ResourceColumns: []opasim.Column{opasim.ColumnUserName, opasim.ColumnResourceName, opasim.ColumnPrivileges, opasim.ColumnAccount, opasim.ColumnConditions},
		}),
		"JSON string":           withCSV(opasim.CSV{JSONString: true, ContentType: "application/json"}),
		"UTF-16":                withCSV(opasim.CSV{Charset: "utf-16"}),
		"UTF-16, BOM":           withCSV(opasim.CSV{Charset: "utf-16", BOM: true}),
		"CR":                    withCSV(opasim.CSV{CR: true}),
		"upper and digits":      texts(", ", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", "FIDO2"),
		"title and digits":      texts(", ", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", "Level3 Fido2"),
		"mixed and digits":      texts(", ", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", "OAth2 or 2Fx"),
		"Windows-1252":          withCSV(opasim.CSV{Charset: "windows-1252", CRLF: true}),
		"UTF-8":                 withCSV(opasim.CSV{Charset: "utf-8"}),
		"mixed line ends":       withCSV(opasim.CSV{MixedLineEnds: true}),
		"some quotes":           withCSV(opasim.CSV{QuoteSome: true, ConditionJoiner: " + "}),
		"sorted":                withCSV(opasim.CSV{Order: opasim.RowsSorted}),
		"reversed":              withCSV(opasim.CSV{Order: opasim.RowsReversed}),
		"other words":           withCSV(opasim.CSV{Words: map[opasim.Column]map[string]string{opasim.ColumnUserType: {"human": "Human", "service": "SERVICE"}, opasim.ColumnPrivileges: {"admin": "Admin"}, opasim.ColumnUserStatus: {"active": "Active"}, opasim.ColumnResourceType: {"server": "Server"}}}),
		"conditions by line":    texts("\n", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", "MFA"),
		"conditions with words": texts(" and ", "Requires Gateway", "Session recording", "Access request", "Multi-factor authentication"),
		"unknown conditions":    texts("; ", "Torwächter", "Torwächter mit Aufzeichnung", "Freigabe", "Zweitfaktor"),
		"a very long word":      texts(", ", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", strings.Repeat("z", 1001)),
		"unknown MFA":           texts(" | ", "Okta Gateway", "Okta Gateway with Session Recording", "Approval", "Zweitfaktor"),
	}
	for name, arguments := range map[string]config{
		"two":      {"user_name": "larry.linuxadmin", "hostname": "web-01"},
		"a reader": {"user_name": "rené.reader", "hostname": "web-01"},
		"services": {"user_name": "ci-deployer", "hostname": "web-02"},
		"windows":  {"user_name": "wanda.windowsadmin", "hostname": "win-01"},
	} {
		unknown := texts("; ", "Torwächter", "Torwächter mit Aufzeichnung", "Freigabe", "Zweitfaktor")
		unknown.Past, unknown.arguments = past(), arguments
		tenants["unknown conditions and old reports of "+name] = unknown
	}
	maps.Copy(tenants, tenantsWithMixedTexts())
	return tenants
}

// tenantsWithMixedTexts returns tenants with known and unknown texts for the same access.
func tenantsWithMixedTexts() map[string]tenant {
	edited := func(edit func(*opasim.Row)) tenant {
		return tenant{Options: opasim.Options{CSV: opasim.CSV{Edit: func(r opasim.Row) opasim.Row {
			edit(&r)
			return r
		}}}}
	}
	onWeb01 := func(r *opasim.Row) bool { return r.ResourceName == "web-01" }
	return map[string]tenant{
		"known and unknown texts": edited(func(r *opasim.Row) {
			switch {
			case onWeb01(r) && r.Conditions == "Okta Gateway, Approval, MFA" && r.UserName == "rené.reader":
				r.Conditions = "Okta Gateway, Approval, Vault Key"
			case onWeb01(r) && r.Conditions == "MFA":
				r.Conditions, r.Privileges = "MFA unless on VPN", "superuser"
			case onWeb01(r) && r.Account == "root":
				r.UserStatus, r.Privileges = "Suspended", "user (vaulted)"
			}
		}),
		"many unknown texts": edited(func(r *opasim.Row) {
			r.Conditions = strings.TrimPrefix(r.Conditions+", "+strings.Repeat("x", len(r.Account+r.ResourceName)), ", ")
			r.Privileges += " " + strings.Repeat("y", len(r.ResourceName))
		}),
		"unknown texts of one user": edited(func(r *opasim.Row) {
			if r.UserName == "rené.reader" {
				r.UserType, r.Privileges, r.Conditions = "guest", "reader", "Okta Gateway, Break Glass"
			}
		}),
		"unknown texts of other servers": edited(func(r *opasim.Row) {
			if !onWeb01(r) {
				r.ResourceType, r.Privileges, r.Conditions = "appliance", "Admin", "Okta Gateway, Break Glass"
			}
		}),
		"unknown privileges": edited(func(r *opasim.Row) {
			r.Privileges = map[string]string{"user": "Anmelden", "admin": "Verwalten"}[r.Privileges]
			r.UserType = map[string]string{"human": "Mensch", "service": "service"}[r.UserType]
		}),
		"lists of privileges": edited(func(r *opasim.Row) {
			if r.Privileges == "admin" {
				r.Privileges = "user, Admin"
			}
		}),
		"fewer conditions than access": edited(func(r *opasim.Row) {
			if r.Conditions != "" {
				r.Conditions = "Approval"
			}
		}),
		"other conditions": edited(func(r *opasim.Row) {
			if onWeb01(r) {
				r.Conditions = map[string]string{"user": "Approval, MFA", "admin": "Session recording"}[r.Privileges]
			}
		}),
	}
}

// contradictingTenants returns tenants whose reports on users and on resources differ about
// the same access.
func contradictingTenants() map[string]tenant {
	omitting := func(omit func(kind string, row opasim.Row) bool) tenant {
		return tenant{Options: opasim.Options{OmitRow: func(kind, _ string, _ int, row opasim.Row) bool { return omit(kind, row) }}}
	}
	return map[string]tenant{
		"no root in resource reports": omitting(func(kind string, row opasim.Row) bool { return kind == "resource" && row.Account == "root" }),
		"no root in user reports":     omitting(func(kind string, row opasim.Row) bool { return kind == "user" && row.Account == "root" }),
		"each without other rows": omitting(func(kind string, row opasim.Row) bool {
			return kind == "user" && row.Account == "root" || kind == "resource" && row.Conditions == "MFA"
		}),
		"no user in resource reports": omitting(func(kind string, row opasim.Row) bool {
			return kind == "resource" && row.UserName == "larry.linuxadmin"
		}),
		"other conditions in resource reports": {Options: opasim.Options{ResourceCSV: &opasim.CSV{Edit: func(r opasim.Row) opasim.Row {
			if r.Conditions == "MFA" {
				r.Conditions = ""
			}
			return r
		}}}},
	}
}

// emptyTenants returns tenants whose reports have no rows, although there is access.
func emptyTenants() map[string]tenant {
	noRows := func(kinds ...string) func(kind, _ string, _ int, _ opasim.Row) bool {
		return func(kind, _ string, _ int, _ opasim.Row) bool { return slices.Contains(kinds, kind) }
	}
	users := opasim.DefaultWorld().Users()
	return map[string]tenant{
		"every report is empty":           {Options: opasim.Options{OmitRow: noRows("user", "resource"), Generation: 500 * time.Millisecond}},
		"every report has a header only":  {Options: opasim.Options{OmitRow: noRows("user", "resource"), FinalStatus: always(opasim.StatusCompleted)}},
		"user reports are empty":          {Options: opasim.Options{OmitRow: noRows("user")}},
		"resource reports have no rows":   {Options: opasim.Options{OmitRow: noRows("resource"), FinalStatus: always(opasim.StatusCompleted)}},
		"reports on servers have no rows": {Options: opasim.Options{OmitRow: noRows("resource")}, arguments: config{"user_name": "larry.linuxadmin", "hostname": "island-01"}},
		"user reports fail, others are empty": {Options: opasim.Options{OmitRow: noRows("resource"), FinalStatus: func(id string, _ int) string {
			if slices.ContainsFunc(users, func(u *opasim.User) bool { return u.ID == id }) {
				return opasim.StatusError
			}
			return ""
		}}},
	}
}

func tenantsWithOtherObjects() map[string]tenant {
	return map[string]tenant{
		"no count":             {Options: opasim.Options{NoCount: true}},
		"missing details":      {Options: opasim.Options{NoReportDetails: true}},
		"partial list":         {Options: opasim.Options{ListPartialReports: true}},
		"null created_at":      {Options: opasim.Options{NullCreatedAt: true, Generation: 500 * time.Millisecond}},
		"zero deleted_at":      {Options: opasim.Options{ZeroDeletedAt: true}},
		"oldest first":         {Options: opasim.Options{ListOrder: opasim.OldestFirst, Past: past()}},
		"newest first":         {Options: opasim.Options{ListOrder: opasim.NewestFirst, Past: past()}},
		"unordered":            {Options: opasim.Options{ListOrder: opasim.Unordered, Past: past()}},
		"nested pages":         {Options: opasim.Options{NestedList: true, PageSize: 3, Past: past()}},
		"list lag":             {Options: opasim.Options{ListLag: time.Hour}},
		"user by ID":           {arguments: config{"user_id": opasim.DefaultWorld().User("larry.linuxadmin").ID, "resource_id": opasim.DefaultWorld().Servers("web-01")[0].ID}},
		"no canonical name":    {arguments: config{"user_name": "paula+pager@example.com", "hostname": "Metrics-01"}},
		"duplicate hostname":   {arguments: config{"user_name": "ci-deployer", "canonical_name": "app-01.storefront.example.com"}},
		"no access":            {arguments: config{"user_name": "neil.newcomer", "hostname": "island-01"}},
		"empty text":           {Options: opasim.Options{FinalStatus: always(opasim.StatusCompleted)}, arguments: config{"user_name": "neil.newcomer", "hostname": "island-01"}},
		"generated world":      {Options: opasim.Options{World: opasim.GenerateWorld(210, 3)}, arguments: config{"user_name": "user-0001", "hostname": "server-0001"}},
		"bearer token":         {Options: opasim.Options{StaticTokens: []string{"a-ready-token"}}, settings: config{"bearer_token": "a-ready-token", "key_id": nil, "key_secret": nil}},
		"workload":             {Options: opasim.Options{WorkloadConnection: opasim.SimulatedConnection}, settings: config{"workload_identity": map[string]any{"connection": opasim.SimulatedConnection, "jwt": opasim.DefaultWorkloadJWT}, "key_id": nil, "key_secret": nil}},
		"unknown user":         {arguments: config{"user_name": "nobody", "hostname": "web-01"}},
		"unknown server":       {arguments: config{"user_name": "larry.linuxadmin", "hostname": "nothing-01"}},
		"filters ignored":      {Options: opasim.Options{IgnoreServerFilters: true}},
		"other framing":        {Options: opasim.Options{Faults: []opasim.Fault{{Framing: opasim.FramingChunked, Path: "*"}}}},
		"other headers":        {Options: opasim.Options{Faults: []opasim.Fault{{Path: "*", Header: http.Header{"X-Okta-Request-Id": {"r"}, "X-Frame-Options": {"DENY"}, "X-Tenant-Zone": {"z"}, "Vary": {"Accept"}}}}}},
		"media type of errors": {Options: opasim.Options{NotReadyStatus: 404, Generation: time.Second, Faults: []opasim.Fault{{Path: "*", Header: http.Header{"Content-Type": {"application/json; charset=utf-8"}}}}}},
	}
}

func always(status string) func(string, int) string {
	return func(string, int) string { return status }
}

func past() []opasim.Past {
	return []opasim.Past{{World: opasim.DefaultWorld(), Age: 48 * time.Hour}}
}

func tenantsWithOtherTiming() map[string]tenant {
	tenants := map[string]tenant{
		"3 seconds":             {Options: opasim.Options{Generation: 3 * time.Second}},
		"clock ahead":           {Options: opasim.Options{ClockSkew: 10 * time.Minute}},
		"clock behind":          {Options: opasim.Options{ClockSkew: -200 * time.Second}},
		"clock a bit ahead":     {Options: opasim.Options{ClockSkew: 5900 * time.Millisecond}},
		"clock a bit behind":    {Options: opasim.Options{ClockSkew: -5900 * time.Millisecond}},
		"report a bit ahead":    {Options: opasim.Options{DatabaseSkew: 5900 * time.Millisecond}},
		"report a bit behind":   {Options: opasim.Options{DatabaseSkew: -5900 * time.Millisecond}},
		"report clock ahead":    {Options: opasim.Options{DatabaseSkew: 90 * time.Second}},
		"report clock behind":   {Options: opasim.Options{DatabaseSkew: -40 * time.Second}},
		"token lifetime":        {Options: opasim.Options{TokenLifetime: 10 * time.Minute}},
		"rate limit":            {Options: opasim.Options{RateLimit: opasim.RateLimit{PerSecond: 100, Burst: 300}}},
		"created with 200":      {Options: opasim.Options{CreateStatus: 200}},
		"created with 202":      {Options: opasim.Options{CreateStatus: 202, Generation: time.Second}},
		"unknown first status":  {Options: opasim.Options{FirstStatus: "QUEUED", Generation: time.Second}},
		"unknown second status": {Options: opasim.Options{SecondStatus: "RUNNING", Generation: time.Second}},
		"early CSV":             {Options: opasim.Options{NotReadyCSV: true, Generation: time.Second}},
		"refused once": {Options: opasim.Options{Faults: []opasim.Fault{
			{Path: "/all_servers", Times: 1, Status: 429, Header: http.Header{"Retry-After": {"1"}}},
			{Path: "/access_reports/{id}", Times: 1, Status: 404},
			{Path: "/access_reports/{id}/report", Times: 1, Status: 409},
		}}},
	}
	for _, status := range []int{200, 204, 403, 404, 409, 425} {
		tenants["early "+http.StatusText(status)] = tenant{Options: opasim.Options{NotReadyStatus: status, Generation: time.Second}}
	}
	for _, status := range []int{200, 204, 409} { // the report is complete when it is read for the first time
		tenants["early, then complete "+http.StatusText(status)] = tenant{Options: opasim.Options{NotReadyStatus: status, Generation: 300 * time.Millisecond}}
	}
	tenants["early page, then complete"] = tenant{Options: opasim.Options{Generation: 300 * time.Millisecond, Faults: []opasim.Fault{
		{Path: "/access_reports/{id}/report", Times: 1, Status: 200, Header: http.Header{"Content-Type": {"text/html; charset=utf-8"}}, Body: []byte(proxyPage)},
	}}}
	tenants["early and empty"] = tenant{Options: opasim.Options{Generation: 2 * time.Second, Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Times: 1, Status: 200, Body: []byte{}}}}}
	return tenants
}

const proxyPage = "<!DOCTYPE html><title>Sign in to the proxy of Example Inc.</title>"

func failingTenants() map[string]tenant {
	with := func(faults ...opasim.Fault) tenant { return tenant{Options: opasim.Options{Faults: faults}} }
	html := http.Header{"Content-Type": {"text/html; charset=utf-8"}}
	return map[string]tenant{
		"wrong key":       {settings: config{"key_secret": "another-key-secret"}},
		"missing role":    {Options: opasim.Options{MissingRole: true}},
		"page of a proxy": with(opasim.Fault{Path: "*", Status: 200, Header: html, Body: []byte(proxyPage)}),
		"page for users":  with(opasim.Fault{Path: "*users*", Status: 403, Header: html, Body: []byte(proxyPage)}),
		"redirects":       with(opasim.Fault{Path: "*", Redirect: "https://login.example.com/"}),
		"refused, then denied": with(
			opasim.Fault{Path: "/groups", Times: 1, Status: 429, Header: http.Header{"Retry-After": {"0"}}},
			opasim.Fault{Path: "/groups", Nth: 1, Status: 401},
		),
		"reports forbidden":  with(opasim.Fault{Method: "POST", Path: "/access_reports", Status: 403}),
		"download fails":     with(opasim.Fault{Path: "/access_reports/{id}/report", Status: 403}),
		"download is empty":  with(opasim.Fault{Path: "/access_reports/{id}/report", Status: 200, Body: []byte{}}),
		"download is a page": with(opasim.Fault{Path: "/access_reports/{id}/report", Status: 200, Header: html, Body: []byte(proxyPage)}),
		"every download is JSON": {Options: opasim.Options{Generation: 500 * time.Millisecond, Faults: []opasim.Fault{
			{Path: "/access_reports/{id}/report", Status: 200, Header: http.Header{"Content-Type": {"application/octet-stream"}}, Body: []byte(`{"code":1,"message":"x"}`)},
		}}},
		"every download is refused": {Options: opasim.Options{Generation: 500 * time.Millisecond, Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 403}}}},
		"every download conflicts":  {Options: opasim.Options{Generation: 500 * time.Millisecond, Faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 409}}}, arguments: withTimeout(pairToCheck)},
		"early and late downloads conflict": {Options: opasim.Options{Generation: 500 * time.Millisecond, Faults: []opasim.Fault{
			{Path: "/access_reports/{id}/report", Times: 2, Status: 409},
			{Path: "/access_reports/{id}/report", Times: 1, Status: 503, Nth: 3},
		}}},
		"other list":          with(opasim.Fault{Path: "/groups", Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"groups":[{"id":"x"}],"total":1}`)}),
		"list is null":        with(opasim.Fault{Path: "/groups", Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{"list":null}`)}),
		"no lists":            with(opasim.Fault{Path: "/groups", Status: 200, Header: http.Header{"Content-Type": {"application/json"}}, Body: []byte(`{}`)}),
		"other error":         with(opasim.Fault{Path: "/groups", Status: 404, Body: []byte(`{"error":"x","error_cause":[{"error":"y","location":"z"}]}`)}),
		"reports fail":        {Options: opasim.Options{FinalStatus: always(opasim.StatusError), Generation: time.Second}},
		"reports end unknown": {Options: opasim.Options{FinalStatus: always("ON HOLD")}, arguments: withTimeout(pairToCheck)},
		"reports never end":   {Options: opasim.Options{Generation: time.Hour}, arguments: withTimeout(pairToCheck)},
	}
}

// withTimeout returns arguments with a short timeout.
func withTimeout(arguments config) config {
	return with(arguments, config{"timeouts": map[string]any{"read": "2s"}})
}

// The profile of a tenant that replays a profile is the same profile.
func TestReplayedProfileEqualsItself(t *testing.T) {
	t.Parallel()
	for name, tenant := range profiledTenants(t) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			arguments := tenant.arguments
			if arguments == nil {
				arguments = pairToCheck
			}
			want := profileOf(t, tenant.Options, arguments, tenant.settings)
			options := replayed(t, want)
			options.World, options.StaticTokens = tenant.World, tenant.StaticTokens
			got := profileOf(t, options, arguments, tenant.settings)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		})
	}
}
