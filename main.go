// Terraform-provider-opa answers who has access to what, and how, in Okta
// Privileged Access. Terraform and OpenTofu start it; it is of no use alone.
package main

import (
	"context"
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// version is set by the linker (see GNUmakefile).
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger such as delve, and print how Terraform is to reattach")
	flag.Parse()

	err := providerserver.Serve(context.Background(), provider.New(version), providerserver.ServeOpts{
		Address:         provider.Address,
		Debug:           *debug,
		ProtocolVersion: 6,
	})
	if err != nil {
		log.Fatal(err)
	}
}
