package examples_test

import (
	"fmt"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// reviewTenant returns the simulated tenant of the access review, with the reports of last
// quarter.
func reviewTenant(t *testing.T) opasim.Options {
	t.Helper()
	world := func(name string) *opasim.World {
		text, err := os.ReadFile("access-review/simulator/" + name)
		if err != nil {
			t.Fatal(err)
		}
		return clitest.World(t, string(text))
	}
	return opasim.Options{World: world("now.hcl"), Past: []opasim.Past{{World: world("last-quarter.hcl"), Age: 100 * 24 * time.Hour}}}
}

// The plan fails and names the access that is weaker than approved, new, or whose approval
// has expired.
func TestExampleAccessReview(t *testing.T) {
	t.Parallel()
	w := workspace(t, "access-review", reviewTenant(t))
	output, err := w.Run("plan", "-no-color")
	if err == nil {
		t.Error("got no error, want one")
	}
	inReadme(t, "access-review", clitest.Normalize(output))

	// The README's commands keep the evidence although the plan fails, and verify it.
	clitest.NeedCommands(t, "sh", "jq", "sha256sum")
	blocks := clitest.ShellBlocks(w.Read("README.md"))
	if len(blocks) != 2 {
		t.Fatalf("got %d blocks of commands, want 2", len(blocks))
	}
	if output, err := w.Script(strings.Join(blocks, "\n")); err != nil || !strings.Contains(output, "access.csv: OK") {
		t.Errorf("got error %v and\n%s\nwant the digest to be verified", err, output)
	}
	if got := w.Read("evidence.json"); !strings.Contains(got, `"complete": true`) {
		t.Errorf("got the evidence %s, want it complete", got)
	}

	// With valid approvals of all access, the plan passes.
	w.Write("approvals.csv", "user_name,resource_name,account,conditions,approved_by,reason,expires_at\n"+
		"larry.linuxadmin,web-01,larry.linuxadmin,,dora.database,operations,never\nlarry.linuxadmin,db-01,larry.linuxadmin,,dora.database,operations,never\n"+
		"larry.linuxadmin,web-01,root,Approval,dora.database,operations,never\nlarry.linuxadmin,db-01,root,Approval,dora.database,operations,never\n"+
		"dora.database,db-01,postgres,MFA,larry.linuxadmin,operations,never\ndora.database,web-01,dora.database,Okta Gateway,larry.linuxadmin,operations,never\n"+
		"wanda.windowsadmin,web-01,wanda.windowsadmin,MFA,larry.linuxadmin,migration,2030-12-20\n")
	if output, err := w.Run("plan", "-no-color", "-var=at=2030-12-01T00:00:00Z"); err != nil || len(clitest.Diagnostics(output)) > 0 {
		t.Errorf("approved: got error %v and\n%s\nwant no diagnostics", err, output)
	}
	output, err = w.Run("plan", "-no-color", "-var=at=2030-12-10T00:00:00Z")
	if want := "wanda.windowsadmin on web-01 as wanda.windowsadmin: approved by larry.linuxadmin until 2030-12-20"; err != nil || !strings.Contains(output, want) {
		t.Errorf("ending soon: got error %v and\n%s\nwant a warning with %s", err, output, want)
	}
	w.Replace("approvals.csv", "larry.linuxadmin,web-01,root", "Larry.linuxadmin,web-01,root")
	if output, err = w.Run("plan", "-no-color"); err == nil || !strings.Contains(clitest.Words(output), `user_name is "Larry.linuxadmin", but the rows have "larry.linuxadmin"`) {
		t.Errorf("misspelled: got error %v and\n%s\nwant an error that names the spelling", err, output)
	}
}

// approveAll approves all access.
const approveAll = "user_name,resource_name,account,conditions,approved_by,expires_at\n" +
	"larry.linuxadmin,web-01,larry.linuxadmin,,dora.database,never\nlarry.linuxadmin,db-01,larry.linuxadmin,,dora.database,never\n" +
	"larry.linuxadmin,web-01,root,Approval,dora.database,never\nlarry.linuxadmin,db-01,root,Approval,dora.database,never\n" +
	"dora.database,db-01,postgres,MFA,larry.linuxadmin,never\ndora.database,web-01,dora.database,Okta Gateway,larry.linuxadmin,never\n" +
	"wanda.windowsadmin,web-01,wanda.windowsadmin,MFA,larry.linuxadmin,never\n"

// withServer adds a server that did not exist last quarter to the tenant of the access
// review.
func withServer(t *testing.T, tenant opasim.Options, server string) opasim.Options {
	t.Helper()
	text, err := os.ReadFile("access-review/simulator/now.hcl")
	if err != nil {
		t.Fatal(err)
	}
	const db = "    server \"db-01\" {}\n"
	if n := strings.Count(string(text), db); n != 1 {
		t.Fatalf("got db-01 %d times in now.hcl, want it once", n)
	}
	tenant.World = clitest.World(t, strings.Replace(string(text), db, db+server+"\n", 1))
	return tenant
}

// breakBaseline makes OPA return 404 for the newest report of last quarter on web-01.
func breakBaseline(sim *opasim.Server) {
	id := sim.AddReport(opasim.PastReport{ResourceID: sim.World().Servers("web-01")[0].ID, Age: 95 * 24 * time.Hour})
	sim.SetFaults(opasim.Fault{Path: "/access_reports/" + id + "/report", Status: http.StatusNotFound})
}

// A server that is new has no report of last quarter. The review names it, and all access
// to it counts as granted.
func TestAccessReviewOfNewServer(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		server, message, numbers string
		unapproved               bool
	}{
		"another hostname": {`server "web-02" {}`, "1 of 3 servers: `web-02`.** All access to these servers counts as granted.", "2 weakened, 3 granted, 0 altered, 0 strengthened, 1 revoked, 4 unchanged.", true},
		// The rows of the server that has a baseline are still compared with it.
		"same hostname": {"server \"db-01\" {\n enrollment = 2\n }", "1 of 3 servers: `db-01`.** ", "2 weakened, 4 granted, 0 altered, 0 strengthened, 1 revoked, 4 unchanged.", false},
		"markup":        {"server \"a`@b](c)\\u202e\" {}", "1 of 3 servers: `a��b��c��`.** ", "2 weakened, 3 granted, ", true},
		"many":          {manyServers(12), "12 of 14 servers: `new-01`, `new-02`, `new-03`, `new-04`, `new-05`, `new-06`, `new-07`, `new-08`, `new-09`, `new-10` and 2 more.** ", "2 weakened, 25 granted, ", true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			w := workspace(t, "access-review", withServer(t, reviewTenant(t), test.server))
			w.Write("approvals.csv", approveAll)
			output, err := w.Run("plan", "-no-color")
			if (err != nil) != test.unapproved || strings.Contains(output, "Access that is not approved") != test.unapproved || strings.Count(output, "Error: ") > 1 {
				t.Errorf("got error %v and\n%s\nwant only one about access that is not approved: %t", err, output, test.unapproved)
			}
			if !strings.Contains(output, "**No report at the time of the baseline on "+test.message) || !strings.Contains(output, test.numbers) || !strings.Contains(output, "Warning: Missing access reports") {
				t.Errorf("got\n%s\nwant a warning, %s and %s", output, test.message, test.numbers)
			}
		})
	}
}

// manyServers returns the servers new-01, new-02, …
func manyServers(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, "server \"new-%02d\" {}\n", i+1)
	}
	return b.String()
}

// A baseline with a report that cannot be read, or without any report, is not used.
func TestAccessReviewWithoutBaseline(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		breaks bool
		args   []string
		want   []string
	}{
		"deleted report": {true, nil, []string{"Error: Resource postcondition failed", "Some reports of the baseline could not be read.", "web-01", "No report at that time"}},
		"no reports":     {false, []string{"-var=baseline_at=2000-01-01T00:00:00Z"}, []string{"Error: Missing access reports", "3 of 3 reports are missing", "None of the reports could be created or read."}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			sim := opasim.Start(t, withServer(t, reviewTenant(t), `server "web-02" {}`))
			if test.breaks {
				breakBaseline(sim)
			}
			w := clitest.New(t, sim, os.DirFS("access-review"))
			w.Write("approvals.csv", approveAll)
			output, err := w.Run(append([]string{"plan", "-no-color"}, test.args...)...)
			if err == nil || strings.Contains(output, "changes ") {
				t.Errorf("got error %v and\n%s\nwant an error and no changes", err, output)
			}
			for _, want := range test.want {
				if !strings.Contains(clitest.Words(output), want) {
					t.Errorf("got\n%s\nwant %q in it", output, want)
				}
			}
		})
	}
}

var (
	baselineBlock = regexp.MustCompile(`(?s)data "opa_resource_access_reports" "baseline" \{.*?\n\}\n`)
	comparedLine  = regexp.MustCompile(`(?m)^ *(compared|compared_ids) += .*\n`)
)

// The CSV of the last review can be the baseline, as in the guide.
func TestAccessReviewWithCSV(t *testing.T) {
	t.Parallel()
	clitest.NeedCommands(t, "sh", "jq")
	tenant := reviewTenant(t)
	sim := opasim.Start(t, opasim.Options{World: tenant.Past[0].World, Past: tenant.Past})
	w := clitest.New(t, sim, os.DirFS("access-review"))
	if output, err := w.Script(clitest.ShellBlocks(w.Read("README.md"))[0]); err != nil {
		t.Fatalf("got error %v and\n%s", err, output)
	}
	w.Write("last-review.csv", w.Read("access.csv"))
	sim.SetWorld(withServer(t, tenant, `server "web-02" {}`).World)

	guide, err := os.ReadFile("../templates/guides/access-review.md.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	_, section, _ := strings.Cut(string(guide), "\n### Missing baseline\n")
	section, _, _ = strings.Cut(section, "\n## ")
	lines := comparedLine.FindAllString(section, -1)
	config := w.Read("main.tf")
	if n := len(comparedLine.FindAllString(config, -1)); n != 2 || len(lines) != 2 || len(baselineBlock.FindAllString(config, -1)) != 1 {
		t.Fatalf("got %d lines in main.tf and %q in the guide, want 2 each, and one baseline", n, lines)
	}
	config = comparedLine.ReplaceAllString(baselineBlock.ReplaceAllString(config, ""), "")
	w.Write("main.tf", strings.Replace(config, "locals {\n", "locals {\n"+strings.Join(lines, ""), 1))
	output, err := w.Run("plan", "-no-color")
	if err == nil || !strings.Contains(output, "2 weakened, 3 granted, 0 altered, 0 strengthened, 1 revoked, 4 unchanged.") || strings.Contains(output, "No report") || strings.Count(output, "Error: ") != 2 {
		t.Errorf("got error %v and\n%s\nwant the changes since last quarter, and only the errors about approvals", err, output)
	}
}

// The workflow comments on the pull request that access is not approved, and fails. The
// job that runs code of the pull request gets no token that can write.
func TestAccessReviewWorkflow(t *testing.T) {
	t.Parallel()
	clitest.NeedCommands(t, "bash", "jq", "openssl")
	approveNew := approveAll + "larry.linuxadmin,web-02,larry.linuxadmin,,dora.database,never\nlarry.linuxadmin,web-02,root,Approval,dora.database,never\n"
	for name, test := range map[string]struct {
		approvals string
		prepare   func(p *pipeline)
		refuse    bool
		fails     bool
		evidence  bool     // whether there is evidence
		comment   []string // parts of the comment, in this order
	}{
		"not approved": {fails: true, evidence: true, comment: []string{
			"## Access review: failed\n", "\n    Error: Module output value precondition failed\n", "\n      larry.linuxadmin on web-01 as root (user, conditions: ",
			"(https://github.com/example/access/actions/runs/17)", "2 weakened, 3 granted", "| `larry.linuxadmin` | `web-01` | `root` | no longer requires MFA |",
		}},
		"approved": {approvals: approveNew, evidence: true, comment: []string{
			"## Access review: passed\n", "\n    Warning: Missing access reports\n", "**No report at the time of the baseline on 1 of 3 servers: `web-02`.** ", "2 weakened, 3 granted",
		}},
		"misspelled approval": {approvals: strings.Replace(approveNew, "larry", "Larry", 1), fails: true, evidence: true, comment: []string{
			"## Access review: failed\n", `user_name is "Larry.linuxadmin"`, "2 weakened, 3 granted",
		}},
		"long warning": {approvals: approvalThatEnds(strings.Repeat("long name ", 1000)), fails: true, evidence: true, comment: []string{
			"## Access review: failed\n", "\n    Error: Module output value precondition failed\n", "\n      larry.linuxadmin on web-01 as root (user, conditions: ",
			"\n    Warning: Check block assertion failed\n", " lines of the messages are not shown.**\n", "2 weakened, 3 granted",
		}},
		"unreadable baseline": {approvals: approveNew, prepare: func(p *pipeline) { breakBaseline(p.sim) }, fails: true, comment: []string{
			"## Access review: could not run\n", "\n    Error: Resource postcondition failed\n", "\n      - web-01 (", "/actions/runs/17)", "What changed is not known",
		}},
		"no baseline": {approvals: approveNew, prepare: func(p *pipeline) { p.Replace("main.tf", `"-2160h"`, `"-216000h"`) }, fails: true, comment: []string{
			"## Access review: could not run\n", "\n    Error: Missing access reports\n", "/actions/runs/17)", "What changed is not known",
		}},
		"refused credentials": {refuse: true, fails: true, comment: []string{
			"## Access review: could not run\n", "\n    Error: ", "/actions/runs/17)", "What changed is not known",
		}},
		"invalid configuration": {prepare: func(p *pipeline) { p.Write("invalid.tf", "{") }, fails: true, comment: []string{
			"## Access review: no result\n", "What changed is not known", "/actions/runs/17)",
		}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t, "access-review", withServer(t, reviewTenant(t), `server "web-02" {}`), test.refuse)
			p.credentials = keyCredentials
			// gh keeps its arguments and the body of the comment.
			p.stub("gh", `printf '%s\n' "$@" > gh.txt; env > gh.env; cp comment.md posted.md`)
			if test.approvals != "" {
				p.Write("approvals.csv", test.approvals)
			}
			if test.prepare != nil {
				test.prepare(p)
			}
			runGitHubJob(p, "review.yml", "review")
			if p.result.failed != test.fails {
				t.Errorf("got failed %t, want %t\n%s", p.result.failed, test.fails, p.result.printed)
			}
			p.checkSecrets()
			p.checkControlCharacters()
			for _, file := range []string{"access.csv", "evidence.json"} {
				if _, ok := p.result.evidence[file]; ok != test.evidence {
					t.Errorf("%s: got it %t, want it %t\n%s", file, ok, test.evidence, p.result.printed)
				}
			}
			if test.evidence && !strings.Contains(p.result.evidence["evidence.json"], `"complete": true`) {
				t.Errorf("got the evidence %s, want it complete", p.result.evidence["evidence.json"])
			}

			p.result.failed = false
			runGitHubJob(p, "review.yml", "comment")
			if got, want := p.Read("gh.txt"), "pr\ncomment\n5\n--body-file\ncomment.md\n--edit-last\n--create-if-none\n"; p.result.failed || got != want {
				t.Errorf("got the arguments %q of gh, want %q", got, want)
			}
			if env := p.Read("gh.env"); !strings.Contains(env, "GH_TOKEN="+projectToken+"\n") || strings.Contains(env, opasim.DefaultKeySecret) {
				t.Errorf("got the environment\n%s\nof gh, want the token of the job and no key", env)
			}
			rest := p.Read("posted.md")
			for _, part := range test.comment {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Errorf("got no %q after the previous part, want it in\n%s", part, p.Read("posted.md"))
				}
				rest = after
			}
			clitest.CheckNoSecrets(t, "comment", p.Read("posted.md"), []string{projectToken, opasim.DefaultKeySecret})
		})
	}
}

// The comment is always written, also if the job review was canceled, because the comment
// of an earlier review says that access is approved.
func TestAccessReviewCommentIsAlwaysWritten(t *testing.T) {
	t.Parallel()
	var workflow struct {
		Jobs map[string]struct {
			If      string            `yaml:"if"`
			Needs   string            `yaml:"needs"`
			Outputs map[string]string `yaml:"outputs"`
			Steps   []struct {
				ID       string `yaml:"id"`
				Uses     string `yaml:"uses"`
				Continue bool   `yaml:"continue-on-error"`
			} `yaml:"steps"`
		} `yaml:"jobs"`
	}
	readYAML(t, "access-review/.github/workflows/review.yml", &workflow)
	review, comment := workflow.Jobs["review"], workflow.Jobs["comment"]
	if comment.If != "${{ always() }}" || comment.Needs != "review" {
		t.Errorf("got the condition %q of the job comment, which needs %q, want always() and review", comment.If, comment.Needs)
	}
	for _, step := range comment.Steps {
		if step.Uses != "" && !step.Continue {
			t.Errorf("got no continue-on-error of %s, want it", step.Uses)
		}
	}
	// The artifact of an earlier attempt has another ID.
	if got, want := review.Outputs["artifact"], "${{ steps.keep.outputs.artifact-id }}"; got != want {
		t.Errorf("got the output %q of the job review, want %q", got, want)
	}
	for _, step := range review.Steps {
		if (step.ID == "keep") != strings.HasPrefix(step.Uses, "actions/upload-artifact@") || step.Continue {
			t.Errorf("got the step %+v, want the ID keep only for the upload, and no continue-on-error", step)
		}
	}
}

// approvalThatEnds returns an approval that ends soon.
func approvalThatEnds(approvedBy string) string {
	return "user_name,resource_name,account,conditions,approved_by,expires_at\n" +
		"wanda.windowsadmin,web-01,wanda.windowsadmin,MFA," + approvedBy + "," + time.Now().AddDate(0, 0, 3).Format(time.DateOnly) + "\n"
}

// The tests of the module pass.
func TestAccessReviewModule(t *testing.T) {
	t.Parallel()
	w := workspace(t, "access-review/review", opasim.Options{})
	arguments := []string{"test", "-no-color"}
	if clitest.Able.JUnit {
		arguments = append(arguments, "-junit-xml=junit.xml")
	}
	if output, err := w.Run(arguments...); err != nil || !strings.Contains(output, "Success! 7 passed, 0 failed.") {
		t.Errorf("got error %v and\n%s\nwant 7 passed tests", err, output)
	}
	if clitest.Able.JUnit {
		if got := w.Read("junit.xml"); !strings.Contains(got, `tests="7"`) || !strings.Contains(got, `name="expired_approval_fails"`) {
			t.Errorf("got\n%s\nwant 7 test cases with their names", got)
		}
	}
}
