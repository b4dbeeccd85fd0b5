package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
)

// selection is the argument that selects the members of a batch, with the texts of
// the diagnostic for an empty selection.
type selection struct {
	argument string
	empty    prose // that nothing is selected, as a sentence
	check    prose // what to check, as sentences
}

// selectedSet returns the selection by a set of names or IDs.
func selectedSet(argument string) selection {
	return selection{argument, say("%s is an empty set.", argument), say("Check the expression that %s is set to.", argument)}
}

// selectedServers returns the selection of the servers in a project or resource group
// that have the labels, if there are any.
func selectedServers(argument, in, value string, labels map[string]string) selection {
	selected := selection{
		argument: argument,
		empty:    say("No server was found in the %s %s.", in, excerpt(value)),
		check:    say("Check %s: the provider cannot distinguish a %s that does not exist from a %s without servers.", argument, in, in),
	}
	if labels != nil {
		selected.empty = say("No server in the %s %s has the %s.", in, excerpt(value), client.DescribeLabels(labels))
		selected.check = say("%s Check labels as well: names and values are case-sensitive.", selected.check)
	}
	return selected
}

// selectedLabels returns the selection of all servers that have the labels.
func selectedLabels(labels map[string]string) selection {
	return selection{
		argument: "labels",
		empty:    say("No server has the %s.", client.DescribeLabels(labels)),
		check:    "Check labels: names and values are case-sensitive.",
	}
}

// selectedMembers returns the selection of the members of a group, which may be
// filtered.
func selectedMembers(group string, filtered bool) selection {
	if filtered {
		return selection{"group_name", say("No member of the group %s matches user_type and user_status.", excerpt(group)), "Check group_name, user_type and user_status."}
	}
	return selection{"group_name", say("The group %s has no members.", excerpt(group)), "Check group_name."}
}

// emptySelection is the title of the diagnostics for an empty selection.
const emptySelection = "Empty selection"

// emptyError returns the error for an empty selection.
func (s selection) emptyError() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(s.argument), emptySelection, message{
		happened: say("%s No report was created, and an empty result would look like \"nobody has access\".", s.empty),
		advice:   say("%s If an empty selection is expected, set allow_empty = true: rows is then empty, and status is null.", s.check),
	}.String())
}

// emptyWarning returns the warning for an empty selection that is allowed.
func (s selection) emptyWarning() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(s.argument), emptySelection, message{
		happened: say("%s No report was created. The empty rows do not mean that nobody has access.", s.empty),
		advice:   say("%s", s.check),
	}.String())
}
