package accessreport

import (
	"crypto/sha256"
	_ "embed" // the parts of the page
	"encoding/base64"
	"html/template"
	"slices"
	"strings"
)

//go:embed page/page.html
var pageMarkup string

//go:embed page/page.css
var pageStyle string

//go:embed page/page.js
var pageScript string

var pageTemplate = template.Must(template.New("page").Parse(pageMarkup))

// page is the data of the template.
type page struct {
	Title         string
	Subtitle      string
	Policy        string
	Style, Script template.HTML
	Totals        []total
	Warnings      []string
	Columns       []string
	Rows          []pageRow
	Repeated      bool // whether any rows are equal
	Reports       []pageReport
}

// HTML returns a page for reviewers of the rows. It has totals and warnings, a list of
// the rows that can be searched, sorted and shown as a matrix of resources and users,
// and the reports that the rows come from.
//
// The page is self-contained: its Content-Security-Policy forbids network access and
// other scripts and styles. Text of a report is escaped, and invisible characters are
// shown as visible symbols.
func HTML(rows []Row, sources []Source) (string, error) {
	p := page{
		Title:    "Who has access",
		Subtitle: subtitle(sources),

		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(pageStyle) + "; script-src " + hash(pageScript),
		Style:  template.HTML("<style>" + pageStyle + "</style>"),    //nolint:gosec // embedded
		Script: template.HTML("<script>" + pageScript + "</script>"), //nolint:gosec // embedded

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
		p.Repeated = p.Repeated || i > 0 && identity(sorted[i]) == identity(sorted[i-1])
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

// hash returns the source expression for a script or style in a
// Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
