package provider_test

import (
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/hashicorp/terraform-plugin-framework/providerserver"

	"github.com/privileged-access/terraform-provider-opa/internal/provider"
)

// hiddenRPCs are the framework's RPCs that the server does not forward, because the
// provider has no actions, list resources or state stores.
var hiddenRPCs = []string{
	"ConfigureStateStore", "DeleteState", "GetStates", "InvokeAction", "ListResource", "LockState", "PlanAction", "ReadStateBytes", "UnlockState",
	"ValidateActionConfig", "ValidateListResourceConfig", "ValidateStateStoreConfig", "WriteStateBytes",
}

// The server embeds the protocol's interface, not the framework's type. It would
// hide an RPC that the framework adds with an optional interface: Terraform would
// not find it, and no other test would fail.
func TestServerForwardsAllRPCs(t *testing.T) {
	t.Parallel()
	framework := reflect.TypeOf(providerserver.NewProtocol6(provider.New("test")())())
	server := reflect.TypeOf(provider.NewServer("test")())
	if framework.NumMethod() == 0 {
		t.Fatalf("got no methods of %s, want those of the protocol", framework)
	}
	for want := range framework.Methods() {
		got, ok := server.MethodByName(want.Name)
		if hidden := slices.Contains(hiddenRPCs, want.Name); !ok || hidden {
			if ok == hidden {
				t.Errorf("%s: got forwarded %t, want either forwarded or listed in hiddenRPCs", want.Name, ok)
			}
			continue
		}
		if signature(got) != signature(want) {
			t.Errorf("got %s%s, want %s", want.Name, signature(got), signature(want))
		}
	}
	for _, name := range hiddenRPCs {
		if _, ok := framework.MethodByName(name); !ok {
			t.Errorf("got %s in hiddenRPCs, want only methods of %s", name, framework)
		}
	}
}

// signature returns the parameters and results of a method, without its receiver.
func signature(m reflect.Method) string {
	var parameters, results []string
	for i := 1; i < m.Type.NumIn(); i++ {
		parameters = append(parameters, m.Type.In(i).String())
	}
	for result := range m.Type.Outs() {
		results = append(results, result.String())
	}
	return "(" + strings.Join(parameters, ", ") + ") (" + strings.Join(results, ", ") + ")"
}
