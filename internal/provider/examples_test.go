package provider_test

import (
	"os"
	"testing"
)

func TestExampleFilesExist(t *testing.T) {
	t.Parallel()
	schema := newServer(t).schema
	var want []string
	for name := range schema.DataSourceSchemas {
		want = append(want, "data-sources/"+name+"/data-source.tf")
	}
	for name := range schema.Functions {
		want = append(want, "functions/"+name+"/function.tf")
	}
	for name := range schema.EphemeralResourceSchemas {
		want = append(want, "ephemeral-resources/"+name+"/ephemeral-resource.tf")
	}
	if len(want) == 0 {
		t.Fatal("got an empty schema, want data sources, functions and ephemeral resources")
	}
	for _, file := range want {
		if _, err := os.Stat("../../examples/" + file); err != nil {
			t.Error(err)
		}
	}
}
