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
	return opasim.Options{World: world("now.hcl"), Past: []opasim.Past{{World: world("last-quarter.hcl"), Age: 90 * 24 * time.Hour}}}
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

// The tests of the module pass.
func TestAccessReviewModule(t *testing.T) {
	t.Parallel()
	w := workspace(t, "access-review/review", opasim.Options{})
	if output, err := w.Run("test", "-no-color"); err != nil || !strings.Contains(output, "Success! 7 passed, 0 failed.") {
		t.Errorf("got error %v and\n%s\nwant 7 passed tests", err, output)
	}
}
