package clitest_test

import (
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
)

// TestMain prepares the environment of the CLI.
func TestMain(m *testing.M) { clitest.Main(m) }
