package repo

import (
	"errors"
	"io"
	"io/fs"
	"maps"
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
		for line := range strings.Lines(read(t, file)) {
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
	granted := map[string]map[string]string{
		".github/workflows/release.yml release": {"contents": "write", "id-token": "write", "attestations": "write"},
	}
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
		decode(t, file, &workflow)
		want := map[string]string{"contents": "read"}
		if strings.HasPrefix(file, "examples") {
			want["id-token"] = "write"
		}
		if !maps.Equal(workflow.Permissions, want) {
			t.Errorf("%s: every job may %v, and not %v", file, workflow.Permissions, want)
		}
		if workflow.Concurrency == nil {
			t.Errorf("%s: concurrency is not said", file)
		}
		for name, job := range workflow.Jobs {
			if granted := granted[filepath.ToSlash(file)+" "+name]; !maps.Equal(job.Permissions, granted) {
				t.Errorf("%s: %s may %v, and not %v", file, name, job.Permissions, granted)
			}
			if job.Timeout == 0 && job.Uses == "" {
				t.Errorf("%s: %s has no timeout", file, name)
			}
		}
	}
}

// Every module is kept up to date, except for those that must stay at their versions.
func TestDependabotKnowsAllModules(t *testing.T) {
	var dependabot struct {
		Updates []struct {
			Ecosystem   string   `yaml:"package-ecosystem"`
			Directories []string `yaml:"directories"`
		} `yaml:"updates"`
	}
	decode(t, ".github/dependabot.yml", &dependabot)
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
		if folder := "/" + filepath.ToSlash(filepath.Dir(module)); folder != "/tools/opentofu-oldest" && folder != "/tools/vale" {
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

// make ci is the one list of checks: the scripts and workflows call it, and no
// target that it calls.
func TestChecksAreListedOnce(t *testing.T) {
	if run := read(t, ".ci/run"); !strings.HasSuffix(run, "\nexec make ci\n") || strings.Count(run, "exec ") != 1 {
		t.Errorf(".ci/run does not end with make ci:\n%s", run)
	}
	want := []string{"make ci", "make test", "make vulncheck"} // for each CLI and system; needs the network
	got := regexp.MustCompile(`\bmake [a-z-]+`).FindAllString(read(t, ".github/workflows/test.yml"), -1)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("test.yml calls %q, want %q", got, want)
	}
	if !regexp.MustCompile(`(?m)^ci:.*\n\t@tools/ci\.sh$`).MatchString(read(t, "GNUmakefile")) {
		t.Error("make ci does not run tools/ci.sh")
	}
}

// The oldest CLIs are those that make test-oldest builds, wherever they are named.
func TestOldestVersionsAreTheSameEverywhere(t *testing.T) {
	terraform := regexp.MustCompile(`(?m)^TERRAFORM_OLDEST := (\S+)$`).FindStringSubmatch(read(t, "GNUmakefile"))
	tofu := regexp.MustCompile(`github\.com/opentofu/opentofu v(\S+)`).FindStringSubmatch(read(t, "tools/opentofu-oldest/go.mod"))
	if terraform == nil || tofu == nil {
		t.Fatal("the oldest versions are not where they were")
	}
	for file, want := range map[string]string{
		"templates/index.md.tmpl":    "| " + terraform[1] + " or newer | " + tofu[1] + " or newer |",
		"README.md":                  "Terraform from " + terraform[1] + " and OpenTofu from " + tofu[1],
		".github/workflows/test.yml": `cli: terraform, version: "` + terraform[1] + `"`,
	} {
		if !strings.Contains(read(t, file), want) {
			t.Errorf("%s does not say %q", file, want)
		}
	}
}

// The Terraform Registry refuses a release whose checksums name any file but the
// archives and the manifest. They are chosen by id, and goreleaser's defaults
// give SBOMs the archives' id.
func TestChecksumsAreOfTheArchives(t *testing.T) {
	type item struct {
		ID string `yaml:"id"`
	}
	var config struct {
		Archives []item `yaml:"archives"`
		SBOMs    []item `yaml:"sboms"`
		Checksum struct {
			IDs []string `yaml:"ids"`
		} `yaml:"checksum"`
	}
	decode(t, ".goreleaser.yml", &config)
	var archives []string
	for _, archive := range config.Archives {
		archives = append(archives, archive.ID)
	}
	if len(archives) == 0 || slices.Contains(archives, "") || !slices.Equal(config.Checksum.IDs, archives) {
		t.Errorf("the checksums are of %q, the archives are %q", config.Checksum.IDs, archives)
	}
	for _, sbom := range config.SBOMs {
		if sbom.ID == "" || slices.Contains(archives, sbom.ID) {
			t.Errorf("the checksums would name the SBOM %q", sbom.ID)
		}
	}
}

// What is published cannot be taken back: until it is attested, it is a draft.
func TestAReleaseIsAttestedBeforeItIsPublished(t *testing.T) {
	var config struct {
		Release struct {
			Draft bool `yaml:"draft"`
		} `yaml:"release"`
	}
	decode(t, ".goreleaser.yml", &config)
	if !config.Release.Draft {
		t.Error("goreleaser publishes at once")
	}
	rest := read(t, ".github/workflows/release.yml")
	for _, step := range []string{"merge-base --is-ancestor", "run: make release\n", "attest-build-provenance@", "*_SHA256SUMS", "--draft=false"} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("%q is missing, or too early", step)
		}
		rest = after
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
		for documents := yaml.NewDecoder(strings.NewReader(read(t, file))); ; {
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

func decode(t *testing.T, file string, into any) {
	t.Helper()
	if err := yaml.Unmarshal([]byte(read(t, file)), into); err != nil {
		t.Fatalf("%s: %v", file, err)
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
