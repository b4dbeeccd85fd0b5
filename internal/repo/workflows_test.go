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

// Actions are pinned by commit, with their version as a comment, because a tag can be
// moved to other code. All workflows, including the example, use the same versions.
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
				t.Errorf("%s: got %s, want a commit and a version", file, strings.TrimSpace(line))
				continue
			}
			if known := versions[action[1]]; known != "" && known != action[2] {
				t.Errorf("%s: got %s at %s, want %s as in other workflows", file, action[1], action[2], known)
			}
			versions[action[1]] = action[2]
		}
	}
}

// Permissions that are not granted are denied: workflows may only read the code, and
// some jobs have additional permissions.
func TestPermissionsOfWorkflows(t *testing.T) {
	granted := map[string]map[string]string{
		".github/workflows/release.yml release":                       {"contents": "write", "id-token": "write", "attestations": "write"},
		"examples/access-review/.github/workflows/review.yml comment": {"pull-requests": "write"},
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
		if strings.HasPrefix(file, filepath.FromSlash("examples/ci/")) {
			want["id-token"], want["attestations"] = "write", "write"
		}
		if !maps.Equal(workflow.Permissions, want) {
			t.Errorf("%s: got permissions %v, want %v", file, workflow.Permissions, want)
		}
		if workflow.Concurrency == nil {
			t.Errorf("%s: got no concurrency, want it set", file)
		}
		for name, job := range workflow.Jobs {
			if granted := granted[filepath.ToSlash(file)+" "+name]; !maps.Equal(job.Permissions, granted) {
				t.Errorf("%s: job %s: got permissions %v, want %v", file, name, job.Permissions, granted)
			}
			if job.Timeout == 0 && job.Uses == "" {
				t.Errorf("%s: job %s: got no timeout, want one", file, name)
			}
		}
	}
}

// Dependabot updates all modules, except for those that must stay at their versions.
func TestDependabotModules(t *testing.T) {
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
		t.Errorf("dependabot.yml: got modules %v, want %v", listed["gomod"], modules)
	}
	for _, file := range workflows(t) {
		folder := "/" + filepath.ToSlash(filepath.Dir(file))
		if folder == "/.github/workflows" {
			folder = "/"
		}
		if !slices.Contains(listed["github-actions"], folder) {
			t.Errorf("dependabot.yml: got no workflows in %s, want them listed", folder)
		}
	}
}

// make ci is the only list of checks. Scripts and workflows call it, and not the
// targets that it calls.
func TestListOfChecks(t *testing.T) {
	if run := read(t, ".ci/run"); !strings.HasSuffix(run, "\nexec make ci\n") || strings.Count(run, "exec ") != 1 {
		t.Errorf(".ci/run: got\n%s\nwant exec make ci at the end, and no other exec", run)
	}
	want := []string{"make ci", "make test", "make vulncheck"} // for each CLI and system; needs the network
	got := regexp.MustCompile(`\bmake [a-z-]+`).FindAllString(read(t, ".github/workflows/test.yml"), -1)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("test.yml: got targets %q, want %q", got, want)
	}
	if !regexp.MustCompile(`(?m)^ci:.*\n\t@tools/ci\.sh$`).MatchString(read(t, "GNUmakefile")) {
		t.Error("GNUmakefile: got no target ci that runs tools/ci.sh, want one")
	}
}

// Documents and workflows name the oldest CLI versions that make test-oldest builds.
func TestOldestVersions(t *testing.T) {
	terraform := regexp.MustCompile(`(?m)^TERRAFORM_OLDEST := (\S+)$`).FindStringSubmatch(read(t, "GNUmakefile"))
	tofu := regexp.MustCompile(`github\.com/opentofu/opentofu v(\S+)`).FindStringSubmatch(read(t, "tools/opentofu-oldest/go.mod"))
	if terraform == nil || tofu == nil {
		t.Fatalf("got versions %q and %q in GNUmakefile and go.mod, want both", terraform, tofu)
	}
	for file, want := range map[string]string{
		"templates/index.md.tmpl":    "| " + terraform[1] + " or newer | " + tofu[1] + " or newer |",
		"README.md":                  "Terraform from " + terraform[1] + " and OpenTofu from " + tofu[1],
		".github/workflows/test.yml": `cli: terraform, version: "` + terraform[1] + `"`,
	} {
		if !strings.Contains(read(t, file), want) {
			t.Errorf("%s: got no %q, want it", file, want)
		}
	}
}

// The Terraform Registry refuses a release whose checksums list other files than the
// archives and the manifest. goreleaser selects files by ID, and by default SBOMs
// have the same ID as archives.
func TestChecksumsOfArchives(t *testing.T) {
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
		t.Errorf("got checksums of %q, want %q", config.Checksum.IDs, archives)
	}
	for _, sbom := range config.SBOMs {
		if sbom.ID == "" || slices.Contains(archives, sbom.ID) {
			t.Errorf("got SBOM ID %q, want an ID that no archive has", sbom.ID)
		}
	}
}

// A release is a draft until it is attested, because a published release cannot be
// withdrawn.
func TestReleaseIsAttestedBeforeItIsPublished(t *testing.T) {
	var config struct {
		Release struct {
			Draft bool `yaml:"draft"`
		} `yaml:"release"`
	}
	decode(t, ".goreleaser.yml", &config)
	if !config.Release.Draft {
		t.Error(".goreleaser.yml: got release.draft false, want true")
	}
	rest := read(t, ".github/workflows/release.yml")
	for _, step := range []string{"merge-base --is-ancestor", "run: make release\n", "attest-build-provenance@", "*_SHA256SUMS", "--draft=false"} {
		_, after, found := strings.Cut(rest, step)
		if !found {
			t.Fatalf("release.yml: got no %q after the previous step, want it", step)
		}
		rest = after
	}
}

// All YAML files of this repository can be parsed. A duplicate key is an error.
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
			var content any
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
			t.Fatalf("%s: got no workflows, %v, want some", pattern, err)
		}
		files = append(files, found...)
	}
	return files
}
