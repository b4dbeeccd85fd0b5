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

// What the documents for contributors name is there: tests, make's targets,
// files.
func TestDocumentsNameWhatExists(t *testing.T) {
	existing := map[string]bool{}
	err := filepath.WalkDir(".", func(path string, entry os.DirEntry, err error) error {
		if path == ".build" && entry.IsDir() {
			return filepath.SkipDir // releases are built again from a copy there
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
		t.Fatalf("no pages of examples: %v", err)
	}
	for _, document := range append(documents, "README.md", "CONTRIBUTING.md", "DESIGN.md", "SECURITY.md", "CODE_OF_CONDUCT.md", ".changelog/README.md") {
		text := read(t, document)
		for _, match := range tests.FindAllStringSubmatch(text, -1) {
			if !existing[match[1]] && match[1] != "TestUserCount" {
				t.Errorf("%s names %s, which is no test", document, match[1])
			}
		}
		for _, match := range targets.FindAllStringSubmatch(text, -1) {
			if !existing["make "+match[1]] {
				t.Errorf("%s names make %s, which is no target", document, match[1])
			}
		}
		for _, match := range linked.FindAllStringSubmatch(text, -1) {
			file := document
			if match[1] != "" {
				file = filepath.Join(filepath.Dir(document), match[1])
			}
			if _, err := os.Stat(file); err != nil {
				t.Errorf("%s links to %s: %v", document, match[1], err)
			} else if anchor := match[2]; anchor != "" && !slices.Contains(anchors(t, file), anchor) {
				t.Errorf("%s links to %s, which has no heading #%s", document, file, anchor)
			}
		}
	}
}

// anchors returns what GitHub calls the headings of a file.
func anchors(t *testing.T, file string) []string {
	t.Helper()
	var anchors []string
	for _, match := range heading.FindAllStringSubmatch(read(t, file), -1) {
		anchor := notInAnchor.ReplaceAllString(strings.ToLower(match[1]), "")
		anchors = append(anchors, strings.ReplaceAll(anchor, " ", "-"))
	}
	return anchors
}

// The data source of CONTRIBUTING.md builds, and its test passes, once it is
// registered as the page says. Nothing is written into the repository.
func TestTheWalkThrough(t *testing.T) {
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
		t.Fatalf("the page has %d of the 2 files", len(files)-1)
	}
	dir := t.TempDir()
	replaced := map[string]string{}
	for path, text := range files {
		kept := filepath.Join(dir, filepath.Base(path))
		if err := os.WriteFile(kept, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		replaced[path] = kept
	}
	description, err := json.Marshal(map[string]any{"Replace": replaced})
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "overlay.json"), description, 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), "go", "test", "-vet=off", "-overlay", filepath.Join(dir, "overlay.json"), "-v", "-run", "^TestUserCount$", "./internal/provider")
	output, err := command.CombinedOutput()
	if err != nil || !strings.Contains(string(output), "--- PASS: TestUserCount") {
		t.Errorf("%v\n%s", err, output)
	}
}

// The fragments can be rendered, so that a release finds nothing to mend.
func TestFragmentsCanBeRendered(t *testing.T) {
	output, err := exec.CommandContext(t.Context(), "bash", "tools/changelog.sh").CombinedOutput()
	if err != nil || !strings.HasPrefix(string(output), "## Unreleased\n") {
		t.Errorf("%v\n%s", err, output)
	}
}
