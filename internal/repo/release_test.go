package repo

import (
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"
)

const releaseScript = "tools/release.sh"

// newRepository returns the directory of a Git repository with the release script, a
// changelog, and one commit that has all of the tags.
func newRepository(t *testing.T, tags ...string) string {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("releases need a POSIX shell")
	}
	dir := t.TempDir()
	changelog := "# Changelog\n\n## 1.10.0 (2026-03-01)\n\nFEATURES:\n\n* ten\n\n## 1.1.0 (2026-02-01)\n\nBUG FIXES:\n\n* one\n"
	// This goreleaser only prints its arguments.
	goreleaser := "#!/bin/sh\necho \"$GORELEASER_CURRENT_TAG: $*\"\n"
	for name, text := range map[string]string{"CHANGELOG.md": changelog, releaseScript: read(t, releaseScript), "goreleaser": goreleaser} {
		file := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(file), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, []byte(text), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	git := func(arguments ...string) {
		command := exec.CommandContext(t.Context(), "git", append([]string{"-c", "user.name=a", "-c", "user.email=a@example.com"}, arguments...)...)
		command.Dir = dir
		if output, err := command.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", arguments, err, output)
		}
	}
	git("init", "--quiet")
	git("add", ".")
	git("commit", "--quiet", "--message=all")
	for _, tag := range tags {
		git("tag", "--annotate", "--message="+tag, tag)
	}
	return dir
}

// runRelease runs the release script for a pushed tag and returns its output.
func runRelease(t *testing.T, dir, tag string, arguments ...string) (string, error) {
	t.Helper()
	command := exec.CommandContext(t.Context(), "bash", append([]string{releaseScript}, arguments...)...)
	command.Dir = dir
	command.Env = append(os.Environ(), "GITHUB_REF_NAME="+tag, "GORELEASER=./goreleaser")
	output, err := command.Output()
	return string(output), err
}

// The pushed tag is released, even if its commit has other tags that git describe
// would return, such as a prerelease and its release.
func TestReleaseOfPushedTag(t *testing.T) {
	dir := newRepository(t, "v1.1.0", "v1.10.0", "v1.9.0")
	for _, tag := range []string{"v1.1.0", "v1.10.0"} {
		want := tag + ": release --clean --release-notes .build/release-notes.md\n"
		if got, err := runRelease(t, dir, tag); err != nil || got != want {
			t.Errorf("got %q, %v, want %q", got, err, want)
		}
		notes, err := os.ReadFile(filepath.Join(dir, ".build", "release-notes.md"))
		if want := map[string]string{"v1.1.0": "one", "v1.10.0": "ten"}[tag]; err != nil || !strings.Contains(string(notes), want) {
			t.Errorf("%s: got notes %q, %v, want %q", tag, notes, err, want)
		}
	}
	for name, tag := range map[string]string{
		"unset": "", "a branch": "main", "a missing tag": "v1.2.0", "a tag without notes": "v1.9.0", "not a version": "v1.10", "options": "v1.10.0 --skip=sign",
	} {
		if got, err := runRelease(t, dir, tag); err == nil || got != "" {
			t.Errorf("%s: got %q, %v, want an error", name, got, err)
		}
	}
}

func TestReleaseOfOtherCommit(t *testing.T) {
	dir := newRepository(t, "v1.10.0")
	command := exec.CommandContext(t.Context(), "git", "-c", "user.name=a", "-c", "user.email=a@example.com", "commit", "--quiet", "--allow-empty", "--message=next")
	command.Dir = dir
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, output)
	}
	if got, err := runRelease(t, dir, "v1.10.0"); err == nil || got != "" {
		t.Errorf("got %q, %v, want an error", got, err)
	}
}

// The notes of a release are its section of the changelog. A missing section is an
// error.
func TestReleaseNotes(t *testing.T) {
	dir := newRepository(t)
	for release, want := range map[string]string{
		"1.10.0": "FEATURES:\n\n* ten\n\n",
		"1.1.0":  "BUG FIXES:\n\n* one\n",
		"1.1":    "",
		"1.1.0-": "",
		"":       "",
	} {
		got, err := runRelease(t, dir, "", "notes", release)
		if got != want || (err == nil) != (want != "") {
			t.Errorf("%s: got %q, %v, want %q", release, got, err, want)
		}
	}
}
