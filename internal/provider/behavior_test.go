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
		t.Error(diags)
	}
	for _, newDataSource := range p.DataSources(t.Context()) {
		var schema datasource.SchemaResponse
		newDataSource().Schema(t.Context(), datasource.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Error(diags)
		}
		for name, attribute := range schema.Schema.Attributes {
			if name != "timeouts" && attribute.GetMarkdownDescription() == "" {
				t.Errorf("%s is not described", name)
			}
			if attribute.IsSensitive() {
				t.Errorf("%s is sensitive, which makes outputs and checks unusable", name)
			}
		}
	}
	for _, newResource := range p.(provider.ProviderWithEphemeralResources).EphemeralResources(t.Context()) {
		var schema ephemeral.SchemaResponse
		resource := newResource()
		resource.Schema(t.Context(), ephemeral.SchemaRequest{}, &schema)
		if diags := schema.Schema.ValidateImplementation(t.Context()); diags.HasError() {
			t.Error(diags)
		}
		for name, attribute := range schema.Schema.Attributes {
			if name != "timeouts" && attribute.GetMarkdownDescription() == "" {
				t.Errorf("%s is not described", name)
			}
		}
		resource.(ephemeral.EphemeralResourceWithConfigValidators).ConfigValidators(t.Context()) // panics on one that cannot serve
	}
}

func TestConfigureMakesNoRequest(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	configured(t, sim)
	if n := len(sim.Requests()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// What is in the configuration beats the environment; OPA's variables beat
// those of Okta's own provider; within either, a token beats a key.
func TestSettingsPrecedence(t *testing.T) {
	const key, secret, team = opasim.DefaultKeyID, opasim.DefaultKeySecret, opasim.DefaultTeam
	for name, test := range map[string]struct {
		env       map[string]string
		arguments config
		byToken   bool
	}{
		"configuration alone":             {arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"environment alone":               {env: map[string]string{"OPA_TEAM": team, "OPA_KEY_ID": key, "OPA_KEY_SECRET": secret}},
		"oktapam's environment":           {env: map[string]string{"OKTAPAM_TEAM": team, "OKTAPAM_KEY": key, "OKTAPAM_SECRET": secret}},
		"ours before oktapam's":           {env: map[string]string{"OPA_TEAM": team, "OKTAPAM_TEAM": "x", "OPA_KEY_ID": key, "OKTAPAM_KEY": "x", "OPA_KEY_SECRET": secret, "OKTAPAM_SECRET": "x"}},
		"configuration before all":        {env: map[string]string{"OPA_TEAM": "x", "OPA_KEY_ID": "x", "OPA_KEY_SECRET": "x"}, arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"id here, secret there":           {env: map[string]string{"OPA_KEY_SECRET": secret}, arguments: config{"team": team, "key_id": key}},
		"a token in the environment":      {env: map[string]string{"OPA_BEARER_TOKEN": "a-ready-token", "OKTAPAM_KEY": "x", "OKTAPAM_SECRET": "x"}, arguments: config{"team": team}, byToken: true},
		"a token in the configuration":    {env: map[string]string{"OPA_KEY_ID": "x", "OPA_KEY_SECRET": "x"}, arguments: config{"team": team, "bearer_token": "a-ready-token"}, byToken: true},
		"a configured key before a token": {env: map[string]string{"OPA_BEARER_TOKEN": "x"}, arguments: config{"team": team, "key_id": key, "key_secret": secret}},
		"an empty variable is none":       {env: map[string]string{"OPA_TEAM": "", "OKTAPAM_TEAM": team, "OPA_BEARER_TOKEN": ""}, arguments: config{"key_id": key, "key_secret": secret}},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, opasim.Options{StaticTokens: []string{"a-ready-token"}})
			t.Setenv("OKTAPAM_API_HOST", sim.URL)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			s := newServer(t)
			if diags := s.configure(test.arguments); diags != "" {
				t.Fatal(diags)
			}
			if state, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"}); diags != "" || state["row_count"] == int64(0) {
				t.Errorf("%v %s", state["row_count"], diags)
			}
			if byToken := sim.Logins() == 0; byToken != test.byToken {
				t.Errorf("%d logins", sim.Logins())
			}
		})
	}
}

func TestUserAgent(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	configured(t, sim).read("opa_user_access_report", config{"user_name": "larry.linuxadmin"})
	for _, request := range sim.Requests() {
		if got := request.Header.Get("User-Agent"); got != "Terraform/1.11.4 terraform-provider-opa/test" {
			t.Errorf("%s: %s", request, got)
		}
	}
}

// Where Terraform can defer what it cannot know, nothing is asked and nothing
// is an error.
func TestUnknownConfigurationIsDeferred(t *testing.T) {
	s := newServer(t)
	value := s.dynamic(s.schema.Provider.ValueType(), config{"key_secret": unknown{}})
	response, err := s.ConfigureProvider(t.Context(), &tfprotov6.ConfigureProviderRequest{
		Config: value, ClientCapabilities: &tfprotov6.ConfigureProviderClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || len(response.Diagnostics) > 0 {
		t.Fatal(err, diagnostics(response.Diagnostics))
	}
	read, err := s.ReadDataSource(t.Context(), &tfprotov6.ReadDataSourceRequest{
		TypeName:           "opa_user_access_report",
		Config:             s.dynamic(s.schema.DataSourceSchemas["opa_user_access_report"].ValueType(), config{"user_name": "larry.linuxadmin"}),
		ClientCapabilities: &tfprotov6.ReadDataSourceClientCapabilities{DeferralAllowed: true},
	})
	if err != nil || read.Deferred == nil || len(read.Diagnostics) > 0 {
		t.Errorf("%v, %+v", err, read)
	}
}

// Ctrl-C reaches the provider as StopProvider: every read ends at once.
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
				t.Error(diags)
			}
		case <-time.After(10 * time.Second):
			t.Fatal("a read goes on after StopProvider")
		}
	}
}

// Terraform reads ten data sources at a time in one process: they share a token,
// and those that ask for the same share the report.
func TestReadsShareATokenAndReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Generation: 300 * time.Millisecond})
	s := configured(t, sim)
	var wait sync.WaitGroup
	for range 10 {
		wait.Go(func() {
			if _, diags := s.read("opa_user_access_report", config{"user_name": "larry.linuxadmin"}); diags != "" {
				t.Error(diags)
			}
		})
	}
	wait.Wait()
	if reports := sim.Count(http.MethodPost, "/access_reports"); reports != 1 || sim.Logins() != 1 {
		t.Errorf("%d reports and %d logins", reports, sim.Logins())
	}
}
