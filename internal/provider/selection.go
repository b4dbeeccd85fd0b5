package provider

import (
	"github.com/hashicorp/terraform-plugin-framework/diag"
	"github.com/hashicorp/terraform-plugin-framework/path"
)

// selection is the argument that selects the members of a batch, and what to say
// if it selects none.
type selection struct {
	argument string
	empty    prose // that nothing is selected, as a sentence
	check    prose // what to check, as sentences
}

// selectedSet is the selection by a set of names or ids.
func selectedSet(argument string) selection {
	return selection{argument, say("%s is an empty set.", argument), say("Check the expression that %s is set to.", argument)}
}

// selectedServers is the selection of all servers in something, such as a project.
func selectedServers(argument, in, value string) selection {
	return selection{
		argument: argument,
		empty:    say("No server was found in the %s %s.", in, excerpt(value)),
		check:    say("Check %s: the provider cannot distinguish a %s that does not exist from a %s without servers.", argument, in, in),
	}
}

// selectedMembers is the selection of a group's members, which may be filtered.
func selectedMembers(group string, filtered bool) selection {
	if filtered {
		return selection{"group_name", say("No member of the group %s matches user_type and user_status.", excerpt(group)), "Check group_name, user_type and user_status."}
	}
	return selection{"group_name", say("The group %s has no members.", excerpt(group)), "Check group_name."}
}

// nothingToReportOn is the title of both messages on an empty selection.
const nothingToReportOn = "Empty selection"

// emptyError is the error for an empty selection.
func (s selection) emptyError() diag.Diagnostic {
	return diag.NewAttributeErrorDiagnostic(path.Root(s.argument), nothingToReportOn, message{
		happened: say("%s No report was created, and an empty result would look like \"nobody has access\".", s.empty),
		advice:   say("%s If an empty selection is expected, set allow_empty = true: rows is then empty, and status is null.", s.check),
	}.String())
}

// emptyWarning is the warning for an empty selection that is allowed.
func (s selection) emptyWarning() diag.Diagnostic {
	return diag.NewAttributeWarningDiagnostic(path.Root(s.argument), nothingToReportOn, message{
		happened: say("%s No report was created. The empty rows do not mean that nobody has access.", s.empty),
		advice:   say("%s", s.check),
	}.String())
}
