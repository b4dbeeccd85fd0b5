package provider_test

import (
	"net/http"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-framework/datasource"
	"github.com/hashicorp/terraform-plugin-framework/ephemeral"
	"github.com/hashicorp/terraform-plugin-framework/provider"
	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	opaprovider "github.com/privileged-access/terraform-provider-opa/internal/provider"
)

func TestSchemasAreValid(t *testing.T) {
	p := opaprovider.New("test")()
	var schema provider.SchemaResponse
	p.Schema(t.Context(), provider.SchemaRequest{}, &schema)
	if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
		t.Errorf("provider: got %v, want a valid schema", diags)
	}
	for _, newDataSource := range p.DataSources(t.Context()) {
		var schema datasource.SchemaResponse
		newDataSource().Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Errorf("got %v, want a valid schema", diags)
		}
		for name, attribute := range schema.Schema.Attributes {
			if name != "timeouts" && attribute.GetMarkdownDescription() == "" {
				t.Errorf("%s: got no description, want one", name)
			}
			if attribute.IsSensitive() {
				t.Errorf("%s: got a sensitive attribute, which outputs and checks cannot use, want none", name)
			}
		}
	}
	for _, newResource := range p.(provider.ProviderWithEphemeralResources).EphemeralResources(t.Context()) {
		var schema ephemeral.SchemaResponse
		resource := newResource()
		resource.Schema(t.Context(), ephemeral.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Errorf("got %v, want a valid schema", diags)
		}
		for name, attribute := range schema.Schema.Attributes {
			if name != "timeouts" && attribute.GetMarkdownDescription() == "" {
				t.Errorf("%s: got no description, want one", name)
			}
		}
		resource.(ephemeral.EphemeralResourceWithConfigValidators).ConfigValidators(t.Context()) // panics if a validator cannot be converted
	}
}

func TestConfigureMakesNoRequest(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	configured(t, sim)
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("got %d requests, want 0", n)
	}
}

// The configuration takes precedence over the environment, and the OPA_ variables
// over the OKTAPAM_ variables. In the environment, a token takes precedence over a
// key.
func TestSettingsPrecedence(t *testing.T) {
	const key, secret, team = opasim.DefaultKeyID, opasim.DefaultKeySecret, opasim.DefaultTeam
	for name, test := range map[string]struct {
		env       map[string]string
		arguments config
		usesToken bool
	}{
		"configuration only":                             {arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"environment only":                               {env: map[string]string{"OPA_TEAM": team, "OPA_KEY_ID": key, "OPA_KEY_SECRET": secret}},
		"OKTAPAM environment":                            {env: map[string]string{"OKTAPAM_TEAM": team, "OKTAPAM_KEY": key, "OKTAPAM_SECRET": secret}},
		"OPA before OKTAPAM":                             {env: map[string]string{"OPA_TEAM": team, "OKTAPAM_TEAM": "x", "OPA_KEY_ID": key, "OKTAPAM_KEY": "x", "OPA_KEY_SECRET": secret, "OKTAPAM_SECRET": "x"}},
		"configuration before environment":               {env: map[string]string{"OPA_TEAM": "x", "OPA_KEY_ID": "x", "OPA_KEY_SECRET": "x"}, arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"key ID in configuration, secret in environment": {env: map[string]string{"OPA_KEY_SECRET": secret}, arguments: config{"team": team, "key_id": key}},
		"token in environment":                           {env: map[string]string{"OPA_BEARER_TOKEN": "static-token", "OKTAPAM_KEY": "x", "OKTAPAM_SECRET": "x"}, arguments: config{"team": team}, usesToken: true},
		"token in configuration":                         {env: map[string]string{"OPA_KEY_ID": "x", "OPA_KEY_SECRET": "x"}, arguments: config{"team": team, "bearer_token": "static-token"}, usesToken: true},
		"configured key before token":                    {env: map[string]string{"OPA_BEARER_TOKEN": "x"}, arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"empty variables are unset":                      {env: map[string]string{"OPA_TEAM": "", "OKTAPAM_TEAM": team, "OPA_BEARER_TOKEN": ""}, arguments: config{"key_id": key, "key_secret": secret}},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{StaticTokens: []string{"static-token"}})
			t.Setenv("OKTAPAM_API_HOST", sim.URL)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			s := newServer(t)
			if diags := s.configure(test.arguments); diags != "" {
				t.Fatalf("got %s\nwant no diagnostics", diags)
			}
			if state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"}); diags != "" || state["row_count"] == int64(0) {
				t.Errorf("got %v rows, want more than 0 and no diagnostics\n%s", state["row_count"], diags)
			}
			if got := sim.Logins() == 0; got != test.usesToken {
				t.Errorf("got %d logins, want none: %t", sim.Logins(), test.usesToken)
			}
		})
	}
}

func TestUserAgent(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	configured(t, sim).read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
	for _, request := range sim.Requests() {
		if got, want := request.Header.Get("User-Agent"), "Terraform/1.11.4 terraform-provider-opa/test"; got != want {
			t.Errorf("%s: got User-Agent %q, want %q", request, got, want)
		}
	}
}

// If Terraform supports deferred actions, an unknown configuration defers reads
// instead of failing them.
func TestUnknownConfigurationIsDeferred(t *testing.T) {
	s := newServer(t)
	value := s.dynamic(s.schema.Provider.ValueType(), config{"key_secret": unknown{}})
	response, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: value, ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(response.Diagnostics) > 0 {
		t.Fatalf("got error %v and diagnostics %s, want none", err, diagnostics(response.Diagnostics))
	}
	read, err := s.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName:           "opa_user_access_report",
		Config:             s.dynamic(s.schema.DataSourceSchemas["opa_user_access_report"].ValueType(), config{"user_name": "larry.linuxadmin"}),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || read.Deferred == nil || len(read.Diagnostics) > 0 {
		t.Errorf("got %+v and error %v, want a deferred read without diagnostics", read, err)
	}
}

// On Ctrl-C, Terraform calls StopProvider, which cancels every read immediately.
func TestStopProviderCancelsReads(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: time.Hour})
	s := configured(t, sim)
	ended := make(chan string, 2)
	go func() {
		_, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
		ended <- diags
	}()
	go func() {
		_, diags := s.read("opa_resource_access_report", config{"hostname": "web-01"})
		ended <- diags
	}()
	for sim.Count(http.MethodPost, "/access_reports") < 2 {
		time.Sleep(time.Millisecond)
	}
	if _, err := s.StopProvider(t.Context(), &tfprotov6.StopProviderRequest{}); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		select {
		case diags := <-ended:
			if !strings.Contains(diags, "error: Canceled") {
				t.Errorf("got %s\nwant a Canceled error", diags)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("got a read that is still running, want all reads canceled by StopProvider")
		}
	}
}

// Terraform reads ten data sources concurrently in one process. They share a token,
// and reads of the same subject share the report.
func TestReadsShareATokenAndReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: 300 * time.Millisecond})
	s := configured(t, sim)
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"}); diags != "" {
				t.Errorf("got %s\nwant no diagnostics", diags)
			}
		})
	}
	wait.Wait()
	if reports := sim.Count(http.MethodPost, "/access_reports"); reports != 1 || sim.Logins() != 1 {
		t.Errorf("got %d reports and %d logins, want 1 and 1", reports, sim.Logins())
	}
}
