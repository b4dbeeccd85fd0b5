package provider_test

import (
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The simulator reads each word that can be in a profile. It does not import the code that
// writes them, so its list of words can be out of date.
func TestProfileVocabulary(t *testing.T) {
	t.Parallel()
	assumptions := parseSource(t, "../tenantprofile/assumptions.go")
	names := literalArguments(assumptions, "observe", 0)
	names = append(names, "users-filters", "servers-filters") // from a table
	if len(names) < 20 {
		t.Fatalf("got the assumptions %q, want more: is the test out of date?", names)
	}
	texts := slices.Concat(literalArguments(assumptions, "choose", 2, 3), literalArguments(assumptions, "either", 1, 2))
	if len(texts) < 30 {
		t.Fatalf("got the texts %q, want more: is the test out of date?", texts)
	}
	parses := func(name, text string) bool {
		profile := map[string]any{"assumptions": []any{map[string]any{"name": name, "held": true, "observed": text}}}
		_, err := opasim.ParseProfile(storedProfileWith(t, profile))
		return err == nil
	}
	used := map[string]bool{}
	for _, text := range texts {
		accepted := false
		for _, name := range names {
			if parses(name, text) {
				used[name], accepted = true, true
			}
		}
		if !accepted {
			t.Errorf("%q: got an error for every assumption, want none for the one that it describes", text)
		}
	}
	for name, text := range map[string]string{ // which are composed
		"create-response": "202, status other", "download-early": "999, json", "download-length": "chunked", "report-list-order": "other",
		"users-service-users": "include_service_users returns only service users", "users-filters": "the filter contains is ignored", "servers-filters": "the filter id is applied",
	} {
		used[name] = true
		if !parses(name, text) {
			t.Errorf("%s %q: got an error, want none", name, text)
		}
	}
	for _, name := range names {
		if !used[name] {
			t.Errorf("assumption %s: got an error for each text, want none for one", name)
		}
	}
}

// The simulator reads the name of each check, also of those that depend on others.
func TestProfileVocabularyOfChecks(t *testing.T) {
	t.Parallel()
	state, diags := configured(t, opasim.Start(t, opasim.Options{}), nil).read("opa_tenant_check", pairToCheck)
	if state == nil {
		t.Fatal(diags)
	}
	checks := []any{}
	for i, check := range state["checks"].([]any) {
		status := []string{"pass", "warn", "fail", "skipped"}[i%4]
		checks = append(checks, map[string]any{"name": check.(map[string]any)["name"], "status": status})
	}
	if _, err := opasim.ParseProfile(storedProfileWith(t, map[string]any{"checks": checks})); err != nil || len(checks) < 20 {
		t.Errorf("got error %v for %d checks, want none for at least 20", err, len(checks))
	}
}

// storedProfileWith returns the default profile with other parts.
func storedProfileWith(t *testing.T, parts map[string]any) []byte {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(profilesFolder, "default.json"))
	if err != nil {
		t.Fatal(err)
	}
	var profile map[string]any
	if err := json.Unmarshal(text, &profile); err != nil {
		t.Fatal(err)
	}
	maps.Copy(profile, parts)
	text, err = json.Marshal(profile)
	if err != nil {
		t.Fatal(err)
	}
	return text
}

func parseSource(t *testing.T, file string) *ast.File {
	t.Helper()
	source, err := parser.ParseFile(token.NewFileSet(), file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	return source
}

// literalArguments returns the texts that are arguments of calls of a function, at some
// positions, without empty ones.
func literalArguments(source *ast.File, function string, positions ...int) (texts []string) {
	ast.Inspect(source, func(n ast.Node) bool {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			return true
		}
		if name, ok := call.Fun.(*ast.Ident); !ok || name.Name != function {
			return true
		}
		for _, at := range positions {
			if literal, ok := call.Args[at].(*ast.BasicLit); ok {
				if text, err := strconv.Unquote(literal.Value); err == nil && strings.TrimSpace(text) != "" {
					texts = append(texts, text)
				}
			}
		}
		return true
	})
	return texts
}
