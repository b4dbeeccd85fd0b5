package accessreport

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"
	"strings"
)

// EvidenceReport is what an auditor must know about the rows of a report, or of the
// reports of a batch.
type EvidenceReport struct {
	Rows   []Row
	Status string // of the report, or the combined status of a batch

	// RowCount and TotalRows are the numbers of rows after and before row filters. They
	// are negative if they are unknown.
	RowCount, TotalRows int

	// AskedUnknown is set if it is not known what was asked.
	AskedUnknown bool
	// PastOfPresent is set if the reports are of a time in the past, but their subjects are
	// those that a selection, such as a group, has now.
	PastOfPresent bool

	// Sources are the reports that the rows come from.
	Sources []Source
	// UnknownConditions are the conditions that were not fully understood, including
	// those of rows that a filter left out.
	UnknownConditions []string
}

// Limitations returns why the rows may not be all rows of what was asked, each as a
// clause. It is empty, not nil, only if the rows are certainly complete.
func (e *EvidenceReport) Limitations() []string {
	limits := []string{}
	add := func(applies bool, format string, values ...any) {
		if applies {
			limits = append(limits, fmt.Sprintf(format, values...))
		}
	}
	finished := e.Status == statusCompleted || e.Status == statusEmpty
	add(e.Status == "", "the status is not known")
	add(e.Status != "" && !finished, "the status is %s", quoteCell(e.Status))
	add(e.RowCount < 0 || e.TotalRows < 0, "the number of rows is not known")
	add(e.RowCount >= 0 && e.RowCount != len(e.Rows), "there are %s, but row_count is %d", count(len(e.Rows), "row", "rows"), e.RowCount)
	add(e.RowCount >= 0 && e.TotalRows >= 0 && e.TotalRows != e.RowCount, "filtered: row filters left %d of %s", e.RowCount, count(e.TotalRows, "row", "rows"))
	add(e.Status == statusEmpty && len(e.Rows) > 0, "the status is %s, but there are rows", statusEmpty)

	add(e.AskedUnknown, "the arguments of the data source are not known")
	add(e.PastOfPresent, "as_of: the subjects are those that are selected now. Access of others at that time is missing")

	var missing, unidentified, anonymous, uncounted, filtered, inReports, checkOnly int
	ids, rowsOf := map[string]int{}, map[string]int{}
	for i := range e.Sources {
		s := &e.Sources[i]
		if s.ReportID != "" {
			ids[strings.ToLower(s.ReportID)]++
		}
		if s.About == "" {
			anonymous++
		}
		if s.RowCount >= 0 && s.TotalRows >= 0 && s.RowCount != s.TotalRows && !s.CheckOnly {
			filtered++
		}
		switch {
		case s.missing() || s.Status == "":
			missing++
		case s.ReportID == "":
			unidentified++
		case s.CheckOnly:
			checkOnly++
		case s.RowCount < 0 || s.TotalRows < 0:
			uncounted++
		default:
			inReports += s.RowCount
			rowsOf[strings.ToLower(s.SubjectID)] += s.RowCount
		}
	}
	add(len(e.Sources) == 0, "no report is known")
	add(checkOnly > 0 && checkOnly == len(e.Sources), "no report is of the type of the subjects that the rows are from")
	add(missing > 0, "%d of %s are missing", missing, count(len(e.Sources), "report", "reports"))
	add(unidentified > 0, "%d of %s have no ID", unidentified, count(len(e.Sources), "report", "reports"))
	add(len(ids) < len(e.Sources)-missing-unidentified, "a report occurs more than once, and its rows as well")
	add(anonymous > 0, "the subjects of %s are not known", count(anonymous, "report", "reports"))
	add(filtered > 0 && e.TotalRows == e.RowCount, "filtered: row filters left out rows of %s", count(filtered, "report", "reports"))
	add(uncounted > 0, "the numbers of rows of %s are not known", count(uncounted, "report", "reports"))
	counted := missing+uncounted == 0 && len(e.Sources) > 0
	add(counted && inReports != len(e.Rows), "there are %s, but the reports have %d", count(len(e.Rows), "row", "rows"), inReports)
	unattributed, differing := e.compareSubjects(rowsOf)
	add(unattributed > 0, "%d of %s do not have the ID of the subject of their report", unattributed, count(len(e.Rows), "row", "rows"))
	add(counted && inReports == len(e.Rows) && unattributed == 0 && differing > 0, "the rows are not those of the reports: their numbers differ for %s", count(differing, "subject", "subjects"))
	return limits
}

// compareSubjects returns how many rows do not have the ID of a subject, and for how many
// subjects the number of rows differs from that of its reports. It changes rowsOf, the numbers
// of the reports by the ID in lower case.
func (e *EvidenceReport) compareSubjects(rowsOf map[string]int) (unattributed, differing int) {
	for i := range e.Rows {
		if e.Rows[i].SubjectID == "" {
			unattributed++
		}
		rowsOf[strings.ToLower(e.Rows[i].SubjectID)]--
	}
	for _, n := range rowsOf {
		if n != 0 {
			differing++
		}
	}
	return unattributed, differing
}

// AllUnknownConditions returns the distinct conditions of rows and reports that were not
// fully understood, sorted. It is empty, not nil, if all were understood.
func (e *EvidenceReport) AllUnknownConditions() []string {
	unknown := append([]string{}, e.UnknownConditions...)
	for i := range e.Rows {
		if e.Rows[i].Requirements.Unknown {
			unknown = append(unknown, e.Rows[i].Conditions)
		}
	}
	slices.Sort(unknown)
	return slices.Compact(unknown)
}

// Digest returns the SHA-256 in hexadecimal form of the CSV that Encode returns for rows.
func Digest(rows []Row) (string, error) {
	text, err := Encode(rows)
	if err != nil {
		return "", err
	}
	sum := sha256.Sum256([]byte(text))
	return hex.EncodeToString(sum[:]), nil
}
