package provider_test

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestMain prepares the environment in which tests start Terraform or OpenTofu:
// the one that TF_ACC_TERRAFORM_PATH names or the one on the PATH, without any
// settings of the user. Without a CLI, the tests that need one are skipped.
func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "terraform-provider-opa-test-")
	if err == nil {
		err = prepareEnvironment(dir)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	code := m.Run()
	_ = os.RemoveAll(dir)
	os.Exit(code)
}

// needCLI skips a test that starts Terraform or OpenTofu if there is none.
func needCLI(t *testing.T) {
	t.Helper()
	if os.Getenv("TF_ACC_TERRAFORM_PATH") == "" {
		t.Skip("needs terraform or tofu on the PATH; make test builds OpenTofu if there is neither")
	}
}

// needConftest skips a test that starts conftest if there is none.
func needConftest(t *testing.T) {
	t.Helper()
	if os.Getenv("CONFTEST") == "" {
		t.Skip("needs CONFTEST, the path of conftest; make test CI=1 builds it")
	}
}

// able is what the CLI under test is able to do. Its version is asked for here
// and nowhere else; a test says what it expects of a CLI that is not able.
var able ability

type ability struct {
	isTofu    bool
	ephemeral bool // blocks
}

// learn reads the first line of what the command version prints: with -json it
// does not tell which of the two it is.
func (a *ability) learn(printed string) error {
	var name string
	var major, minor int
	if _, err := fmt.Sscanf(printed, "%s v%d.%d.", &name, &major, &minor); err != nil {
		return fmt.Errorf("%q is not understood: %w", printed, err)
	}
	a.isTofu = name == "OpenTofu"
	first := 10
	if a.isTofu {
		first = 11
	}
	a.ephemeral = major > 1 || major == 1 && minor >= first
	return nil
}

func prepareEnvironment(dir string) error {
	cli := os.Getenv("TF_ACC_TERRAFORM_PATH")
	for _, name := range []string{"terraform", "tofu"} {
		if cli == "" {
			cli, _ = exec.LookPath(name)
		}
	}
	for _, setting := range os.Environ() {
		name, _, _ := strings.Cut(setting, "=")
		if strings.HasPrefix(name, "TF_") || strings.HasPrefix(name, "OPA_") || strings.HasPrefix(name, "OKTAPAM_") {
			_ = os.Unsetenv(name)
		}
	}
	config := filepath.Join(dir, "cli.tfrc")
	if err := os.WriteFile(config, nil, 0o600); err != nil {
		return err
	}
	environment := map[string]string{
		"TF_ACC_PROVIDER_HOST":      "registry.terraform.io",
		"TF_ACC_PROVIDER_NAMESPACE": "privileged-access",
		"TF_CLI_CONFIG_FILE":        config,
		"CHECKPOINT_DISABLE":        "1",
		// The keys of TLS between the CLI and the provider take a fifth of the
		// time of a short run.
		"TF_DISABLE_PLUGIN_TLS": "1",
	}
	if cli != "" {
		version, err := exec.CommandContext(context.Background(), cli, "version").Output()
		if err != nil {
			return fmt.Errorf("%s version: %w", cli, err)
		}
		if err := able.learn(string(version)); err != nil {
			return fmt.Errorf("%s version: %w", cli, err)
		}
		environment["TF_ACC_TERRAFORM_PATH"] = cli
	}
	if able.isTofu {
		environment["TF_ACC_PROVIDER_HOST"] = "registry.opentofu.org"
	}
	for name, value := range environment {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
