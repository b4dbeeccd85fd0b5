package accessreport

// ReportOf returns a report with rows that were not decoded.
func ReportOf(rows []Row) *Report {
	r := &Report{Rows: rows, TotalRows: len(rows)}
	for i := range rows {
		r.note(&rows[i])
	}
	return r
}
