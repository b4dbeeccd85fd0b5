package accessreport

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
	"slices"
	"strconv"
	"strings"
)

// Source is a report that rows come from, or should have come from, as far as a
// reader of them must know it. A text that is not known is empty.
type Source struct {
	About     string // the user or resource that the report is on
	ReportID  string
	Status    string // COMPLETED, say (API contract, section 1)
	CreatedAt string // RFC 3339
	RowCount  int    // negative where it is not known
	Error     string // why there is no report
}

// missing says whether the rows of a report are not there. Only these two states
// are the end of a report that can be read.
func (s *Source) missing() bool {
	return s.Error != "" || s.Status != "" && s.Status != "COMPLETED" && s.Status != emptyStatus
}

// emptyStatus is the status of a report without rows (API contract, section 1).
const emptyStatus = "COMPLETED_BUT_EMPTY"

//go:embed page/page.html
var pageText string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Parse(pageText))

// page is what the template shows.
type page struct {
	Title         string
	Subtitle      string
	Policy        string
	Style, Script template.HTML
	Totals        []total
	Warnings      []string
	Columns       []string
	Rows          []pageRow
	Repeated      bool // some rows are the same
	Reports       []pageReport
}

type total struct {
	Number   int
	Noun     string
	Alarming bool
}

type pageRow struct {
	User, Resource, Account, Privileges phrase

	PrivilegesKind               string
	UserRemarks, ResourceRemarks []string
	AccountRemarks               []string
	Extra                        []string // of columns that are not known
	Conditions                   []badge
}

// phrase is what a cell says or, where it says nothing, a word of ours, which
// looks different: a user may be called none.
type phrase struct{ Cell, Ours string }

// badge is a text and what kind of thing it says, which is its class in the
// page's style.
type badge struct {
	Kind string
	Text phrase
}

type pageReport struct {
	About, ID, Status, Created, RowCount, Error string

	Missing bool
}

// HTML shows rows as a page for people who check them: a list that can be
// searched and sorted, the same as a matrix of resources and users, and above it
// what stands out. Below it are the reports that the rows come from.
//
// The page needs nothing but itself: no network, no script or style from
// elsewhere, which its Content-Security-Policy forbids. No text of a report can
// become markup, and what would not be seen is shown by signs.
func HTML(rows []Row, sources []Source) (string, error) {
	p := page{
		Title:    "Who has access",
		Subtitle: subtitle(sources),

		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(pageStyle) + "; script-src " + hash(pageScript),
		Style:  template.HTML("<style>" + pageStyle + "</style>"),    //nolint:gosec // our own
		Script: template.HTML("<script>" + pageScript + "</script>"), //nolint:gosec // our own

		Columns:  []string{"User", "Resource", "Account", "Privileges", "Conditions"},
		Totals:   totalsOf(rows),
		Warnings: warnings(rows, sources),
	}
	if len(sources) == 1 && sources[0].About != "" {
		p.Title = "Access report: " + visible(sources[0].About)
	}
	sorted := slices.Clone(rows)
	Sort(sorted)
	for i := range sorted {
		p.Rows = append(p.Rows, newPageRow(&sorted[i]))
		p.Repeated = p.Repeated || i > 0 && sorted[i] == sorted[i-1]
	}
	for _, source := range sources {
		p.Reports = append(p.Reports, newPageReport(&source))
	}
	var b strings.Builder
	if err := pageTemplate.Execute(&b, p); err != nil {
		return "", err
	}
	return b.String(), nil
}

// hash names a script or a style in a Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}

// subtitle is where the rows come from, in one line.
func subtitle(sources []Source) string {
	switch len(sources) {
	case 0:
		return "This page was not told which reports its rows come from, and cannot say whether any are missing."
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

func totalsOf(rows []Row) []total {
	var free, administer, inactive, untold int
	for i := range rows {
		row := &rows[i]
		if MeansNone(row.Conditions) && !row.MissingColumns.Has(Conditions) {
			free++
		}
		if row.Elevated() {
			administer++
		}
		if row.UserStatus == "" || row.MissingColumns.Has(Conditions) {
			untold++
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
		{administer, "with more than user privileges, or to a shared account", false},
		{free, "without any condition", free > 0},
		{inactive, "held by users who are not active", inactive > 0},
	}
	if untold > 0 {
		totals = append(totals, total{untold, "with unknown conditions or status of the user", true})
	}
	return totals
}

// warnings are what a reader must know before the rows: that there should be
// more of them.
func warnings(rows []Row, sources []Source) []string {
	var missing, inReports, uncounted int
	for i := range sources {
		switch source := &sources[i]; {
		case source.missing():
			missing++
		case source.RowCount >= 0:
			inReports += source.RowCount
		case source.Status != emptyStatus:
			uncounted++
		}
	}
	var all []string
	if missing > 0 {
		all = append(all, fmt.Sprintf("%d of %s could not be read. Their access is not on this page. They are marked at the end.",
			missing, count(len(sources), "report", "reports")))
	}
	switch known := len(sources) > 0 && uncounted == 0; {
	case inReports > len(rows), known && inReports != len(rows):
		all = append(all, fmt.Sprintf("This page shows %s, but the reports have %d.", count(len(rows), "row", "rows"), inReports))
	case uncounted > 0 && len(rows) == 0:
		all = append(all, "This page shows no rows, but the reports are not said to be empty.")
	}
	return all
}

// told is a cell as the page shows it.
func told(r *Row, c Column) phrase {
	switch {
	case r.MissingColumns.Has(c):
		return phrase{Ours: "unknown"}
	case r.Cell(c) == "":
		return phrase{Ours: "none"}
	}
	return phrase{Cell: visible(r.Cell(c))}
}

// conditionBadges are the conditions of a row, piece by piece, with what each is
// understood to ask for as its kind. Where the pieces say something else than
// the whole, as when one takes back another, the whole stays in one piece.
func conditionBadges(r *Row) []badge {
	whole := []badge{{"other", told(r, Conditions)}}
	switch {
	case r.MissingColumns.Has(Conditions):
		return whole
	case MeansNone(r.Conditions):
		return []badge{{"none", told(r, Conditions)}}
	}
	var badges []badge
	var together Requirements
	for piece := range strings.SplitSeq(r.Conditions, ",") {
		if strings.TrimSpace(piece) == "" {
			return whole
		}
		asks := ParseConditions(piece)
		together = together.or(asks)
		badges = append(badges, badge{kindOf(asks), phrase{Cell: visible(strings.TrimPrefix(piece, " "))}})
	}
	if together != ParseConditions(r.Conditions) {
		return whole
	}
	return badges
}

// kindOf is the class of a condition.
func kindOf(asks Requirements) string {
	switch {
	case asks.MFA:
		return "mfa"
	case asks.Approval:
		return "approval"
	case asks.Recording:
		return "recording"
	case asks.Gateway:
		return "gateway"
	}
	return "other"
}

func newPageRow(r *Row) pageRow {
	row := pageRow{
		User:            told(r, UserName),
		Resource:        told(r, ResourceName),
		UserRemarks:     remarksOn(r, visible, UserType, UserStatus),
		ResourceRemarks: remarksOn(r, visible, ResourceType),
		Account:         told(r, Account),
		Privileges:      told(r, Privileges),
		PrivilegesKind:  "plain",
		Conditions:      conditionBadges(r),
	}
	if r.Privileges != "user" {
		row.PrivilegesKind = "admin"
	}
	if r.SharedAccount() {
		row.AccountRemarks = []string{"shared"}
	}
	for name, cell := range r.Extra.All() {
		row.Extra = append(row.Extra, visible(name)+": "+visible(cell))
	}
	if r.UserStatus == "" {
		row.UserRemarks = append(row.UserRemarks, "status unknown")
	}
	return row
}

func newPageReport(s *Source) pageReport {
	report := pageReport{
		About: visible(s.About), ID: visible(s.ReportID), Status: visible(s.Status), Created: visible(s.CreatedAt), Error: visible(s.Error),
		Missing: s.missing(),
	}
	if s.RowCount >= 0 && !report.Missing {
		report.RowCount = strconv.Itoa(s.RowCount)
	}
	return report
}
