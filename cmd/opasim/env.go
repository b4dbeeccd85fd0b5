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

// environment is what the provider needs to use the simulator, as lines for a
// POSIX shell.
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

// quote makes any text one word of a shell.
func quote(text string) string {
	return "'" + strings.ReplaceAll(text, "'", `'\''`) + "'"
}

// writeFile puts a file for its owner alone into place whole, so that whoever
// waits for it never reads a part.
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

// removeOld removes what an earlier simulator left, so that whoever waits for
// the file does not take that for the new one.
func removeOld(path string) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return fmt.Errorf("%s is not a file", path)
	}
	return os.Remove(path)
}

// removeOwn removes the file, unless another simulator has written it since.
func removeOwn(path, text string) {
	if now, err := os.ReadFile(path); err == nil && string(now) == text { //nolint:gosec // the file that the user names
		_ = os.Remove(path)
	}
}
