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

// mayImport lists the prefixes of the packages that each package may import in
// addition to the standard library. It is the only place for such rules.
var mayImport = map[string][]string{
	"":                        append([]string{module + "/internal/provider"}, terraform...),
	"/internal/provider":      append([]string{module + "/internal/client", module + "/internal/accessreport", module + "/internal/safetext", module + "/internal/tenantprofile", "golang.org/x/text/unicode/norm"}, terraform...),
	"/internal/accessreport":  {module + "/internal/safetext"},
	"/internal/tenantprofile": {module + "/internal/accessreport"},
	// All packages that print text from a server import it.
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

// mustNotImport lists the packages that a package must not import, including
// packages of the standard library.
var mustNotImport = map[string][]string{
	"/internal/accessreport": {"net", "os"}, // a pure package: a linter forbids the clock
}

// testsMustNotImport lists the packages that neither a package nor its tests may
// import. The client does not depend on Terraform or on the content of reports. The
// simulator does not share code with the code under test, so that tests find
// mistakes in it.
var testsMustNotImport = map[string][]string{
	"/internal/client": {"github.com/hashicorp/terraform-", "github.com/zclconf/go-cty", module + "/internal/provider", module + "/internal/accessreport"},
	"/internal/opasim": {"github.com/hashicorp/terraform-", module + "/internal/provider", module + "/internal/client", module + "/internal/accessreport"},
	"/cmd/opasim":      {"github.com/hashicorp/terraform-", module + "/internal/provider", module + "/internal/client", module + "/internal/accessreport"},
}

// replaced maps packages to better replacements.
var replaced = map[string]string{
	"math/rand":                                 "math/rand/v2",
	"github.com/pkg/errors":                     "errors and fmt",
	"github.com/hashicorp/go-multierror":        "errors.Join",
	"github.com/hashicorp/terraform-plugin-sdk": "terraform-plugin-framework",
}

// within reports whether an imported package is path or below it.
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
			t.Errorf("mayImport: got %s, which does not exist, want only existing packages", module+path)
		}
	}
}

// listed is a package in the output of go list -json.
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
		t.Errorf("mayImport: got no entry for %s, want one", p.ImportPath)
		return
	}
	for _, imported := range p.Imports {
		standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
		banned := slices.ContainsFunc(mustNotImport[path], func(b string) bool { return within(imported, b) })
		if banned || !standard && !slices.ContainsFunc(may, hasPrefix(imported)) {
			t.Errorf("%s: got import %s, which is not allowed", p.ImportPath, imported)
		}
	}
	for _, imported := range slices.Concat(p.Imports, p.TestImports, p.XTestImports) {
		if slices.ContainsFunc(testsMustNotImport[path], hasPrefix(imported)) {
			t.Errorf("%s or its tests: got import %s, which is not allowed", p.ImportPath, imported)
		}
		for old, better := range replaced {
			if within(imported, old) && !within(imported, better) {
				t.Errorf("%s: got import %s, want %s", p.ImportPath, imported, better)
			}
		}
	}
}
