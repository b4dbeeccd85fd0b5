package provider_test

import (
	"strings"
	"testing"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestWorkloadIdentity(t *testing.T) {
	const connection, jwt, role = "ci", "header.payload/of+a=job.signature", "auditor"
	options := opasim.Options{WorkloadConnection: connection, WorkloadJWT: jwt, WorkloadRole: role}
	noKey := config{"key_id": nil, "key_secret": nil}
	withWorkload := func(workload map[string]any) config {
		return config{"key_id": nil, "key_secret": nil, "workload_identity": workload}
	}
	for name, test := range map[string]struct {
		env      map[string]string
		provider config
		want     string // prefix of the diagnostics; "" for none
	}{
		"in configuration": {provider: withWorkload(map[string]any{"connection": connection, "jwt": jwt, "role": role})},
		"in environment":   {env: map[string]string{"OPA_WORKLOAD_CONNECTION": connection, "OPA_WORKLOAD_JWT": jwt, "OPA_WORKLOAD_ROLE": role}, provider: noKey},
		"connection in configuration, JWT in environment": {env: map[string]string{"OPA_WORKLOAD_JWT": jwt}, provider: withWorkload(map[string]any{"connection": connection, "role": role})},
		"key in environment before workload in environment": {
			env:      map[string]string{"OPA_WORKLOAD_CONNECTION": "x", "OPA_WORKLOAD_JWT": "x", "OPA_KEY_ID": opasim.DefaultKeyID, "OPA_KEY_SECRET": opasim.DefaultKeySecret},
			provider: noKey,
		},
		"configured workload before key in environment": {
			env:      map[string]string{"OPA_KEY_ID": "x", "OPA_KEY_SECRET": "x", "OPA_BEARER_TOKEN": "x"},
			provider: withWorkload(map[string]any{"connection": connection, "jwt": jwt, "role": role}),
		},
		"wrong JWT":        {provider: withWorkload(map[string]any{"connection": connection, "jwt": "other", "role": role}), want: "error: Workload refused"},
		"wrong connection": {provider: withWorkload(map[string]any{"connection": "other", "jwt": jwt, "role": role}), want: "error: Workload refused"},
		"no role":          {provider: withWorkload(map[string]any{"connection": connection, "jwt": jwt}), want: "error: Missing role"},
		"no JWT":           {provider: withWorkload(map[string]any{"connection": connection}), want: "error: Missing provider configuration"},
		"no connection":    {provider: withWorkload(map[string]any{"jwt": jwt}), want: "error: Missing provider configuration"},
		"workload and key": {provider: config{"workload_identity": map[string]any{"connection": connection, "jwt": jwt}}, want: "error: Invalid provider configuration"},
		"unknown JWT":      {provider: withWorkload(map[string]any{"connection": connection, "jwt": unknown{}}), want: "error: Unknown provider configuration"},
	} {
		t.Run(name, func(t *testing.T) {
			sim := opasim.Start(t, options)
			for variable, value := range test.env {
				t.Setenv(variable, value)
			}
			s := newServer(t)
			arguments := with(credentials(sim), test.provider)
			diags := s.configure(arguments)
			var state map[string]any
			if diags == "" {
				state, diags = s.read("opa_resource_access_report", config{"hostname": "web-01"})
			}
			if !strings.HasPrefix(diags, test.want) || (test.want == "") != (state != nil) || strings.Contains(diags, jwt) {
				t.Errorf("got state %v, diagnostics %s\nwant diagnostics that begin with %q, and no JWT in them", state, diags, test.want)
			}
			checkContract(t, sim)
		})
	}
}
