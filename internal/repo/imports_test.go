package repo

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/privileged-access/terraform-provider-opa"

var terraform = []string{"github.com/hashicorp/terraform-plugin-", "github.com/vmihailenco/msgpack/v5"}

// mayImport lists, for each package, what it may import besides the standard
// library, by prefix. This is the one place for such rules.
var mayImport = map[string][]string{
	"":                       append([]string{module + "/internal/provider"}, terraform...),
	"/internal/provider":     append([]string{module + "/internal/client", module + "/internal/accessreport", module + "/internal/safetext"}, terraform...),
	"/internal/accessreport": {module + "/internal/safetext"},
	// Whoever prints text from outside imports it: one rule for what may be shown.
	"/internal/safetext": {},
	"/internal/client": {
		module + "/internal/safetext",
		"github.com/hashicorp/go-cleanhttp",
		"golang.org/x/", "resenje.org/singleflight",
	},
	"/internal/opasim":           {"github.com/google/uuid", "github.com/hashicorp/hcl", "golang.org/x/time"},
	"/internal/bench":            {module + "/internal/clitest", module + "/internal/opasim", module + "/internal/accessreport"},
	"/internal/bench/floor":      terraform,
	"/internal/clitest":          {module + "/internal/opasim"},
	"/examples":                  {},
	"/internal/repo":             {},
	"/internal/repo/testsummary": {},
	"/cmd/opasim":                {module + "/internal/opasim"},
}

// mustNotImport lists what a package must not import, of the standard library
// as well.
var mustNotImport = map[string][]string{
	"/internal/accessreport": {"net", "os", "time"}, // it is pure
}

// testsMustNotImport lists what even the tests of a package must not import: the
// client knows nothing of Terraform or of the content of reports, and a
// simulator that shares the code under test proves nothing.
var testsMustNotImport = map[string][]string{
	"/internal/client": {"github.com/hashicorp/terraform-", "github.com/zclconf/go-cty", module + "/internal/provider", module + "/internal/accessreport"},
	"/internal/opasim": {"github.com/hashicorp/terraform-", module + "/internal/provider", module + "/internal/client", module + "/internal/accessreport"},
	"/cmd/opasim":      {"github.com/hashicorp/terraform-", module + "/internal/provider", module + "/internal/client", module + "/internal/accessreport"},
}

// replaced are packages that have a better replacement.
var replaced = map[string]string{
	"math/rand":                                 "math/rand/v2",
	"github.com/pkg/errors":                     "errors and fmt",
	"github.com/hashicorp/go-multierror":        "errors.Join",
	"github.com/hashicorp/terraform-plugin-sdk": "terraform-plugin-framework",
}

func within(imported, path string) bool {
	return imported == path || strings.HasPrefix(imported, path+"/")
}

func hasPrefix(imported string) func(string) bool {
	return func(prefix string) bool { return strings.HasPrefix(imported, prefix) }
}

func TestImports(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports,TestImports,XTestImports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	seen := map[string]bool{}
	for packages := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p listed
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		seen[strings.TrimPrefix(p.ImportPath, module)] = true
		p.check(t)
	}
	for path := range mayImport {
		if !seen[path] {
			t.Errorf("%s does not exist: remove it from the table", module+path)
		}
	}
}

// listed is a package as go list -json prints it.
type listed struct {
	ImportPath   string   `json:"ImportPath"`
	Imports      []string `json:"Imports"`
	TestImports  []string `json:"TestImports"`
	XTestImports []string `json:"XTestImports"`
}

func (p listed) check(t *testing.T) {
	t.Helper()
	path := strings.TrimPrefix(p.ImportPath, module)
	may, known := mayImport[path]
	if !known {
		t.Errorf("%s is not in the table: add what it may import", p.ImportPath)
		return
	}
	for _, imported := range p.Imports {
		standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
		banned := slices.ContainsFunc(mustNotImport[path], func(b string) bool { return within(imported, b) })
		if banned || !standard && !slices.ContainsFunc(may, hasPrefix(imported)) {
			t.Errorf("%s must not import %s", p.ImportPath, imported)
		}
	}
	for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if slices.ContainsFunc(testsMustNotImport[path], hasPrefix(imported)) {
			t.Errorf("%s and its tests must not import %s", p.ImportPath, imported)
		}
		for old, better := range replaced {
			if within(imported, old) && !within(imported, better) {
				t.Errorf("%s imports %s: use %s", p.ImportPath, imported, better)
			}
		}
	}
}
