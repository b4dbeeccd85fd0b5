package main

import (
	"encoding/json"
	"errors"
	"io"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

// The way of the data runs one way: who may import whom. Besides these, a
// package may import the standard library.
func TestImports(t *testing.T) {
	const module = "github.com/privileged-access/terraform-provider-opa"
	terraform := []string{"github.com/hashicorp/terraform-plugin-", "github.com/vmihailenco/msgpack/v5"}
	allowed := map[string][]string{
		"":                       append([]string{module + "/internal/provider"}, terraform...),
		"/internal/provider":     append([]string{module + "/internal/client", module + "/internal/accessreport", module + "/internal/safetext"}, terraform...),
		"/internal/accessreport": {module + "/internal/safetext"},
		// One rule for what may be shown: who prints text from outside imports it.
		"/internal/safetext": {},
		"/internal/client": {
			module + "/internal/safetext",
			"github.com/cenkalti/backoff", "github.com/hashicorp/go-cleanhttp", "github.com/tomnomnom/linkheader",
			"golang.org/x/", "resenje.org/singleflight",
		},
		"/internal/opasim":      {"github.com/google/uuid", "github.com/hashicorp/hcl", "golang.org/x/time"},
		"/internal/bench":       {module + "/internal/opasim", module + "/internal/accessreport"},
		"/internal/bench/floor": terraform,
		"/cmd/opasim":           {module + "/internal/opasim"},
	}
	output, err := exec.CommandContext(t.Context(), "go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		t.Fatal(err)
	}
	for packages := json.NewDecoder(strings.NewReader(string(output))); ; {
		var p struct {
			ImportPath string   `json:"ImportPath"`
			Imports    []string `json:"Imports"`
		}
		if err := packages.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		may, known := allowed[strings.TrimPrefix(p.ImportPath, module)]
		if !known {
			t.Errorf("%s has no place in the structure: add what it may import", p.ImportPath)
			continue
		}
		delete(allowed, strings.TrimPrefix(p.ImportPath, module))
		for _, imported := range p.Imports {
			standard := !strings.Contains(strings.Split(imported, "/")[0], ".")
			if !standard && !slices.ContainsFunc(may, func(prefix string) bool { return strings.HasPrefix(imported, prefix) }) {
				t.Errorf("%s must not import %s", p.ImportPath, imported)
			}
		}
	}
	for path := range allowed {
		t.Errorf("%s is gone: take it out of the table", module+path)
	}
}
