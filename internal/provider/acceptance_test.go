package provider_test

import (
	"regexp"
	"testing"
	"time"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"
	"github.com/hashicorp/terraform-plugin-testing/helper/resource"
	"github.com/hashicorp/terraform-plugin-testing/knownvalue"
	"github.com/hashicorp/terraform-plugin-testing/plancheck"
	"github.com/hashicorp/terraform-plugin-testing/statecheck"
	"github.com/hashicorp/terraform-plugin-testing/tfjsonpath"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// acceptance runs steps with the CLI. The provider runs in this process, and is
// configured by environment variables for a simulated tenant.
func acceptance(t *testing.T, sim *opasim.Server, steps ...resource.TestStep) {
	t.Helper()
	clitest.NeedCLI(t)
	for name, value := range map[string]string{
		"OPA_BASE_URL": sim.URL, "OPA_TEAM": opasim.DefaultTeam, "OPA_KEY_ID": opasim.DefaultKeyID, "OPA_KEY_SECRET": opasim.DefaultKeySecret,
	} {
		t.Setenv(name, value)
	}
	resource.UnitTest(t, resource.TestCase{
		ProtoV6ProviderFactories: map[string]func() (tfprotov6.ProviderServer, error){
			"opa": func() (tfprotov6.ProviderServer, error) { return provider.NewServer("test")(), nil },
		},
		Steps: steps,
	})
	checkContract(t, sim)
}

// knownRows returns a check that a value in the state equals the rows of a report.
func knownRows(rows []subjectRow) knownvalue.Check {
	var checks []knownvalue.Check
	for _, row := range wantRows(rows) {
		attributes := map[string]knownvalue.Check{}
		for name, cell := range row.(map[string]any) {
			switch cell := cell.(type) {
			case string:
				attributes[name] = knownvalue.StringExact(cell)
			case bool:
				attributes[name] = knownvalue.Bool(cell)
			case nil:
				attributes[name] = knownvalue.Null()
			}
		}
		checks = append(checks, knownvalue.ObjectExact(attributes))
	}
	return knownvalue.ListExact(checks)
}

func TestAccessReports(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{Shuffle: true, PageSize: 2, Generation: 50 * time.Millisecond})
	larry, web := sim.World().User("larry.linuxadmin"), sim.World().Servers("web-01")[0]
	const (
		configuration = `
			data "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
			data "opa_resource_access_report" "web" { hostname = "web-01" }
			output "larry" { value = data.opa_user_access_report.larry.rows }
			output "web" { value = data.opa_resource_access_report.web.rows }
		`
		user, server = "data.opa_user_access_report.larry", "data.opa_resource_access_report.web"
	)
	acceptance(t, sim,
		resource.TestStep{
			Config: configuration,
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownValue(user, tfjsonpath.New("rows"), knownRows(userRows(sim.World(), larry.ID))),
				statecheck.ExpectKnownValue(user, tfjsonpath.New("user_id"), knownvalue.StringExact(larry.ID)),
				statecheck.ExpectKnownValue(user, tfjsonpath.New("status"), knownvalue.StringExact("COMPLETED")),
				statecheck.ExpectKnownValue(user, tfjsonpath.New("csv"), knownvalue.Null()),
				statecheck.ExpectKnownValue(server, tfjsonpath.New("rows"), knownRows(resourceRows(sim.World(), web.ID))),
				statecheck.ExpectKnownValue(server, tfjsonpath.New("project_name"), knownvalue.StringExact("storefront")),
				statecheck.ExpectKnownOutputValue("web", knownRows(resourceRows(sim.World(), web.ID))),
			},
		},
		// The tenant shuffles the rows of each report.
		resource.TestStep{
			Config: configuration,
			ConfigPlanChecks: resource.ConfigPlanChecks{
				PreApply: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()}, PostApplyPostRefresh: []plancheck.PlanCheck{plancheck.ExpectEmptyPlan()},
			},
		},
	)
}

func TestReadTimeout(t *testing.T) {
	acceptance(t, opasim.Start(t, opasim.Options{Generation: time.Hour}), resource.TestStep{
		Config: `data "opa_user_access_report" "larry" {
			user_name = "larry.linuxadmin"
			timeouts  = { read = "1s" }
		}`,
		ExpectError: regexp.MustCompile(`(?s)Report timeout.*Report ID: [0-9a-f-]{36}.*Last status: CREATED.*Elapsed: [0-9.]+m?s`),
	})
}

func TestFunctions(t *testing.T) {
	sim := opasim.Start(t, opasim.Options{})
	id := sim.World().Servers("web-01")[0].ID
	web := knownRows(resourceRows(sim.World(), id))
	decoded := knownRows(withSubject(sim.World().ResourceRows(id, opasim.ServerType), ""))
	none := knownvalue.ListExact([]knownvalue.Check{})
	const configuration = `
		data "opa_resource_access_report" "web" { hostname = "web-01" }
		resource "terraform_data" "account" { input = "root" }
		locals {
			rows = data.opa_resource_access_report.web.rows
			literal = [{
				user_name = "larry", user_type = null, user_status = null, resource_name = "web-01", resource_type = null
				account = terraform_data.account.output, privileges = "user", conditions = "MFA", requires_mfa = true
			}]
		}
		output "decoded" { value = provider::opa::report_decode(provider::opa::report_encode(local.rows)) }
		output "difference" { value = provider::opa::report_diff(local.rows, reverse(local.rows)) }
		output "encoded" { value = provider::opa::report_encode(local.literal) }
		output "markdown" { value = provider::opa::report_markdown(concat(local.literal, [merge(local.literal[0], { conditions = "", requires_mfa = null })])) }
	`
	acceptance(t, sim,
		resource.TestStep{
			Config:      `output "csv" { value = provider::opa::report_diff([], [{ user_name = "larry" }]) }`,
			ExpectError: regexp.MustCompile(`"after" parameter: rows\[0\]\.user_type\s+is\s+missing\.\s+Set\s+it\s+to\s+""\s+if\s+there\s+is\s+none,\s+or\s+to\s+null\s+if\s+it\s+is\s+unknown\.`),
		},
		resource.TestStep{
			Config: configuration,
			// The account is known only after apply, so the results are too.
			ConfigPlanChecks: resource.ConfigPlanChecks{PreApply: []plancheck.PlanCheck{
				plancheck.ExpectUnknownOutputValue("encoded"), plancheck.ExpectUnknownOutputValue("markdown"),
			}},
			ConfigStateChecks: []statecheck.StateCheck{
				statecheck.ExpectKnownOutputValue("decoded", decoded),
				statecheck.ExpectKnownOutputValue("difference", knownvalue.ObjectExact(map[string]knownvalue.Check{"added": none, "removed": none, "unchanged": web})),
				statecheck.ExpectKnownOutputValue("encoded", knownvalue.StringExact("User Name,Resource Name,Account,Privileges,Conditions\nlarry,web-01,root,user,MFA\n")),
				statecheck.ExpectKnownOutputValue("markdown", knownvalue.StringExact("1 user, 1 resource, 2 ways in.\n\n| Resource | `larry` (*status unknown*) |\n| --- | --- |\n| `web-01` | `root`: `user`<br>`root`: `user` (`MFA`) |\n")),
			},
		},
	)
}
