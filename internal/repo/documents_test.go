package repo

import (
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var (
	tests       = regexp.MustCompile("`((?:Test|Fuzz|Benchmark)[A-Z0-9]\\w*)`")
	testFunc    = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Benchmark)\w+)\(`)
	targets     = regexp.MustCompile("`make ([a-z][a-z-]*)")
	targetRule  = regexp.MustCompile(`(?m)^([a-z][a-z-]*):`)
	linked      = regexp.MustCompile(`\]\(([^)#:]*)(?:#([^)]*))?\)`)
	heading     = regexp.MustCompile(`(?m)^#+ (.*)$`)
	notInAnchor = regexp.MustCompile(`[^\p{L}\p{N} _-]`)
	goFence     = regexp.MustCompile("(?ms)^( *)```go\n *(package .*?\n) *```$")
	packageName = regexp.MustCompile(`^package (\w+)`)
)

// The tests, make targets, files and headings that the documents refer to exist.
func TestReferencesInDocuments(t *testing.T) {
	existing := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if path == ".build" && entry.IsDir() {
			return filepath.SkipDir // contains a copy of the repository after make release-test
		}
		if strings.HasSuffix(path, "_test.go") {
			for _, match := range testFunc.FindAllStringSubmatch(read(t, path), -1) {
				existing[match[1]] = true
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, match := range targetRule.FindAllStringSubmatch(read(t, "GNUmakefile"), -1) {
		existing["make "+match[1]] = true
	}
	documents, err := filepath.Glob("examples/*/README.md")
	if err != nil || len(documents) == 0 {
		t.Fatalf("got no README files of examples, %v, want some", err)
	}
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "CODE_OF_CONDUCT.md", ".changelog/README.md") {
		text := read(t, document)
		for _, match := range tests.FindAllStringSubmatch(text, -1) {
			if !existing[match[1]] && match[1] != "TestUserCount" {
				t.Errorf("%s: got test %s, want an existing test", document, match[1])
			}
		}
		for _, match := range targets.FindAllStringSubmatch(text, -1) {
			if !existing["make "+match[1]] {
				t.Errorf("%s: got make %s, want an existing target", document, match[1])
			}
		}
		for _, match := range linked.FindAllStringSubmatch(text, -1) {
			file := document
			if match[1] != "" {
				file = filepath.Join(filepath.Dir(document), match[1])
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s: got a broken link to %s: %v", document, match[1], err)
			} else if anchor := match[2]; anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s: got a link to %s#%s, want the anchor of an existing heading", document, file, anchor)
			}
		}
	}
}

// anchors returns the anchors that GitHub creates for the headings of a file.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	var anchors []string
	for _, match := range heading.FindAllStringSubmatch(read(t, file), -1) {
		anchor := notInAnchor.ReplaceAllString(strings.ToLower(match[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}

// The data source in CONTRIBUTING.md compiles, and its test passes, after it is
// registered as the page describes. The test does not write to the repository.
func TestDataSourceOfContributing(t *testing.T) {
	registered := strings.Replace(read(t, "internal/provider/provider.go"),
		"newUsersDataSource,", "newUsersDataSource,\n\t\tnewUserCountDataSource,", 1)
	files := map[string]string{"internal/provider/provider.go": registered}
	for _, fence := range goFence.FindAllStringSubmatch(read(t, "CONTRIBUTING.md"), -1) {
		code := strings.ReplaceAll("\n"+fence[2], "\n"+fence[1], "\n")[1:]
		switch packageName.FindStringSubmatch(code)[1] {
		case "provider":
			files["internal/provider/user_count_data_source.go"] = code
		case "provider_test":
			files["internal/provider/user_count_data_source_test.go"] = code
		}
	}
	if len(files) != 3 {
		t.Fatalf("CONTRIBUTING.md: got %d Go files, want 2", len(files)-1)
	}
	dir := t.TempDir()
	overlay := map[string]string{}
	for path, text := range files {
		file := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		overlay[path] = file
	}
	description, err := json.Marshal(map[string]any{"Replace": overlay})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), description, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-v", "-run", "^TestUserCount$", "./internal/provider")
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestUserCount") {
		t.Errorf("got %v and %s\nwant TestUserCount to pass", err, output)
	}
}

// The changelog fragments are valid.
func TestChangelogFragments(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "bash", "tools/changelog.sh").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(output), "## Unreleased\n") {
		t.Errorf("got %v and %s\nwant rendered release notes", err, output)
	}
}
