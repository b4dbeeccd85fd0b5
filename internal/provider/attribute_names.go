package provider

import "github.com/privileged-access/terraform-provider-opa/internal/client"

// attributeName returns the name of the argument that looks up an object by a key.
func attributeName(object client.Object, key client.Key) string {
	suffix := "_name"
	switch key {
	case client.KeyHostname:
		return "hostname"
	case client.KeyCanonicalName:
		return "canonical_name"
	case client.KeyID:
		suffix = "_id"
	case client.KeyEmail:
		return "email"
	case client.KeyName:
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
	case client.ObjectServer:
	}
	return "resource" + suffix
}
