package clitest

import "testing"

func TestParseVersion(t *testing.T) {
	t.Parallel()
	for output, want := range map[string]Abilities{
		"Terraform v1.8.5\non linux_amd64\n":    {},
		"Terraform v1.9.8\n":                    {},
		"Terraform v1.10.0-beta1\n":             {Ephemeral: true},
		"Terraform v1.11.0\n":                   {Ephemeral: true, JUnit: true},
		"Terraform v2.0.0\n":                    {Ephemeral: true, JUnit: true},
		"OpenTofu v1.8.11\non windows_amd64\n":  {IsTofu: true},
		"OpenTofu v1.10.6\n":                    {IsTofu: true},
		"OpenTofu v1.11.0\non darwin_arm64\n\n": {IsTofu: true, Ephemeral: true},
		"OpenTofu v1.12.6\non linux_amd64\n":    {IsTofu: true, Ephemeral: true, JSONInto: true},
		"Terraform v1.16.3\non linux_amd64\n":   {Ephemeral: true, JUnit: true},
	} {
		if got, err := parseVersion(output); err != nil || got != want {
			t.Errorf("%q: got %+v, %v, want %+v", output, got, err, want)
		}
	}
	if got, err := parseVersion("command not found"); err == nil {
		t.Errorf("got %+v, want an error", got)
	}
}
