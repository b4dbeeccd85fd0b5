package provider_test

import (
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// world parses the world of a simulated tenant.
func world(t *testing.T, text string) *opasim.World {
	t.Helper()
	w, err := opasim.ParseWorld("world.hcl", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	return w
}
