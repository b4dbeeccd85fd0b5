package accessreport

// Source is a report that rows come from, or should have come from, as the HTML page
// shows it. Unknown texts are empty.
type Source struct {
	About     string // the subject, a user or resource
	SubjectID string // as in the rows of the report
	ReportID  string
	Status    string // of the report, such as COMPLETED (API.md, report-status)
	CreatedAt string // RFC 3339
	Error     string // why there is no report

	// RowCount is the number of rows that row filters select, and TotalRows the number
	// of rows before. They are negative if they are unknown.
	RowCount, TotalRows int
	// CheckOnly reports are only compared with others. Their rows are not on the page.
	CheckOnly bool
}

// The statuses of reports that were completed (API.md, report-status).
const (
	statusCompleted = "COMPLETED"
	statusEmpty     = "COMPLETED_BUT_EMPTY"
)

// missing reports whether the rows of the report are missing, because it failed or is
// not completed.
func (s *Source) missing() bool {
	return s.Error != "" || s.Status != "" && s.Status != statusCompleted && s.Status != statusEmpty
}
