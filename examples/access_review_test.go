package examples_test

import (
	"os"
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

// The workflow comments on the pull request that access is not approved, and fails. The
// job that runs code of the pull request gets no token that can write.
func TestAccessReviewWorkflow(t *testing.T) {
	t.Parallel()
	clitest.NeedCommands(t, "bash", "jq", "openssl")
	const approveAll = "user_name,resource_name,account,conditions,approved_by,expires_at\n" +
		"larry.linuxadmin,web-01,larry.linuxadmin,,dora.database,never\nlarry.linuxadmin,db-01,larry.linuxadmin,,dora.database,never\n" +
		"larry.linuxadmin,web-01,root,Approval,dora.database,never\nlarry.linuxadmin,db-01,root,Approval,dora.database,never\n" +
		"dora.database,db-01,postgres,MFA,larry.linuxadmin,never\ndora.database,web-01,dora.database,Okta Gateway,larry.linuxadmin,never\n" +
		"wanda.windowsadmin,web-01,wanda.windowsadmin,MFA,larry.linuxadmin,never\n"
	for name, test := range map[string]struct {
		approvals string
		refuse    bool
		fails     bool
		comment   []string // parts of the comment, in this order; none: no comment
	}{
		"not approved": {fails: true, comment: []string{
			"## Access review: failed\n", "\n    Error: Module output value precondition failed\n", "\n      larry.linuxadmin on web-01 as root (user, conditions: ",
			"(https://github.com/example/access/actions/runs/17)", "2 weakened, 1 granted", "| `larry.linuxadmin` | `web-01` | `root` | no longer requires MFA |",
		}},
		"approved": {approvals: approveAll, comment: []string{"## Access review: passed\n", "2 weakened, 1 granted"}},
		"misspelled approval": {approvals: strings.Replace(approveAll, "larry", "Larry", 1), fails: true, comment: []string{
			"## Access review: failed\n", `user_name is "Larry.linuxadmin"`, "2 weakened, 1 granted",
		}},
		"long warning": {approvals: approvalThatEnds(strings.Repeat("long name ", 1000)), fails: true, comment: []string{
			"## Access review: failed\n", "\n    Error: Module output value precondition failed\n", "\n      larry.linuxadmin on web-01 as root (user, conditions: ",
			"\n    Warning: Check block assertion failed\n", "\n\n**2 lines of the messages are not shown.**\n", "2 weakened, 1 granted",
		}},
		"refused credentials": {refuse: true, fails: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p := newPipeline(t, "access-review", reviewTenant(t), test.refuse)
			p.credentials = keyCredentials
			// gh keeps its arguments and the body of the comment.
			p.stub("gh", `printf '%s\n' "$@" > gh.txt; env > gh.env; cp comment.md posted.md`)
			if test.approvals != "" {
				p.Write("approvals.csv", test.approvals)
			}
			runGitHubJob(p, "review.yml", "review")
			if p.result.failed != test.fails {
				t.Errorf("got failed %t, want %t\n%s", p.result.failed, test.fails, p.result.printed)
			}
			p.checkSecrets()
			p.checkControlCharacters()
			rest, ok := p.result.evidence["comment.md"]
			if ok != (test.comment != nil) {
				t.Fatalf("got the comment %q, want one: %t\n%s", rest, test.comment != nil, p.result.printed)
			}
			if !ok {
				return
			}
			for _, part := range test.comment {
				_, after, found := strings.Cut(rest, part)
				if !found {
					t.Errorf("got no %q after the previous part, want it in\n%s", part, p.result.evidence["comment.md"])
				}
				rest = after
			}
			p.result.failed = false
			runGitHubJob(p, "review.yml", "comment")
			if got, want := p.Read("gh.txt"), "pr\ncomment\n5\n--body-file\ncomment.md\n--edit-last\n--create-if-none\n"; p.result.failed || got != want {
				t.Errorf("got the arguments %q of gh, want %q", got, want)
			}
			if env := p.Read("gh.env"); !strings.Contains(env, "GH_TOKEN="+projectToken+"\n") || strings.Contains(env, opasim.DefaultKeySecret) {
				t.Errorf("got the environment\n%s\nof gh, want the token of the job and no key", env)
			}
		})
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
