package provider_test

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

// TestMain readies the environment in which the tests start Terraform or
// OpenTofu: the one that TF_ACC_TERRAFORM_PATH names or the one on the PATH,
// without a single setting of the machine's user.
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
	if cli == "" {
		return errors.New("the tests need terraform or tofu on the PATH; make test builds one if there is none")
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
	version, err := exec.CommandContext(context.Background(), cli, "version").Output()
	if err != nil {
		return fmt.Errorf("%s version: %w", cli, err)
	}
	if err := able.learn(string(version)); err != nil {
		return fmt.Errorf("%s version: %w", cli, err)
	}
	registry := "registry.terraform.io"
	if able.isTofu {
		registry = "registry.opentofu.org"
	}
	for name, value := range map[string]string{
		"TF_ACC_TERRAFORM_PATH":     cli,
		"TF_ACC_PROVIDER_HOST":      registry,
		"TF_ACC_PROVIDER_NAMESPACE": "privileged-access",
		"TF_CLI_CONFIG_FILE":        config,
		"CHECKPOINT_DISABLE":        "1",
	} {
		if err := os.Setenv(name, value); err != nil {
			return err
		}
	}
	return nil
}
