package repo

import (
	"fmt"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// combination is a job of the matrix in test.yml.
type combination struct {
	System  string `yaml:"system"`
	CLI     string `yaml:"cli"`
	Version string `yaml:"version"`
}

// matrix returns the combinations of CLI versions and systems that test.yml tests.
func matrix(t *testing.T) []combination {
	t.Helper()
	var workflow struct {
		Jobs struct {
			Test struct {
				Strategy struct {
					Matrix struct {
						Systems  []string      `yaml:"system"`
						CLIs     []string      `yaml:"cli"`
						Versions []string      `yaml:"version"`
						Exclude  []combination `yaml:"exclude"`
						Include  []combination `yaml:"include"`
					} `yaml:"matrix"`
				} `yaml:"strategy"`
			} `yaml:"test"`
		} `yaml:"jobs"`
	}
	decode(t, ".github/workflows/test.yml", &workflow)
	m := workflow.Jobs.Test.Strategy.Matrix
	combinations := slices.Clone(m.Include)
	for _, system := range m.Systems {
		for _, cli := range m.CLIs {
			for _, version := range m.Versions {
				if !slices.Contains(m.Exclude, combination{CLI: cli, Version: version}) {
					combinations = append(combinations, combination{system, cli, version})
				}
			}
		}
	}
	return combinations
}

// The table of tested versions in the documentation is the matrix of test.yml: all of
// them on Linux, and the oldest and the latest on the other systems.
func TestDocumentedVersionsAreTested(t *testing.T) {
	row := regexp.MustCompile(`(?m)^\| Tested versions \| (.*) and the latest \| (.*) and the latest \|$`).
		FindStringSubmatch(read(t, "templates/index.md.tmpl"))
	if row == nil {
		t.Fatal("templates/index.md.tmpl: got no row of tested versions, want one")
	}
	want := map[combination]bool{}
	for i, cli := range []string{"terraform", "tofu"} {
		versions := expand(t, row[i+1])
		for _, version := range append(versions, "latest") {
			want[combination{"ubuntu-latest", cli, version}] = true
		}
		for _, system := range []string{"macos-latest", "windows-latest"} {
			want[combination{system, cli, versions[0]}] = true
			want[combination{system, cli, "latest"}] = true
		}
	}
	got := map[combination]bool{}
	for _, tested := range matrix(t) {
		if got[tested] {
			t.Errorf("test.yml: got %v twice, want it once", tested)
		}
		got[tested] = true
	}
	for tested := range got {
		if !want[tested] {
			t.Errorf("test.yml: got %v, want it in the table of tested versions as well", tested)
		}
	}
	for documented := range want {
		if !got[documented] {
			t.Errorf("test.yml: got no %v, want it, because it is documented", documented)
		}
	}
}

// expand returns the versions of a text such as "1.8.5, 1.9 to 1.11" as they are
// written in a matrix: 1.8.5, 1.9.*, 1.10.*, 1.11.*.
func expand(t *testing.T, text string) []string {
	t.Helper()
	var versions []string
	for part := range strings.SplitSeq(text, ", ") {
		first, last, isRange := strings.Cut(part, " to ")
		if !isRange {
			versions = append(versions, part)
			continue
		}
		for minor := minorOf(t, first); minor <= minorOf(t, last); minor++ {
			versions = append(versions, fmt.Sprintf("1.%d.*", minor))
		}
	}
	return versions
}

// minorOf returns the minor version of a version 1.x.
func minorOf(t *testing.T, version string) int {
	t.Helper()
	minor, isOne := strings.CutPrefix(version, "1.")
	minor, _, _ = strings.Cut(minor, ".")
	number, err := strconv.Atoi(minor)
	if !isOne || err != nil {
		t.Fatalf("got version %q, want 1.x", version)
	}
	return number
}

// The CLIs that make builds are the oldest and the newest of the tested minor versions.
func TestBuiltVersionsAreTested(t *testing.T) {
	const tofu = `github\.com/opentofu/opentofu v(\S+)`
	for _, built := range []struct {
		cli, file, pattern string
		which              func([]int) int
	}{
		{"terraform", "GNUmakefile", `(?m)^TERRAFORM_OLDEST := (\S+)$`, slices.Min[[]int]},
		{"terraform", "GNUmakefile", `(?m)^TERRAFORM_NEWEST := (\S+)$`, slices.Max[[]int]},
		{"tofu", "tools/opentofu-oldest/go.mod", tofu, slices.Min[[]int]},
		{"tofu", "tools/opentofu/go.mod", tofu, slices.Max[[]int]},
	} {
		version := regexp.MustCompile(built.pattern).FindStringSubmatch(read(t, built.file))
		if version == nil {
			t.Errorf("%s: got no match of %s, want a version", built.file, built.pattern)
			continue
		}
		var tested []int
		for _, c := range matrix(t) {
			if c.CLI == built.cli && c.Version != "latest" {
				tested = append(tested, minorOf(t, c.Version))
			}
		}
		if want := built.which(tested); minorOf(t, version[1]) != want {
			t.Errorf("%s: got %s %s, want 1.%d as in test.yml", built.file, built.cli, version[1], want)
		}
	}
}
