// Terraform-provider-opa reports who has access to what, and how, in Okta
// Privileged Access. It is a plugin that Terraform and OpenTofu start.
package main

import (
	"flag"
	"log"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6/tf6server"

	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// version is set by the linker (see GNUmakefile).
var version = "dev"

func main() {
	debug := flag.Bool("debug", false, "wait for a debugger such as delve, and print the settings with which Terraform attaches")
	flag.Parse()

	var options []tf6server.ServeOpt
	if *debug {
		options = append(options, tf6server.WithManagedDebug())
	}
	err := tf6server.Serve(provider.Address, provider.NewServer(version), options...)
	if err != nil {
		log.Fatal(err)
	}
}
