package clitest_test

import (
	"archive/zip"
	"encoding/base64"
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// No secret is in what the CLI prints, logs at TRACE, plans or keeps.
func TestSecretsStayOut(t *testing.T) {
	t.Parallel()
	const canary = `canary/secret+of the:key%&<of>"it`
	repeated := func(path string, status int, said string) []opasim.Fault {
		return []opasim.Fault{{Path: path, Status: status, Body: []byte(said)}}
	}
	for name, test := range map[string]struct {
		secret string
		fails  bool
		faults []opasim.Fault
	}{
		"all is well":           {secret: canary},
		"the key is refused":    {secret: canary + "!", fails: true},
		"a proxy echoes it":     {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", Status: 400, Body: []byte(`{"message":"cannot read ` + canary + `"}`)}}},
		"reads fail":            {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 400}}},
		"a list fails":          {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/all_servers", Status: 500, Body: []byte("<html>" + canary)}}},
		"it comes back as JSON": {secret: canary, fails: true, faults: repeated("/service_token", 400, `{"message":`+clitest.JSON("you sent "+clitest.JSON(canary))+`}`)},
		"in entities":           {secret: canary, fails: true, faults: repeated("/users/{name}", 400, html.EscapeString(canary))},
		"in percent":            {secret: canary, fails: true, faults: repeated("/users/{name}", 503, strings.ToLower(url.QueryEscape(canary)))},
		"in a header":           {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Header: http.Header{"Content-Encoding": {canary}}}}},
		"in a report":           {secret: canary, fails: true, faults: repeated("/access_reports/{id}/report", 200, "X-Sent,"+url.PathEscape(canary))},
		"connections are lost":  {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Close: true}}},
		"an answer is garbled":  {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", After: true, Cut: true, CutAfter: -3}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{KeySecret: canary, Faults: test.faults, Generation: 50 * time.Millisecond})
			w := clitest.New(t, sim, os.DirFS("../../examples/demo"))
			// Messages quote the configuration, so that is where the secret stands when
			// something fails. A plan has the configuration in it, whoever wrote it:
			// there the secret comes from the environment, as the docs say.
			argument := "null"
			if test.fails {
				argument = "var.secret"
			}
			w.Write("main.tf", fmt.Sprintf(`
				terraform {
					required_providers {
						opa = { source = "privileged-access/opa" }
					}
				}
				variable "secret" {
					sensitive = true
				}
				provider "opa" {
					key_id      = %q
					key_secret  = %s
					max_retries = 1
				}
				data "opa_user_access_report" "larry" {
					user_name = "larry.linuxadmin"
					max_age   = "1h"
				}
				data "opa_resource_access_report" "web" { hostname = "web-01" }
				data "opa_user_access_reports" "staff" {
					group_name    = "staff"
					allow_partial = true
				}
				data "opa_resource_access_reports" "storefront" { project_name = "storefront" }
				data "opa_access_report" "again" {
					report_id   = data.opa_user_access_report.larry.report_id
					include_csv = true
				}
				data "opa_access_reports" "all" {}
				data "opa_user" "larry" { name = "larry.linuxadmin" }
				data "opa_users" "all" {}
				data "opa_group_members" "staff" { group_name = "staff" }
				data "opa_server" "web" { hostname = "web-01" }
				data "opa_servers" "all" {}
				output "markdown" { value = provider::opa::report_markdown(data.opa_user_access_reports.staff.rows) }
				output "larry" { value = data.opa_user_access_report.larry.rows }
				output "web" { value = data.opa_resource_access_report.web.csv }
			`, opasim.DefaultKeyID, argument))
			if clitest.Able.Ephemeral {
				w.Write("ephemeral.tf", `
					ephemeral "opa_user_access_report" "larry" { user_name = "larry.linuxadmin" }
					ephemeral "opa_resource_access_report" "web" { hostname = "web-01" }
					ephemeral "opa_service_token" "token" {}
				`)
			}
			w.Env = append(w.Env, "TF_LOG=TRACE", "OPA_KEY_SECRET="+test.secret, "TF_VAR_secret=unused")
			if test.fails {
				w.Env = append(w.Env, "OPA_KEY_SECRET=", "TF_VAR_secret="+test.secret)
			}
			printed, err := w.Run("plan", "-no-color", "-out=plan.bin")
			if (err != nil) != test.fails {
				t.Fatalf("%v\n%s", err, printed)
			}
			if !strings.Contains(printed, "provider.terraform-provider-opa.opa_client") && !strings.Contains(printed, "API request") {
				t.Error("the client's log is missing, so that this test would find nothing in it")
			}
			if !test.fails {
				for _, arguments := range [][]string{{"show", "-json", "plan.bin"}, {"apply", "-no-color", "plan.bin"}, {"show", "-json"}} {
					output, err := w.Run(arguments...)
					if err != nil {
						t.Fatal(output)
					}
					clitest.CheckNoSecrets(t, strings.Join(arguments, " "), output, append(sim.IssuedTokens(), test.secret))
				}
			}
			secrets := append(sim.IssuedTokens(), test.secret)
			if len(secrets) < 2 && name == "all is well" {
				t.Error("no token was issued")
			}
			clitest.CheckNoSecrets(t, "what is printed", printed, secrets)
			if !test.fails {
				for file, text := range kept(t, w.Dir) {
					clitest.CheckNoSecrets(t, file, text, secrets)
				}
			}
		})
	}
}

// kept is the text of the files that the CLI leaves: the state, and what is in
// the plan, which is a ZIP archive.
func kept(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	state, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	texts["the state"] = string(state)
	plan, err := zip.OpenReader(filepath.Join(dir, "plan.bin"))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = plan.Close() }()
	for _, entry := range plan.File {
		reader, err := entry.Open()
		if err != nil {
			t.Fatal(err)
		}
		text, err := io.ReadAll(reader)
		if err != nil {
			t.Fatal(err)
		}
		texts["the plan's "+entry.Name] = string(text)
	}
	if len(texts) < 4 || texts["the plan's tfplan"] == "" {
		t.Errorf("the plan was not read: %d files", len(texts))
	}
	return texts
}

// So it is with the other secrets by which the provider signs in.
func TestOtherSecretsStayOut(t *testing.T) {
	t.Parallel()
	const canary = "abcdefghijklmnopqrstuvwxyz+0123/456789="
	echo := func(text string) opasim.Fault {
		return opasim.Fault{Path: "/v1/*", Status: 400, Body: []byte(`{"message":` + clitest.JSON(clitest.JSON("you sent "+text)) + `}`)}
	}
	for name, env := range map[string][]string{
		"a token that comes back": {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"a JWT that comes back":   {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"a ready token":           {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"a token that is refused": {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=x" + canary},
		"a workload":              {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"a workload refused":      {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=x" + canary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{StaticTokens: []string{canary}, WorkloadConnection: "ci", WorkloadJWT: canary})
			if strings.Contains(name, "comes back") {
				sim.SetFaults(echo(canary + " and " + base64.StdEncoding.EncodeToString([]byte(canary))))
			}
			w := clitest.New(t, sim, os.DirFS("../../examples/data-sources/opa_resource_access_reports"))
			w.Env = append(append(w.Env, env...), "TF_LOG=TRACE")
			printed, err := w.Run("plan", "-no-color", "-out=plan.bin")
			if fails := strings.Contains(name, "refused") || strings.Contains(name, "comes back"); (err != nil) != fails {
				t.Errorf("%v\n%s", err, printed)
			}
			clitest.CheckNoSecrets(t, "what is printed", printed, append(sim.IssuedTokens(), canary))
		})
	}
}
