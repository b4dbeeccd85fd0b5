package repo

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// guides are the rendered guides, by their names.
func guides(t *testing.T) map[string]string {
	t.Helper()
	files, err := filepath.Glob("docs/guides/*.md")
	if err != nil || len(files) == 0 {
		t.Fatalf("there are no guides: %v", err)
	}
	texts := map[string]string{}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		texts[strings.TrimSuffix(filepath.Base(file), ".md")] = string(text)
	}
	return texts
}

// sources is the provider's own code.
func sources(t *testing.T) string {
	t.Helper()
	files, err := filepath.Glob("internal/provider/*.go")
	if err != nil {
		t.Fatal(err)
	}
	var all strings.Builder
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		all.Write(text)
	}
	return all.String()
}

var (
	summaries = regexp.MustCompile(`(?m)^(?:error|warning): (.*?)(?: at (?:AttributeName|ElementKey).*)?$`)
	sections  = regexp.MustCompile(`(?m)^### (.*)$`)
)

// Whoever looks for a message finds it in the guide, and finds no message there
// that the provider does not give any more.
func TestEachMessageHasItsSection(t *testing.T) {
	t.Parallel()
	catalogue, err := os.ReadFile("internal/provider/testdata/diagnostics.txt")
	if err != nil {
		t.Fatal(err)
	}
	said, explained := map[string]bool{}, map[string]bool{}
	for _, match := range summaries.FindAllStringSubmatch(string(catalogue), -1) {
		said[match[1]] = true
	}
	for _, match := range sections.FindAllStringSubmatch(guides(t)["troubleshooting"], -1) {
		if explained[match[1]] {
			t.Errorf("two sections on %q", match[1])
		}
		explained[match[1]] = true
	}
	for summary := range said {
		if !explained[summary] {
			t.Errorf("there is no section on %q", summary)
		}
	}
	code := sources(t)
	for heading := range explained {
		// Some messages are not in the catalogue, as no tenant could provoke them there.
		if !said[heading] && !strings.Contains(code, strconv.Quote(heading)) {
			t.Errorf("no message is called %q any more", heading)
		}
	}
}

var links = map[string]*regexp.Regexp{
	"%s":         regexp.MustCompile(`github\.com/privileged-access/terraform-provider-opa/(?:tree|blob)/main/([\w./-]*\w)`),
	"docs/%s.md": regexp.MustCompile(`registry\.terraform\.io/providers/privileged-access/opa/latest/docs/([\w/-]*\w)`),
}

// Links into the repository and among the pages lead somewhere.
func TestLinksOfGuides(t *testing.T) {
	t.Parallel()
	for guide, text := range guides(t) {
		for place, link := range links {
			for _, match := range link.FindAllStringSubmatch(text, -1) {
				if _, err := os.Stat(fmt.Sprintf(place, match[1])); err != nil {
					t.Errorf("%s links to %s: %v", guide, match[0], err)
				}
			}
		}
	}
}
