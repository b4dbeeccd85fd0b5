package clitest_test

import (
	"os"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

var configurations = regexp.MustCompile("(?ms)^```(?:hcl|terraform)\n(.*?\n)```$")

// The configurations in the README and on the first page of the documentation can be
// planned. They leave out the requirements of the provider.
func TestReadmeCanBePlanned(t *testing.T) {
	t.Parallel()
	for document, want := range map[string]int{"../../README.md": 2, "../../docs/index.md": 3} {
		text, err := os.ReadFile(document)
		if err != nil {
			t.Fatal(err)
		}
		planned := 0
		for _, block := range configurations.FindAllStringSubmatch(string(text), -1) {
			configuration := block[1]
			if !strings.Contains(configuration, "data \"") || strings.Contains(configuration, "required_providers") {
				continue
			}
			planned++
			t.Run(document, func(t *testing.T) {
				t.Parallel()
				w := clitest.New(t, opasim.Start(t, opasim.Options{}), fstest.MapFS{
					"main.tf":      {Data: []byte(configuration)},
					"providers.tf": {Data: []byte("terraform {\n  required_providers {\n    opa = {\n      source = \"privileged-access/opa\"\n    }\n  }\n}\n")},
				})
				if printed, err := w.Run("plan", "-no-color"); err != nil || !strings.Contains(printed, "Read complete") {
					t.Errorf("got %v and\n%s\nwant a plan of\n%s", err, printed, configuration)
				}
			})
		}
		if planned < want {
			t.Errorf("%s: got %d configurations, want at least %d", document, planned, want)
		}
	}
}
