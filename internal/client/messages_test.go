package client

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	gotoken "go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// ours are the texts in messages that do not come from a server: arguments of the
// caller, which are quoted, and constants of the package.
var ours = []string{
	"c.team", "team", "u.Scheme", "u.Host", // the configuration
	"name", "id", "group", "value", "part[1]", "e.Value", "email", "e.Email", "labels[name]", "DescribeLabels(e.Labels)", // what was asked for
	"part[0]", "what", "limitText", "e.Subject.Kind", // words of this package
	"rfc3339(e.AsOf)", "rfc3339(e.Time)", "rfc3339(e.Now)", // times
	"format", "args", // of protocolErrorf, whose calls are checked
	"v.Any()", // of a log's field, which is redacted completely
	"http.StatusText(status)", "r.describe()", "codingName(coding)",
}

// A message contains only constants, numbers, errors, ServerTexts and the texts in ours,
// so text from a server cannot be printed unless it is redacted.
func TestMessagesAreRedacted(t *testing.T) {
	files, info, fset := checkedPackage(t)
	used := map[string]bool{}
	calls := 0
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			call, ok := n.(*ast.CallExpr)
			if !ok || !slices.Contains([]string{"fmt.Errorf", "fmt.Sprintf", "fmt.Sprint", "fmt.Fprintf", "errors.New", "protocolErrorf"}, types.ExprString(call.Fun)) {
				return true
			}
			calls++
			for _, arg := range call.Args {
				reported := info.Types[arg]
				if basic, ok := reported.Type.Underlying().(*types.Basic); reported.Value != nil || ok && basic.Info()&types.IsString == 0 {
					continue
				}
				if types.TypeString(reported.Type, func(*types.Package) string { return "" }) == "ServerText" || types.Implements(reported.Type, errorType) {
					continue
				}
				text := types.ExprString(arg)
				if used[text] = true; !slices.Contains(ours, text) {
					t.Errorf("%s: got %s in a message, want it redacted, or in ours if it cannot come from a server", fset.Position(arg.Pos()), text)
				}
			}
			return true
		})
	}
	for _, text := range ours {
		if !used[text] {
			t.Errorf("got %s in ours, want only texts that are printed", text)
		}
	}
	if calls < 20 {
		t.Errorf("got %d calls that create messages, want more", calls)
	}
}

// Only the redaction creates a ServerText.
func TestServerTextIsCreatedInOnePlace(t *testing.T) {
	files, info, fset := checkedPackage(t)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			made, ok := n.(*ast.CompositeLit)
			if !ok || len(made.Elts) == 0 || types.ExprString(made.Type) != "ServerText" || info.Types[made.Elts[0]].Value != nil {
				return true
			}
			if at := fset.Position(made.Pos()); at.Filename != "redact.go" {
				t.Errorf("%s: got a ServerText of unredacted text, want only redacted text", at)
			}
			return true
		})
	}
}

var errorType, _ = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// checkedPackage returns the package's source with its types.
func checkedPackage(t *testing.T) ([]*ast.File, *types.Info, *gotoken.FileSet) {
	t.Helper()
	output, err := exec.CommandContext(t.Context(), "go", "list", "-export", "-deps", "-json=ImportPath,Export,DepOnly,GoFiles", ".").Output()
	if err != nil {
		t.Fatal(err)
	}
	fset := gotoken.NewFileSet()
	exports := map[string]string{}
	var files []*ast.File
	for packages := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p struct {
			ImportPath string   `json:"ImportPath"`
			Export     string   `json:"Export"`
			DepOnly    bool     `json:"DepOnly"`
			GoFiles    []string `json:"GoFiles"`
		}
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if p.DepOnly {
			continue
		}
		for _, name := range p.GoFiles {
			file, err := parser.ParseFile(fset, name, nil, parser.SkipObjectResolution)
			if err != nil {
				t.Fatal(err)
			}
			files = append(files, file)
		}
	}
	open := func(path string) (io.ReadCloser, error) {
		file, err := os.Open(exports[path])
		if err != nil {
			return nil, fmt.Errorf("export data of %s: %w", path, err)
		}
		return file, nil
	}
	info := &types.Info{Types: map[ast.Expr]types.TypeAndValue{}}
	checker := types.Config{Importer: importer.ForCompiler(fset, "gc", open)}
	if _, err := checker.Check("client", fset, files, info); err != nil {
		t.Fatal(err)
	}
	return files, info, fset
}
