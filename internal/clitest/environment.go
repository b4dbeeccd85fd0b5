// Package clitest runs Terraform or OpenTofu in tests and benchmarks as a user runs
// them: the provider is a separate program that init installs from a filesystem mirror.
package clitest

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// pathVariable names the environment variable with the path of the CLI under test.
// terraform-plugin-testing reads the same variable.
const pathVariable = "TF_ACC_TERRAFORM_PATH"

// Path returns the path of the CLI under test, or "" if there is no CLI.
func Path() string { return os.Getenv(pathVariable) }

// directory is a directory for all tests of a process. Main creates and removes it.
var directory string

// Main runs the tests of a package and ends the process. Tests use the CLI that
// TF_ACC_TERRAFORM_PATH names, or the one on the PATH, without the settings of
// the user. Call it in TestMain.
func Main(m *testing.M) {
	var err error
	if directory, err = os.MkdirTemp("", "terraform-provider-opa-test-"); err == nil {
		err = prepareEnvironment()
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(directory)
	os.Exit(code)
}

func prepareEnvironment() error {
	cli := Path()
	for _, name := range []string{"terraform", "tofu"} {
		if cli == "" {
			cli, _ = exec.LookPath(name)
		}
	}
	for _, name := range UserSettings(os.Environ()) {
		_ = os.Unsetenv(name)
	}
	config := filepath.Join(directory, "empty.tfrc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return err
	}
	if cli != "" {
		version, err := exec.CommandContext(context.Background(), cli, "version").Output()
		if err == nil {
			Able, err = parseVersion(string(version))
		}
		if err != nil {
			return fmt.Errorf("%s version: %w", cli, err)
		}
	}
	host := "registry.terraform.io"
	if Able.IsTofu {
		host = "registry.opentofu.org"
	}
	return errors.Join(
		os.Setenv(pathVariable, cli),
		os.Setenv("TF_ACC_PROVIDER_HOST", host),
		os.Setenv("TF_ACC_PROVIDER_NAMESPACE", "privileged-access"),
		os.Setenv("TF_CLI_CONFIG_FILE", config),
		os.Setenv("CHECKPOINT_DISABLE", "1"),
		// Creating the TLS keys between the CLI and the provider takes a fifth of the
		// time of a short run.
		os.Setenv("TF_DISABLE_PLUGIN_TLS", "1"),
	)
}

// UserSettings returns the names of the variables in an environment that change
// what the CLI or the provider does.
func UserSettings(environment []string) []string {
	var names []string
	for _, setting := range environment {
		name, _, _ := strings.Cut(setting, "=")
		for _, prefix := range []string{"TF_", "OPA_", "OKTAPAM_"} {
			if strings.HasPrefix(name, prefix) {
				names = append(names, name)
			}
		}
	}
	return names
}

// Abilities are the features of a CLI that depend on its version. Tests specify the
// expected behavior of a CLI without such a feature.
type Abilities struct {
	IsTofu    bool
	Ephemeral bool // ephemeral blocks
	JUnit     bool // test -junit-xml
	JSONInto  bool // the option -json-into
}

// Able contains the abilities of the CLI under test.
var Able Abilities

// parseVersion parses the output of the version command. Its JSON form does not
// include the name of the CLI.
func parseVersion(output string) (Abilities, error) {
	var name string
	var major, minor int
	if _, err := fmt.Sscanf(output, "%s v%d.%d.", &name, &major, &minor); err != nil {
		return Abilities{}, fmt.Errorf("unexpected output %q: %w", output, err)
	}
	a := Abilities{IsTofu: name == "OpenTofu"}
	first := 10
	if a.IsTofu {
		first = 11
	}
	atLeast := func(first int) bool { return major > 1 || major == 1 && minor >= first }
	a.Ephemeral = atLeast(first)
	a.JUnit = !a.IsTofu && atLeast(11)
	a.JSONInto = a.IsTofu && atLeast(12)
	return a, nil
}
