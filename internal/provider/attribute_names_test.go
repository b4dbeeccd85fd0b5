package provider

import (
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

func TestAttributeName(t *testing.T) {
	for _, test := range []struct {
		object client.Object
		key    client.Key
		want   string
	}{
		{client.ObjectUser, client.KeyName, "user_name"},
		{client.ObjectUser, client.KeyID, "user_id"},
		{client.ObjectGroup, client.KeyName, "group_name"},
		{client.ObjectReport, client.KeyID, "report_id"},
		{client.ObjectResourceGroup, client.KeyID, "resource_group_id"},
		{client.ObjectServer, client.KeyID, "resource_id"},
		{client.ObjectServer, client.KeyHostname, "hostname"},
		{client.ObjectServer, client.KeyCanonicalName, "canonical_name"},
	} {
		if got := attributeName(test.object, test.key); got != test.want {
			t.Errorf("%s by %s: got %s, want %s", test.object, test.key, got, test.want)
		}
	}
}
