package main

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// environment returns the environment variables with which the provider uses the
// simulator, as a script for a POSIX shell.
func environment(url string, opts opasim.Options) string {
	variables := [][2]string{
		{"OPA_BASE_URL", url},
		{"OPA_TEAM", cmp.Or(opts.Team, opasim.DefaultTeam)},
		{"OPA_KEY_ID", opasim.DefaultKeyID},
		{"OPA_KEY_SECRET", opasim.DefaultKeySecret},
	}
	if opts.WorkloadConnection != "" {
		variables = append(
			variables,
			[2]string{"OPA_WORKLOAD_CONNECTION", opts.WorkloadConnection},
			[2]string{"OPA_WORKLOAD_JWT", cmp.Or(opts.WorkloadJWT, opasim.DefaultWorkloadJWT)},
		)
	}
	var text strings.Builder
	for _, variable := range variables {
		fmt.Fprintf(&text, "export %s=%s\n", variable[0], quote(variable[1]))
	}
	return text.String()
}

// quote returns a text as one word of a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// writeFile writes a file that only its owner can read. It appears with its complete
// content, so that a process that waits for it never reads a part.
func writeFile(path, text string) error {
	file, err := os.CreateTemp(filepath.Dir(path), ".opasim-*") // with mode 0600
	if err != nil {
		return err
	}
	_, err = file.WriteString(text)
	if err = errors.Join(err, file.Close()); err == nil {
		err = os.Rename(file.Name(), path)
	}
	if err != nil {
		_ = os.Remove(file.Name())
	}
	return err
}

// removeOld removes the file of an earlier simulator, so that a process that waits
// for the file does not read the old one.
func removeOld(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a regular file", path)
	}
	return os.Remove(path)
}

// removeOwn removes the file, unless another simulator has replaced it.
func removeOwn(path, text string) {
	if now, err := os.ReadFile(path); err == nil && string(now) == text { //nolint:gosec // the user sets the path
		_ = os.Remove(path)
	}
}
