package repo

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
)

// sources returns the source code of the provider, without its tests.
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

// The troubleshooting guide has one section for each message of the provider, and
// no other sections.
func TestTroubleshootingSections(t *testing.T) {
	t.Parallel()
	catalog, err := os.ReadFile("internal/provider/testdata/diagnostics.txt")
	if err != nil {
		t.Fatal(err)
	}
	printed, explained := map[string]bool{}, map[string]bool{}
	for _, match := range summaries.FindAllStringSubmatch(string(catalog), -1) {
		printed[match[1]] = true
	}
	for _, match := range sections.FindAllStringSubmatch(clitest.Guides(t, "docs/guides")["troubleshooting"], -1) {
		if explained[match[1]] {
			t.Errorf("got two sections %q, want one", match[1])
		}
		explained[match[1]] = true
	}
	for summary := range printed {
		if !explained[summary] {
			t.Errorf("got no section %q, want one", summary)
		}
	}
	code := sources(t)
	for heading := range explained {
		// Some messages are not in the catalog, because no simulated tenant causes them.
		if !printed[heading] && !strings.Contains(code, strconv.Quote(heading)) {
			t.Errorf("got section %q, want only sections for existing messages", heading)
		}
	}
}

// A title is in italics, and has several words.
var citedTitle = regexp.MustCompile(`[^*]\*([A-Z][^*\s]*\s[^*]*)\*[^*]`)

// The titles of messages that the guides cite exist.
func TestCitedTitles(t *testing.T) {
	t.Parallel()
	all := clitest.Guides(t, "docs/guides")
	cited := 0
	for guide, text := range all {
		for _, match := range citedTitle.FindAllStringSubmatch(text, -1) {
			cited++
			title := strings.Join(strings.Fields(match[1]), " ")
			if !strings.Contains(all["troubleshooting"], "\n### "+title+"\n") {
				t.Errorf("%s: got the title %q, want one with a section in the troubleshooting guide", guide, title)
			}
		}
	}
	if cited == 0 {
		t.Error("got no cited titles, want some")
	}
}

var links = map[string]*regexp.Regexp{
	"%s":         regexp.MustCompile(`github\.com/privileged-access/terraform-provider-opa/(?:tree|blob)/main/([\w./-]*\w)`),
	"docs/%s.md": regexp.MustCompile(`registry\.terraform\.io/providers/privileged-access/opa/latest/docs/([\w/-]*\w)`),
}

// Links from the guides to the repository and to other pages have targets.
func TestLinksOfGuides(t *testing.T) {
	t.Parallel()
	for guide, text := range clitest.Guides(t, "docs/guides") {
		for place, link := range links {
			for _, match := range link.FindAllStringSubmatch(text, -1) {
				if _, err := os.Stat(fmt.Sprintf(place, match[1])); err != nil {
					t.Errorf("%s: got a broken link to %s: %v", guide, match[0], err)
				}
			}
		}
	}
}
