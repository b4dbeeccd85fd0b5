package clitest

import (
	"os"
	"os/exec"
	"runtime"
	"testing"
)

// NeedCLI skips a test that starts Terraform or OpenTofu if neither is installed.
func NeedCLI(t *testing.T) {
	t.Helper()
	if Path() == "" {
		t.Skip("needs terraform or tofu on the PATH; make test builds OpenTofu if neither is installed")
	}
}

// NeedConftest skips a test that starts conftest if it is not installed.
func NeedConftest(t *testing.T) {
	t.Helper()
	if os.Getenv("CONFTEST") == "" {
		t.Skip("needs CONFTEST, the path of conftest; make test CI=1 builds it")
	}
}

// NeedCommands skips a test that runs shell commands if one of them is not
// installed. In CI, where all of them are installed, the test fails instead.
func NeedCommands(t *testing.T, commands ...string) {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("runs commands in a POSIX shell")
	}
	for _, command := range commands {
		switch _, err := exec.LookPath(command); {
		case err != nil && os.Getenv("CI") != "":
			t.Fatal(err)
		case err != nil:
			t.Skipf("%s is not on the PATH", command)
		}
	}
}
