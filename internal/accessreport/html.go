package accessreport

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"fmt"
	"html/template"
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
	return s.Error != "" || s.Status != "" && s.Status != "COMPLETED" && s.Status != "COMPLETED_BUT_EMPTY"
}

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
	Policy        string
	Style, Script template.HTML
	Totals        []total
	Warnings      []string
	Columns       []string
	Rows          []pageRow
	Reports       []pageReport
}

type total struct {
	Number   int
	Noun     string
	Alarming bool
}

type pageRow struct {
	User, Resource               string
	UserRemarks, ResourceRemarks []string
	Account                      string
	Privileges, PrivilegesKind   string
	Conditions                   []badge
}

// badge is a text and what kind of thing it says, which is its class in the
// page's style.
type badge struct{ Kind, Text string }

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
		Title:  "Who has access",
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
	sorted := append([]Row(nil), rows...)
	Sort(sorted)
	for i := range sorted {
		p.Rows = append(p.Rows, newPageRow(&sorted[i]))
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

func totalsOf(rows []Row) []total {
	var free, administer, inactive int
	for i := range rows {
		row := &rows[i]
		if row.Conditions == "" && !row.Lacks.Has(Conditions) {
			free++
		}
		if isAdministration(row) {
			administer++
		}
		if row.UserStatus != "" && !strings.EqualFold(row.UserStatus, ordinary[UserStatus]) {
			inactive++
		}
	}
	users, resources := len(distinct(rows, UserName, UserType, UserStatus)), len(distinct(rows, ResourceName, ResourceType))
	return []total{
		{users, plural(users, "user", "users"), false},
		{resources, plural(resources, "resource", "resources"), false},
		{len(rows), plural(len(rows), "way in", "ways in"), false},
		{administer, "with more than user privileges", false},
		{free, "without any condition", free > 0},
		{inactive, "of users who are not active", inactive > 0},
	}
}

// isAdministration takes every privilege but the ordinary one for more than it,
// so that one that nobody has heard of is not overlooked.
func isAdministration(row *Row) bool { return !strings.EqualFold(row.Privileges, "user") }

// warnings are what a reader must know before the rows: that there should be
// more of them.
func warnings(rows []Row, sources []Source) []string {
	var missing, inReports int
	known := len(sources) > 0
	for i := range sources {
		if sources[i].missing() {
			missing++
		}
		known = known && sources[i].RowCount >= 0
		inReports += max(sources[i].RowCount, 0)
	}
	var all []string
	if missing > 0 {
		all = append(all, fmt.Sprintf("%d of %s could not be read: the access that they would tell of is not on this page. They are marked at its end.",
			missing, count(len(sources), "report", "reports")))
	}
	if known && missing == 0 && inReports != len(rows) {
		all = append(all, fmt.Sprintf("This page shows %s, but the reports have %d.", count(len(rows), "row", "rows"), inReports))
	}
	return all
}

// told is a cell as the page shows it. Words in brackets are ours.
func told(r *Row, c Column) string {
	switch {
	case r.Lacks.Has(c):
		return "(unknown)"
	case r.Cell(c) == "":
		return "(none)"
	}
	return visible(r.Cell(c))
}

// conditionBadges are the conditions of a row, piece by piece, with what each is
// understood to ask for as its kind. Where the pieces say something else than
// the whole, as when one takes back another, the whole stays in one piece.
func conditionBadges(r *Row) []badge {
	if r.Conditions == "" {
		if r.Lacks.Has(Conditions) {
			return []badge{{"other", told(r, Conditions)}}
		}
		return []badge{{"none", told(r, Conditions)}}
	}
	var badges []badge
	var together Requirements
	for piece := range strings.SplitSeq(r.Conditions, ",") {
		asks := ParseConditions(piece)
		together = together.or(asks)
		kind := "other"
		switch {
		case asks.MFA:
			kind = "mfa"
		case asks.Approval:
			kind = "approval"
		case asks.Recording:
			kind = "recording"
		case asks.Gateway:
			kind = "gateway"
		}
		badges = append(badges, badge{kind, visible(strings.TrimPrefix(piece, " "))})
	}
	if together != ParseConditions(r.Conditions) {
		return []badge{{"other", visible(r.Conditions)}}
	}
	return badges
}

func newPageRow(r *Row) pageRow {
	row := pageRow{
		User:            told(r, UserName),
		Resource:        told(r, ResourceName),
		UserRemarks:     visibleAll(remarksOn(r, UserType, UserStatus)),
		ResourceRemarks: visibleAll(remarksOn(r, ResourceType)),
		Account:         told(r, Account),
		Privileges:      told(r, Privileges),
		PrivilegesKind:  "plain",
		Conditions:      conditionBadges(r),
	}
	if isAdministration(r) {
		row.PrivilegesKind = "admin"
	}
	return row
}

func visibleAll(texts []string) []string {
	for i, text := range texts {
		texts[i] = visible(text)
	}
	return texts
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
