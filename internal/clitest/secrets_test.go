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

// The output of the CLI, its log at level TRACE, the plan and the state contain no
// secret.
func TestNoSecretsInOutput(t *testing.T) {
	t.Parallel()
	const canary = `canary/secret+of the:key%&<of>"it`
	response := func(path string, status int, body string) []opasim.Fault {
		return []opasim.Fault{{Path: path, Status: status, Body: []byte(body)}}
	}
	for name, test := range map[string]struct {
		secret string
		fails  bool
		faults []opasim.Fault
	}{
		"no error":           {secret: canary},
		"key refused":        {secret: canary + "!", fails: true},
		"proxy error":        {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", Status: 400, Body: []byte(`{"message":"cannot read ` + canary + `"}`)}}},
		"download fails":     {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/access_reports/{id}/report", Status: 400}}},
		"list fails":         {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/all_servers", Status: 500, Body: []byte("<html>" + canary)}}},
		"nested JSON":        {secret: canary, fails: true, faults: response("/service_token", 400, `{"message":`+clitest.JSON("you sent "+clitest.JSON(canary))+`}`)},
		"HTML entities":      {secret: canary, fails: true, faults: response("/users/{name}", 400, html.EscapeString(canary))},
		"percent encoding":   {secret: canary, fails: true, faults: response("/users/{name}", 503, strings.ToLower(url.QueryEscape(canary)))},
		"header":             {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Header: http.Header{"Content-Encoding": {canary}}}}},
		"report":             {secret: canary, fails: true, faults: response("/access_reports/{id}/report", 200, "X-Sent,"+url.PathEscape(canary))},
		"connection closed":  {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/users/{name}", Close: true}}},
		"truncated response": {secret: canary, fails: true, faults: []opasim.Fault{{Path: "/service_token", After: true, Cut: true, CutAfter: -3}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{KeySecret: canary, Faults: test.faults, Generation: 50 * time.Millisecond})
			w := clitest.New(t, sim, os.DirFS("../../examples/demo"))
			// Error messages quote the configuration, so in tests of errors the secret is in
			// the configuration. A plan file contains the configuration, so otherwise the
			// secret is in the environment, as the documentation recommends.
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
				data "opa_team_access_report" "team" { cross_check = true }
				data "opa_access_report" "again" {
					report_id   = data.opa_user_access_report.larry.report_id
					include_csv = true
				}
				data "opa_access_reports" "all" {}
				data "opa_user" "larry" { name = "larry.linuxadmin" }
				data "opa_users" "all" {}
				data "opa_groups" "all" {}
				data "opa_user" "by_email" { email = "larry.linuxadmin@example.com" }
				data "opa_servers" "production" { labels = { env = "production" } }
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
				t.Fatalf("got %v, want an error: %t\n%s", err, test.fails, printed)
			}
			if !strings.Contains(printed, "provider.terraform-provider-opa.opa_client") && !strings.Contains(printed, "API request") {
				t.Error("got no log of the client, want one")
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
			if len(secrets) < 2 && name == "no error" {
				t.Error("got no issued token, want one")
			}
			clitest.CheckNoSecrets(t, "output", printed, secrets)
			if !test.fails {
				for file, text := range storedFiles(t, w.Dir) {
					clitest.CheckNoSecrets(t, file, text, secrets)
				}
			}
		})
	}
}

// storedFiles returns the text of the files that the CLI writes: the state, and the
// entries of the plan, which is a ZIP archive.
func storedFiles(t *testing.T, dir string) map[string]string {
	t.Helper()
	texts := map[string]string{}
	state, err := os.ReadFile(filepath.Join(dir, "terraform.tfstate"))
	if err != nil {
		t.Fatal(err)
	}
	texts["state"] = string(state)
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
		texts["plan: "+entry.Name] = string(text)
	}
	if len(texts) < 4 || texts["plan: tfplan"] == "" {
		t.Errorf("got %d files, want at least 4, with tfplan", len(texts))
	}
	return texts
}

// The output contains no bearer token and no JWT.
func TestNoTokensInOutput(t *testing.T) {
	t.Parallel()
	const canary = "abcdefghijklmnopqrstuvwxyz+0123/456789="
	echo := func(text string) opasim.Fault {
		return opasim.Fault{Path: "/v1/*", Status: 400, Body: []byte(`{"message":` + clitest.JSON(clitest.JSON("you sent "+text)) + `}`)}
	}
	for name, env := range map[string][]string{
		"echoed token":      {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"echoed JWT":        {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"accepted token":    {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=" + canary},
		"refused token":     {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_BEARER_TOKEN=x" + canary},
		"accepted workload": {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=" + canary},
		"refused workload":  {"OPA_KEY_ID=", "OPA_KEY_SECRET=", "OPA_WORKLOAD_CONNECTION=ci", "OPA_WORKLOAD_JWT=x" + canary},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, opasim.Options{StaticTokens: []string{canary}, WorkloadConnection: "ci", WorkloadJWT: canary})
			if strings.Contains(name, "echoed") {
				sim.SetFaults(echo(canary + " and " + base64.StdEncoding.EncodeToString([]byte(canary))))
			}
			w := clitest.New(t, sim, os.DirFS("../../examples/data-sources/opa_resource_access_reports"))
			w.Env = append(append(w.Env, env...), "TF_LOG=TRACE")
			printed, err := w.Run("plan", "-no-color", "-out=plan.bin")
			if fails := strings.Contains(name, "refused") || strings.Contains(name, "echoed"); (err != nil) != fails {
				t.Errorf("got %v, want an error: %t\n%s", err, fails, printed)
			}
			clitest.CheckNoSecrets(t, "output", printed, append(sim.IssuedTokens(), canary))
		})
	}
}
