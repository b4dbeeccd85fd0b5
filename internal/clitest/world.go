package clitest

import (
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// World parses the world of a simulated tenant.
func World(t *testing.T, text string) *opasim.World {
	t.Helper()
	w, err := opasim.ParseWorld("world.hcl", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
