package accessreport

import (
	"fmt"
	"strings"
)

// total is a number above the list.
type total struct {
	Number   int
	Noun     string
	Alarming bool
}

// subtitle describes in one line where the rows come from.
func subtitle(sources []Source) string {
	switch len(sources) {
	case 0:
		return "The reports that these rows come from are not known, so the page cannot show whether rows are missing."
	case 1:
		parts := []string{"Report " + visible(sources[0].ReportID)}
		if sources[0].ReportID == "" {
			parts[0] = "No report"
		}
		for _, part := range []string{sources[0].Status, sources[0].CreatedAt} {
			if part != "" {
				parts = append(parts, visible(part))
			}
		}
		return strings.Join(parts, ", ")
	}
	return "From " + count(len(sources), "report", "reports") + ", which are listed at the end."
}

// totalsOf counts the users, the resources and the rows to pay attention to.
func totalsOf(rows []Row) []total {
	var unconditional, elevated, inactive, unknown int
	for i := range rows {
		row := &rows[i]
		if MeansNone(row.Conditions) && !row.MissingColumns.Has(Conditions) {
			unconditional++
		}
		if row.Elevated() {
			elevated++
		}
		if row.UserStatus == "" || row.MissingColumns.Has(Conditions) {
			unknown++
		}
		if row.UserStatus != "" && !strings.EqualFold(row.UserStatus, ordinary[UserStatus]) {
			inactive++
		}
	}
	users, resources := len(distinct(rows, UserName, UserType, UserStatus)), len(distinct(rows, ResourceName, ResourceType))
	totals := []total{
		{users, plural(users, "user", "users"), false},
		{resources, plural(resources, "resource", "resources"), false},
		{len(rows), plural(len(rows), "way in", "ways in"), false},
		{elevated, "with more than user privileges, or to a shared account", false},
		{unconditional, "without any condition", unconditional > 0},
		{inactive, "held by users who are not active", inactive > 0},
	}
	if unknown > 0 {
		totals = append(totals, total{unknown, "with unknown conditions or status of the user", true})
	}
	return totals
}

// warnings returns the warnings that the page shows above the rows if rows are missing.
func warnings(rows []Row, sources []Source) []string {
	var missing, inReports, uncounted, filtered int
	for i := range sources {
		switch source := &sources[i]; {
		case source.missing():
			missing++
		case source.CheckOnly:
		case source.RowCount >= 0:
			inReports += source.RowCount
			filtered += max(source.TotalRows-source.RowCount, 0)
		case source.Status != statusEmpty:
			uncounted++
		}
	}
	var all []string
	if missing > 0 {
		all = append(all, fmt.Sprintf("%d of %s could not be read. Their access is not on this page. They are marked at the end.",
			missing, count(len(sources), "report", "reports")))
	}
	if filtered > 0 {
		all = append(all, fmt.Sprintf("Row filters left out %s of the reports. A user or resource that is not on this page may have access.", count(filtered, "row", "rows")))
	}
	switch known := len(sources) > 0 && uncounted == 0; {
	case inReports > len(rows), known && inReports != len(rows):
		all = append(all, fmt.Sprintf("This page shows %s, but the reports have %d.", count(len(rows), "row", "rows"), inReports))
	case uncounted > 0 && len(rows) == 0:
		all = append(all, "This page shows no rows, but the reports may have rows.")
	}
	return all
}
