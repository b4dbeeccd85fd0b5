package repo

import (
	"io/fs"
	"path/filepath"
	"regexp"
	"testing"
)

var plainName = regexp.MustCompile(`^[A-Za-z0-9._-]+$`)

// The names of the files in the repository have only plain characters: other names are
// usually the result of a mistyped command.
func TestFileNames(t *testing.T) {
	err := filepath.WalkDir(".", func(path string, entry fs.DirEntry, err error) error {
		switch {
		case entry.IsDir() && (path == ".git" || path == ".build"):
			return filepath.SkipDir
		case !plainName.MatchString(entry.Name()):
			t.Errorf("got the file name %q, want only letters, digits and . _ -", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}
