package repo

import (
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	subcategoryLine = regexp.MustCompile(`(?m)^subcategory: "([^"]*)"$`)
	codeBlock       = regexp.MustCompile("(?ms)^```.*?\n```$")
	secondHeading   = regexp.MustCompile(`(?m)^## (.*)$`)
)

// subcategories are the groups in the navigation of the registries.
var subcategories = []string{"Formats", "Lookups", "Reports", "Reviews", "Setup"}

// Each data source, ephemeral resource and function has a page with a subcategory, two
// examples, limits, errors with links to the troubleshooting guide, and links to guides.
// The pages of functions show input and output as well.
func TestPagesOfReference(t *testing.T) {
	for kind, example := range map[string]string{
		"data-sources": "data-source", "ephemeral-resources": "ephemeral-resource", "functions": "function",
	} {
		pages, err := filepath.Glob("docs/" + kind + "/*.md")
		if err != nil || len(pages) == 0 {
			t.Fatalf("got no pages of %s, %v, want some", kind, err)
		}
		for _, page := range pages {
			text := read(t, page)
			if match := subcategoryLine.FindStringSubmatch(text); len(match) != 2 || !slices.Contains(subcategories, match[1]) {
				t.Errorf("%s: got the subcategory %q, want one of %q", page, match, subcategories)
			}
			checkSections(t, page, codeBlock.ReplaceAllString(text, ""))
			checkExamples(t, page, text, kind, example)
		}
	}
}

// checkSections checks the second-level headings of a page and the links in its section
// on errors.
func checkSections(t *testing.T, page, text string) {
	t.Helper()
	var headings []string
	for _, match := range secondHeading.FindAllStringSubmatch(text, -1) {
		headings = append(headings, match[1])
	}
	want := []string{"Example Usage", "Limits", "Errors", "Guides"}
	if len(headings) <= len(want) || !slices.Equal(headings[:len(want)], want) {
		t.Errorf("%s: got the sections %q, want %q first", page, headings, want)
		return
	}
	_, rest, _ := strings.Cut(text, "\n## Errors\n")
	messages, rest, _ := strings.Cut(rest, "\n## Guides\n")
	guides, _, _ := strings.Cut(rest, "\n## ")
	if !strings.Contains(messages, "/docs/guides/troubleshooting#") {
		t.Errorf("%s: got no link to a section of the troubleshooting guide in %q, want one", page, messages)
	}
	if !strings.Contains(guides, "/opa/latest/docs") {
		t.Errorf("%s: got no link to a guide in %q, want one", page, guides)
	}
}

// checkExamples checks that a page shows the files of its examples, at least two of
// which are configurations.
func checkExamples(t *testing.T, page, text, kind, example string) {
	t.Helper()
	name := strings.TrimSuffix(filepath.Base(page), ".md")
	if kind != "functions" {
		name = "opa_" + name
	}
	shown := []string{"*.csv", "*.yaml", "output.*"}
	hidden := []string{"approved.csv", "baseline.csv"} // only for plans of the realistic example
	configurations, _ := filepath.Glob(filepath.Join("examples", kind, name, example+"*.tf"))
	if len(configurations) < 2 {
		t.Errorf("%s: got the examples %q, want at least 2", page, configurations)
	}
	files := configurations
	for _, pattern := range shown {
		more, _ := filepath.Glob(filepath.Join("examples", kind, name, pattern))
		files = append(files, more...)
	}
	for _, file := range files {
		if !slices.Contains(hidden, filepath.Base(file)) && !strings.Contains(text, "\n"+strings.TrimSpace(read(t, file))+"\n```\n") {
			t.Errorf("%s: got no code block with %s, want one", page, file)
		}
	}
}
