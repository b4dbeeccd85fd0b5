package provider

import "github.com/privileged-access/terraform-provider-opa/internal/client"

// attributeName returns the name of the argument that looks up an object by a key.
func attributeName(object client.Object, key client.Key) string {
	switch key {
	case client.KeyHostname:
		return "hostname"
	case client.KeyCanonicalName:
		return "canonical_name"
	}
	suffix := "_name"
	if key == client.KeyID {
		suffix = "_id"
	}
	switch object {
	case client.ObjectUser:
		return "user" + suffix
	case client.ObjectGroup:
		return "group" + suffix
	case client.ObjectReport:
		return "report" + suffix
	case client.ObjectResourceGroup:
		return "resource_group" + suffix
	}
	return "resource" + suffix // a server
}
