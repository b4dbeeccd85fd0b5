package tenantprofile

import (
	"slices"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// missingRows returns which of the two reports does not have rows that the other one has about
// the user and the server: "user", "resource" or "both". It returns "" if the check that
// compares them did not fail.
func missingRows(checks []Check, decoded []Decoded) string {
	if !slices.Contains(checks, Check{"compare_reports", "fail"}) {
		return ""
	}
	var users, servers []accessreport.Row
	var names accessreport.Names
	var skipped accessreport.Columns
	for _, d := range decoded {
		if d.Report == nil {
			return ""
		}
		skipped |= d.Report.MissingColumns()
		rows, column, subject := &servers, accessreport.ResourceName, "resource"
		if d.User {
			rows, column, subject = &users, accessreport.UserName, "user"
		}
		names.Add(column, subject, d.Report.SubjectNames(column)...)
		*rows = slices.Clone(d.Report.Rows)
		for i := range *rows {
			(*rows)[i].SubjectID = subject
		}
	}
	switch {
	case len(users) == 0: // and no name of the user
		return "user"
	case len(servers) == 0:
		return "resource"
	}
	users = slices.DeleteFunc(users, func(r accessreport.Row) bool {
		return !names.Mean(accessreport.ResourceName, r.ResourceName, "resource")
	})
	servers = slices.DeleteFunc(servers, func(r accessreport.Row) bool { return !names.Mean(accessreport.UserName, r.UserName, "user") })
	onlyUsers, onlyServers := accessreport.CrossCheck(users, servers, &names, skipped)
	switch {
	case len(onlyUsers) > 0 && len(onlyServers) == 0:
		return "resource"
	case len(onlyServers) > 0 && len(onlyUsers) == 0:
		return "user"
	}
	return "both"
}
