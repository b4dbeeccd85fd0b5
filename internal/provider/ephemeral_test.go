package provider_test

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/echoprovider"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// echoed runs a configuration in which the echo provider puts an ephemeral
// value into the state of a resource, where it can be looked at.
func echoed(t *testing.T, sim *opasim.Server, configuration, data string, checks ...statecheck.StateCheck) {
	t.Helper()
	if !able.ephemeral {
		refusesEphemeral(t, sim, fstest.MapFS{"main.tf": {Data: []byte(configuration)}})
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
			Config:            configuration + "\nprovider \"echo\" {\n data = " + data + "\n}\nresource \"echo\" \"it\" {}\n",
			ConfigStateChecks: checks,
		}},
	})
}

func TestEphemeralReportsAreThoseOfTheDataSources(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	world := sim.World()
	echoed(t, sim, `
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
		statecheck.ExpectKnownValue("echo.it", tfjsonpath.New("data").AtMapKey("larry"), knownRows(world.UserRows(world.User("larry.linuxadmin").ID, "server"))),
		statecheck.ExpectKnownValue("echo.it", tfjsonpath.New("data").AtMapKey("web"), knownRows(world.ResourceRows(world.Servers("web-01")[0].ID, "server"))),
		statecheck.ExpectKnownValue("echo.it", tfjsonpath.New("data").AtMapKey("csv"), knownvalue.Bool(true)),
	)
}

func TestServiceToken(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	echoed(t, sim, `ephemeral "opa_service_token" "token" {}`, `ephemeral.opa_service_token.token`,
		statecheck.ExpectKnownValue("echo.it", tfjsonpath.New("data").AtMapKey("bearer_token"), knownvalue.StringFunc(func(token string) error {
			if slices.Contains(sim.IssuedTokens(), token) {
				return nil
			}
			t.Error("that is no token of the tenant's")
			return nil
		})),
		statecheck.ExpectKnownValue("echo.it", tfjsonpath.New("data").AtMapKey("expires_at"), knownvalue.StringRegexp(regexp.MustCompile(`^20\d\d-`))),
	)
}

// Nothing of an ephemeral resource is written down: not a row, not a token.
func TestEphemeralResourcesLeaveNothingBehind(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	example := os.DirFS("../../examples/ephemeral-resources/opa_resource_access_report")
	if !able.ephemeral {
		refusesEphemeral(t, sim, example)
		return
	}
	w := newWorkspace(t, sim, example)
	w.write("more.tf", `
		ephemeral "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
		ephemeral "opa_service_token" "token" {}
		data "opa_user" "nobody" { name = "neil.newcomer" }
		output "written" { value = data.opa_user.nobody.email }
	`)
	for _, arguments := range [][]string{{"plan", "-no-color", "-out=plan.bin"}, {"apply", "-no-color", "plan.bin"}} {
		output, err := w.run(arguments...)
		if err != nil {
			t.Fatal(output)
		}
		find(t, arguments[0], output, sim.IssuedTokens())
	}
	files := kept(t, w.dir)
	for file, text := range files {
		// The configuration, which names larry, is in the plan, and is no row.
		if strings.Contains(file, "tfconfig") {
			continue
		}
		find(t, file, text, append(sim.IssuedTokens(), "linux-operations", "ci-deployer", "rené.reader", "postgres"))
	}
	if !strings.Contains(files["the state"], "neil.newcomer") {
		t.Error("the state was not read")
	}
	if sim.Count("POST", "/access_reports") < 2 {
		t.Error("no report was made")
	}
	if _, err := os.Stat(filepath.Join(w.dir, "crash.log")); err == nil {
		t.Error("the CLI crashed")
	}
}

func TestAPostconditionOnAnEphemeralReport(t *testing.T) {
	t.Parallel()
	sim := opasim.Start(t, opasim.Options{})
	example := os.DirFS("../../examples/ephemeral-resources/opa_user_access_report")
	if !able.ephemeral {
		refusesEphemeral(t, sim, example)
		return
	}
	w := newWorkspace(t, sim, example)
	w.write("larry.tf", `
		ephemeral "opa_user_access_report" "larry" {
			user_name = "larry.linuxadmin"
			lifecycle {
				postcondition {
					condition     = alltrue([for row in self.rows : row.requires_mfa if row.privileges == "admin"])
					error_message = "larry is an administrator without MFA"
				}
			}
		}
	`)
	if output, err := w.run("plan", "-no-color"); err == nil || !strings.Contains(output, "larry is an administrator without MFA") {
		t.Errorf("%v\n%s", err, output)
	}
}

func TestWhatTheCLIIsAbleTo(t *testing.T) {
	t.Parallel()
	for printed, want := range map[string]ability{
		"Terraform v1.8.5\non linux_amd64\n":    {},
		"Terraform v1.9.8\n":                    {},
		"Terraform v1.10.0-beta1\n":             {ephemeral: true},
		"Terraform v2.0.0\n":                    {ephemeral: true},
		"OpenTofu v1.8.11\non windows_amd64\n":  {isTofu: true},
		"OpenTofu v1.10.6\n":                    {isTofu: true},
		"OpenTofu v1.11.0\non darwin_arm64\n\n": {isTofu: true, ephemeral: true},
	} {
		var got ability
		if err := got.learn(printed); err != nil || got != want {
			t.Errorf("%q: %+v, %v", printed, got, err)
		}
	}
	if err := new(ability).learn("command not found"); err == nil {
		t.Error("anything is understood")
	}
}
