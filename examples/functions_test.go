package examples_test

import (
	"bytes"
	"encoding/json"
	"html"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The page of each function shows the output of its first example. The file with this
// output is equal to the output that is planned.
func TestFunctionOutputs(t *testing.T) {
	t.Parallel()
	functions, err := filepath.Glob("functions/*")
	if err != nil || len(functions) == 0 {
		t.Fatalf("got no examples of functions, %v, want some", err)
	}
	for _, function := range functions {
		t.Run(filepath.Base(function), func(t *testing.T) {
			t.Parallel()
			w := clitest.New(t, opasim.Start(t, opasim.Options{}), oneConfiguration(t, function+"/function.tf"))
			outputs := w.PlannedOutputs()
			if len(outputs) != 1 {
				t.Fatalf("got %d outputs, want 1", len(outputs))
			}
			for _, value := range outputs {
				inOutputFile(t, function, shownOutput(t, filepath.Base(function), value))
			}
		})
	}
}

// inOutputFile compares the only file output.* of an example with the printed output.
func inOutputFile(t *testing.T, example, printed string) {
	t.Helper()
	files, err := filepath.Glob(example + "/output.*")
	if err != nil || len(files) != 1 {
		t.Fatalf("got the files %v, %v, want one", files, err)
	}
	if *update {
		if err := os.WriteFile(files[0], []byte(printed), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	text, err := os.ReadFile(files[0])
	if err != nil {
		t.Fatal(err)
	}
	if diff := gocmp.Diff(string(text), printed); diff != "" {
		t.Errorf("%s differs from the planned output; go test -run '%s' -update rewrites it (-file, +planned):\n%s", files[0], t.Name(), diff)
	}
}

var (
	providerVersion = regexp.MustCompile(`("version": )"[^"]*"`)
	// headline matches the elements of a page that have its headings and numbers.
	headline = regexp.MustCompile(`(?s)<(h1|h2|li)\b[^>]*>(.*?)</(?:h1|h2|li)>|<p class="subtitle">(.*?)</p>`)
	tag      = regexp.MustCompile(`<[^>]*>`)
)

// shownOutput returns an output as the page of the function shows it: text as it is,
// anything else as JSON. It leaves out what a code block cannot show.
func shownOutput(t *testing.T, function string, value any) string {
	t.Helper()
	text, isText := value.(string)
	switch {
	case !isText:
		var indented bytes.Buffer
		encoder := json.NewEncoder(&indented)
		encoder.SetEscapeHTML(false)
		encoder.SetIndent("", "  ")
		if err := encoder.Encode(value); err != nil {
			t.Fatal(err)
		}
		return providerVersion.ReplaceAllString(indented.String(), `$1"0.1.0"`)
	case function == "report_html":
		return headlines(text)
	case function == "report_spreadsheet":
		return strings.ReplaceAll(strings.TrimPrefix(text, "\ufeff"), "\r\n", "\n")
	default:
		return text
	}
}

// headlines returns the headings of a page and the numbers below them.
func headlines(page string) string {
	indent := map[string]string{"h1": "", "": "", "h2": "", "li": "  "}
	var lines strings.Builder
	for _, match := range headline.FindAllStringSubmatch(page, -1) {
		text := html.UnescapeString(tag.ReplaceAllString(match[2]+match[3], ""))
		lines.WriteString(indent[match[1]] + text + "\n")
	}
	return lines.String()
}
