package main

import (
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"gopkg.in/yaml.v3"
)

// Actions are pinned by commit, with their version beside it, and the same
// everywhere, the example included: a tag can be moved to other code.
func TestActionsArePinned(t *testing.T) {
	pinned := regexp.MustCompile(`^\s*(?:- )?uses: ([^@\s]+)@([0-9a-f]{40} # v\d+\.\d+\.\d+)$`)
	versions := map[string]string{}
	for _, file := range workflows(t) {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for line := range strings.Lines(string(text)) {
			line = strings.TrimRight(line, "\n")
			if !strings.Contains(line, "uses:") || strings.Contains(line, "uses: ./") {
				continue
			}
			action := pinned.FindStringSubmatch(line)
			if action == nil {
				t.Errorf("%s: %s is not pinned", file, strings.TrimSpace(line))
				continue
			}
			if known := versions[action[1]]; known != "" && known != action[2] {
				t.Errorf("%s: %s is %s here and %s elsewhere", file, action[1], action[2], known)
			}
			versions[action[1]] = action[2]
		}
	}
}

// What is not granted is denied: each workflow starts with reading the code,
// and all others say what for.
func TestPermissionsOfWorkflows(t *testing.T) {
	for _, file := range workflows(t) {
		var workflow struct {
			Permissions map[string]string `yaml:"permissions"`
			Jobs        map[string]struct {
				Permissions map[string]string `yaml:"permissions"`
				Timeout     int               `yaml:"timeout-minutes"`
				Uses        string            `yaml:"uses"`
			} `yaml:"jobs"`
			Concurrency any `yaml:"concurrency"`
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := yaml.Unmarshal(text, &workflow); err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"contents": "read"}
		if strings.HasPrefix(file, "examples") {
			want["id-token"] = "write"
		}
		for name, level := range workflow.Permissions {
			if want[name] != level {
				t.Errorf("%s: every job may %s %s", file, level, name)
			}
		}
		if len(workflow.Permissions) == 0 || workflow.Concurrency == nil {
			t.Errorf("%s: permissions or concurrency are not said", file)
		}
		for name, job := range workflow.Jobs {
			if job.Permissions != nil && name != "release" {
				t.Errorf("%s: %s has permissions of its own", file, name)
			}
			if job.Timeout == 0 && job.Uses == "" {
				t.Errorf("%s: %s has no timeout", file, name)
			}
		}
	}
}

// Every module is kept up to date, but for the one that must not move.
func TestDependabotKnowsAllModules(t *testing.T) {
	var dependabot struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	text, err := os.ReadFile(".github/dependabot.yml")
	if err == nil {
		err = yaml.Unmarshal(text, &dependabot)
	}
	if err != nil {
		t.Fatal(err)
	}
	listed := map[string][]string{}
	for _, update := range dependabot.Updates {
		listed[update.Ecosystem] = append(listed[update.Ecosystem], update.Directories...)
	}
	modules := []string{"/"}
	tools, err := filepath.Glob("tools/*/go.mod")
	if err != nil {
		t.Fatal(err)
	}
	for _, module := range append(tools, "tools/go.mod") {
		if folder := "/" + filepath.ToSlash(filepath.Dir(module)); folder != "/tools/opentofu-oldest" {
			modules = append(modules, folder)
		}
	}
	slices.Sort(modules)
	slices.Sort(listed["gomod"])
	if !slices.Equal(listed["gomod"], modules) {
		t.Errorf("the modules are %v, Dependabot knows %v", modules, listed["gomod"])
	}
	for _, file := range workflows(t) {
		folder := "/" + filepath.ToSlash(filepath.Dir(file))
		if folder == "/.github/workflows" {
			folder = "/"
		}
		if !slices.Contains(listed["github-actions"], folder) {
			t.Errorf("Dependabot does not know the workflows of %s", folder)
		}
	}
}

// The oldest CLIs are those that make test-oldest builds, wherever they are named.
func TestOldestVersionsAreTheSameEverywhere(t *testing.T) {
	read := func(file string) string {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		return string(text)
	}
	terraform := regexp.MustCompile(`(?m)^TERRAFORM_OLDEST := (\S+)$`).FindStringSubmatch(read("GNUmakefile"))
	tofu := regexp.MustCompile(`github\.com/opentofu/opentofu v(\S+)`).FindStringSubmatch(read("tools/opentofu-oldest/go.mod"))
	if terraform == nil || tofu == nil {
		t.Fatal("the oldest versions are not where they were")
	}
	for file, want := range map[string]string{
		"templates/index.md.tmpl":    "| " + terraform[1] + " or newer | " + tofu[1] + " or newer |",
		"README.md":                  "Terraform from " + terraform[1] + " and OpenTofu from " + tofu[1],
		".github/workflows/test.yml": `cli: terraform, version: "` + terraform[1] + `"`,
	} {
		if !strings.Contains(read(file), want) {
			t.Errorf("%s does not say %q", file, want)
		}
	}
}

// No YAML of this repository is broken, or says a thing twice.
func TestYAML(t *testing.T) {
	files := append(workflows(t), ".github/dependabot.yml", ".goreleaser.yml", ".golangci.yml")
	err := filepath.WalkDir("examples", func(path string, _ fs.DirEntry, err error) error {
		if strings.HasSuffix(path, ".yml") || strings.HasSuffix(path, ".yaml") {
			files = append(files, path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Error(err)
			continue
		}
		for documents := yaml.NewDecoder(bytes.NewReader(text)); ; {
			var content map[string]any
			if err := documents.Decode(&content); errors.Is(err, io.EOF) {
				break
			} else if err != nil {
				t.Errorf("%s: %s", file, err)
				break
			}
		}
	}
}

func workflows(t *testing.T) []string {
	t.Helper()
	var files []string
	for _, pattern := range []string{".github/workflows/*.yml", "examples/*/.github/workflows/*.yml"} {
		found, err := filepath.Glob(pattern)
		if err != nil || len(found) == 0 {
			t.Fatalf("no workflows in %s: %v", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}
