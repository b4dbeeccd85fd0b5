package examples_test

import (
	"os"
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/clitest"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// compliant is a tenant without violations of the rules in the examples.
const compliant = `
	user "larry.linuxadmin" {}
	user "wanda.windowsadmin" {}
	user "paula+pager@example.com" {
		account = "paula.pager"
	}
	user "terraform-reporter" {
		type = "service"
	}
	group "api-clients" {
		roles   = ["security_admin"]
		members = ["terraform-reporter"]
	}
	group "admins" {
		members = ["larry.linuxadmin", "paula+pager@example.com"]
	}
	group "windows-admins" {
		members = ["wanda.windowsadmin"]
	}
	resource_group "commerce" {
		project "storefront" {
			server "web-01" {
				labels = { env = "production" }
			}
			server "web-02" {
				labels = { env = "production" }
			}
			server "test-01" {
				labels = { env = "test" }
			}
		}
	}
	policy "compliant" {
		groups = ["admins"]
		rule "sign-in" {
			servers {
				project = "storefront"
			}
			individual = ["user"]
			conditions = ["gateway"]
		}
		rule "elevate" {
			servers {
				hostname = "web-01"
			}
			individual = ["admin"]
			conditions = ["mfa"]
		}
		rule "break-glass" {
			servers {
				hostname = "web-01"
			}
			shared     = ["root"]
			conditions = ["gateway_with_session_recording", "access_request", "mfa"]
		}
	}
`

// grant returns a policy that grants a group access to a server. accounts is the
// argument that selects the accounts, such as individual or shared.
func grant(group, hostname, accounts, conditions string) string {
	return `
		policy "additional" {
			groups = ["` + group + `"]
			rule "additional" {
				servers {
					hostname = "` + hostname + `"
				}
				` + accounts + `
				conditions = [` + conditions + `]
			}
		}
	`
}

// defaultWorld returns the text of the default world of the simulator.
func defaultWorld(t *testing.T) string {
	t.Helper()
	text, err := os.ReadFile("../internal/opasim/world.hcl")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// tenantWithRows returns a tenant whose reports all have these rows, which the
// simulator does not generate.
func tenantWithRows(t *testing.T, text string, rows ...string) opasim.Options {
	t.Helper()
	const header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	return opasim.Options{World: clitest.World(t, text), Faults: []opasim.Fault{{
		Path: "/access_reports/{id}/report", After: true, Status: 200, Body: []byte(header + strings.Join(rows, "\n") + "\n"),
	}}}
}
