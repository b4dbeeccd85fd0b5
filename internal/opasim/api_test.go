package opasim_test

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var (
	// factRow is a row of a table in API.md: the name of a fact and its status.
	factRow = regexp.MustCompile("^\\| `([a-z0-9]+(?:-[a-z0-9]+)*)` \\| (?:documented|likely|unknown) \\| [^|].* \\|$")
	// citation is a reference to one or more facts in a Go file.
	citation = regexp.MustCompile(`API\.md((?:, ?[a-z0-9-]+)+)`)
	// commentBreak is a line break within a comment.
	commentBreak = regexp.MustCompile(`\n[ \t]*// ?`)
)

// apiFacts returns the names of all facts in API.md.
func apiFacts(t *testing.T) map[string]bool {
	t.Helper()
	text, err := os.ReadFile("API.md")
	if err != nil {
		t.Fatal(err)
	}
	facts := map[string]bool{}
	for line := range strings.Lines(string(text)) {
		if line = strings.TrimSpace(line); !strings.HasPrefix(line, "| `") {
			continue
		}
		match := factRow.FindStringSubmatch(line)
		switch {
		case match == nil:
			t.Errorf("API.md: got the row %q, want a name in kebab case, a status, the behavior and what the provider does", line)
		case facts[match[1]]:
			t.Errorf("API.md: got two facts with the name %s, want unique names", match[1])
		default:
			facts[match[1]] = true
		}
	}
	return facts
}

// citations returns the names of the facts that a Go file refers to.
func citations(source string) []string {
	var names []string
	for _, match := range citation.FindAllStringSubmatch(commentBreak.ReplaceAllString(source, " "), -1) {
		for name := range strings.SplitSeq(strings.TrimPrefix(match[1], ","), ",") {
			names = append(names, strings.TrimSpace(name))
		}
	}
	return names
}

func TestCitations(t *testing.T) {
	source := "// The header (API" + ".md, csv-header,\n\t// csv-dialect) and more.\nvar x int // (API" + ".md, id-format)"
	if got, want := strings.Join(citations(source), " "), "csv-header csv-dialect id-format"; got != want {
		t.Errorf("citations: got %q, want %q", got, want)
	}
}

// A reference to a fact that API.md does not have leads a reader nowhere.
func TestCitedFactsExist(t *testing.T) {
	facts := apiFacts(t)
	cited := 0
	repository := os.DirFS("../..")
	err := fs.WalkDir(repository, ".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && strings.HasPrefix(entry.Name(), ".") && path != ".":
			return fs.SkipDir
		case entry.IsDir() || filepath.Ext(path) != ".go":
			return nil
		}
		source, err := fs.ReadFile(repository, path)
		if err != nil {
			return err
		}
		for _, name := range citations(string(source)) {
			cited++
			if !facts[name] {
				t.Errorf("%s: got a reference to the fact %q, want one that API.md has", path, name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if cited == 0 {
		t.Error("got no reference to API.md in the repository, want some")
	}
}
