package examples_test

import (
	"encoding/csv"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The exported files contain the rows of the reports, with cells of any content.
func TestExampleExport(t *testing.T) {
	t.Parallel()
	// export runs the commands of the README that write the files.
	export := func(t *testing.T, w *clitest.Workspace, env ...string) (string, error) {
		t.Helper()
		clitest.NeedCommands(t, "sh", "jq")
		return w.Script(clitest.ShellBlocks(w.Read("README.md"))[0], env...)
	}
	workspace := func(t *testing.T, tenant opasim.Options) *clitest.Workspace {
		t.Helper()
		return clitest.Prepare(t, opasim.Start(t, tenant), os.DirFS("export"))
	}
	t.Run("README", func(t *testing.T) {
		t.Parallel()
		w := workspace(t, opasim.Options{})
		if output, err := export(t, w); err != nil {
			t.Fatal(output)
		}
		subjects, err := w.Script(clitest.ShellBlocks(w.Read("README.md"))[1])
		if err != nil {
			t.Error(subjects)
		}
		inReadme(t, "export", w.Read("group.csv"), w.Read("project.json")+"\n", subjects)
	})
	t.Run("nothing to export", func(t *testing.T) {
		t.Parallel()
		emptied := compliant + "group \"emptied\" {\n  members = []\n}\nresource_group \"moved\" {\n  project \"moved\" {}\n}\n"
		w := workspace(t, opasim.Options{World: clitest.World(t, emptied)})
		for selection, want := range map[string]string{
			"-var=group=emptied -var=project=storefront": `The group "emptied" has no members.`,
			"-var=group=admins -var=project=moved":       `No server was found in the project "moved".`,
			"-var=group=admins -var=project=renamed":     `No server was found in the project "renamed".`,
		} {
			output, err := export(t, w, "TF_CLI_ARGS_plan="+selection+" -no-color")
			if words := clitest.Words(output); err == nil || !strings.Contains(words, "Error: Empty selection") || !strings.Contains(words, want) {
				t.Errorf("%s: got %v and\n%s\nwant an error that contains %q", selection, err, output, want)
			}
			if files, err := filepath.Glob(filepath.Join(w.Dir, "*.csv")); err != nil || len(files) > 0 {
				t.Errorf("%s: got the files %s, %v, want none", selection, files, err)
			}
		}
	})
	t.Run("files", func(t *testing.T) {
		t.Parallel()
		tenant := clitest.World(t, strings.Replace(compliant, `user "larry.linuxadmin" {}`, `user "larry.linuxadmin" {
			account = "=1+1 \"a, b\""
		}`, 1))
		w := workspace(t, opasim.Options{World: tenant})
		if output, err := export(t, w, "TF_CLI_ARGS_plan=-var=group=admins -var=project=storefront"); err != nil {
			t.Fatal(output)
		}
		var people, servers []opasim.Row
		for _, user := range tenant.Group("admins").Members {
			people = append(people, tenant.UserRows(user.ID, opasim.ServerType)...)
		}
		for _, server := range tenant.AllServers() {
			servers = append(servers, tenant.ResourceRows(server.ID, opasim.ServerType)...)
		}
		for name, want := range map[string][]opasim.Row{"group": people, "project": servers} {
			records, err := csv.NewReader(strings.NewReader(w.Read(name + ".csv"))).ReadAll()
			if err != nil {
				t.Fatal(err)
			}
			var inCSV []opasim.Row
			for _, r := range records[1:] {
				inCSV = append(inCSV, opasim.Row{
					UserName: r[0], UserType: r[1], UserStatus: r[2], ResourceName: r[3], ResourceType: r[4],
					Account: r[5], Privileges: r[6], Conditions: r[7],
				})
			}
			var objects []map[string]any
			if err := json.Unmarshal([]byte(w.Read(name+".json")), &objects); err != nil {
				t.Fatal(err)
			}
			var inJSON []opasim.Row
			for _, o := range objects {
				inJSON = append(inJSON, opasim.Row{
					UserName: o["user_name"].(string), UserType: o["user_type"].(string), UserStatus: o["user_status"].(string),
					ResourceName: o["resource_name"].(string), ResourceType: o["resource_type"].(string),
					Account: o["account"].(string), Privileges: o["privileges"].(string), Conditions: o["conditions"].(string),
				})
			}
			anyOrder := cmpopts.SortSlices(func(a, b opasim.Row) bool { return fmt.Sprint(a) < fmt.Sprint(b) })
			if diff := gocmp.Diff(want, inCSV, anyOrder); diff != "" {
				t.Errorf("CSV of the %s differs from the world (-want, +got):\n%s", name, diff)
			}
			if diff := gocmp.Diff(want, inJSON, anyOrder); diff != "" {
				t.Errorf("JSON of the %s differs from the world (-want, +got):\n%s", name, diff)
			}
		}
	})
}
