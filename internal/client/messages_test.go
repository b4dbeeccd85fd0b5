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

// ours are the texts in messages that no server has said: arguments of the caller,
// who quotes them, and words of the package's own.
var ours = []string{
	"c.team", "team", "u.Scheme", "u.Host", // the configuration
	"name", "id", "group", "value", "part[1]", "e.Value", // what was asked for
	"part[0]", "what", "limitText", // words of this package
	"format", "args", // of protocolErrorf, whose calls are checked
	"v.Any()", // of a log's field, which is redacted as a whole
	"http.StatusText(status)", "r.describe()", "codingName(coding)",
}

// Whatever goes into a message is a constant, a number, an error, a ServerText, or
// on the list above: a text that a server sent cannot be printed unless it was
// redacted.
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
					t.Errorf("%s: %s is printed as it is; redact it, or add it to ours if no server can have said it", fset.Position(arg.Pos()), text)
				}
			}
			return true
		})
	}
	for _, text := range ours {
		if !used[text] {
			t.Errorf("%s is not printed any more: take it out of ours", text)
		}
	}
	if calls < 20 {
		t.Errorf("got %d calls that make messages, want more", calls)
	}
}

// A ServerText is made in one place, which redacts.
func TestServerTextIsMadeInOnePlace(t *testing.T) {
	files, info, fset := checkedPackage(t)
	for _, file := range files {
		ast.Inspect(file, func(n ast.Node) bool {
			made, ok := n.(*ast.CompositeLit)
			if !ok || len(made.Elts) == 0 || types.ExprString(made.Type) != "ServerText" || info.Types[made.Elts[0]].Value != nil {
				return true
			}
			if at := fset.Position(made.Pos()); at.Filename != "redact.go" {
				t.Errorf("%s: a ServerText is made of a text that was not redacted", at)
			}
			return true
		})
	}
}

var errorType, _ = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// checkedPackage is the package's source with its types.
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
