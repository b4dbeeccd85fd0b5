package provider_test

import (
	"regexp"
	"slices"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// echoValue runs a configuration in which the echo provider copies an ephemeral value
// to the state of a resource, so that checks can read it.
func echoValue(t *testing.T, sim *opasim.Server, configuration, data string, checks ...statecheck.StateCheck) {
	t.Helper()
	if !clitest.Able.Ephemeral {
		clitest.CheckEphemeralUnsupported(t, sim, fstest.MapFS{"main.tf": {Data: []byte(configuration)}})
		return
	}
	for name, value := range map[string]string{
		"OPA_BASE_URL": sim.URL, "OPA_TEAM": opasim.DefaultTeam, "OPA_KEY_ID": opasim.DefaultKeyID, "OPA_KEY_SECRET": opasim.DefaultKeySecret,
	} {
		t.Setenv(name, value)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"opa":  func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
			"echo": echoprovider.NewProviderServer(),
		},
		Steps: []resource.TestStep{{
			Config:            configuration + "\nprovider \"echo\" {\n data = " + data + "\n}\nresource \"echo\" \"copy\" {}\n",
			ConfigStateChecks: checks,
		}},
	})
}

func TestEphemeralReportsMatchDataSources(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	world := sim.World()
	echoValue(t, sim, `
		ephemeral "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
		ephemeral "opa_resource_access_report" "web" {
			hostname    = "web-01"
			include_csv = true
		}
		`, `{
			larry = ephemeral.opa_user_access_report.larry.rows
			web   = ephemeral.opa_resource_access_report.web.rows
			csv   = startswith(ephemeral.opa_resource_access_report.web.csv, "Resource Name")
		}`,
		statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey("larry"), knownRows(userRows(world, world.User("larry.linuxadmin").ID))),
		statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey("web"), knownRows(resourceRows(world, world.Servers("web-01")[0].ID))),
		statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey("csv"), knownvalue.Bool(true)),
	)
}

func TestServiceToken(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	echoValue(t, sim, `ephemeral "opa_service_token" "token" {}`, `ephemeral.opa_service_token.token`,
		statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey("bearer_token"), knownvalue.StringFunc(func(token string) error {
			if slices.Contains(sim.IssuedTokens(), token) {
				return nil
			}
			t.Error("got a token that the tenant did not issue, want an issued one")
			return nil
		})),
		statecheck.ExpectKnownValue("echo.copy", tfjsonpath.New("data").AtMapKey("expires_at"), knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-`))),
	)
}
