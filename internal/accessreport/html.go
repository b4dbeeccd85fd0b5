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

//go:embed page/list.js
var listScript string

//go:embed page/matrix.js
var matrixScript string

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
	Sections      []pageSection
	Rows          *pageList
	Lists         []*pageList // all lists that have rows
	Repeated      bool        // whether any rows are equal
	Reports       []pageReport
}

// pageSection is a section above the list of the rows.
type pageSection struct {
	ID, Heading string
	Totals      []total
	Parts       []pagePart
}

// pagePart is a part of a section.
type pagePart struct {
	Heading  string
	Text     string // explains the list, or that it is empty
	Alarming bool
	List     *pageList
}

// HTML returns a page for reviewers of the rows. It has totals and warnings, a list of
// the rows that can be searched, sorted and shown as a matrix of resources and users,
// and the reports that the rows come from. Changes and review are shown above the rows
// if they are not nil. If they are about other rows, the page warns about it.
//
// The page is self-contained: its Content-Security-Policy forbids network access and
// other scripts and styles. Text of a report or an approval is escaped, and invisible
// characters are shown as visible symbols.
func HTML(rows []Row, sources []Source, changes *Changes, review *PageReview) (string, error) {
	script := listScript + matrixScript + pageScript
	p := page{
		Title:    "Who has access",
		Subtitle: subtitle(sources),

		Policy: "default-src 'none'; base-uri 'none'; form-action 'none'; style-src " + hash(pageStyle) + "; script-src " + hash(script),
		Style:  template.HTML("<style>" + pageStyle + "</style>"), //nolint:gosec // embedded
		Script: template.HTML("<script>" + script + "</script>"),  //nolint:gosec // embedded

		Totals:   totalsOf(rows),
		Warnings: warnings(rows, sources),
	}
	if len(sources) == 1 && sources[0].About != "" {
		p.Title = "Access report: " + visible(sources[0].About)
	}
	if changes != nil {
		p.addSection(changesSection(changes), rows, changes.after())
	}
	if review != nil {
		p.addSection(reviewSection(review), rows, review.rows())
	}
	sorted := slices.Clone(rows)
	Sort(sorted)
	for i := range sorted {
		p.Repeated = p.Repeated || i > 0 && identity(sorted[i]) == identity(sorted[i-1])
	}
	p.Rows = listOfRows("list", sorted)
	p.addList(p.Rows)
	for _, source := range sources {
		p.Reports = append(p.Reports, newPageReport(&source))
	}
	var b strings.Builder
	if err := pageTemplate.Execute(&b, p); err != nil {
		return "", err
	}
	return b.String(), nil
}

// addSection adds a section, and a warning if its rows are not exactly those of the page.
func (p *page) addSection(section pageSection, rows, ofSection []Row) {
	p.Sections = append(p.Sections, section)
	p.Warnings = append(p.Warnings, otherRows(section.Heading, rows, ofSection)...)
	for _, part := range section.Parts {
		p.addList(part.List)
	}
}

// addList adds the data of a list, unless it is empty.
func (p *page) addList(list *pageList) {
	if list.Len() > 0 {
		p.Lists = append(p.Lists, list)
	}
}

// hash returns the source expression for a script or style in a
// Content-Security-Policy.
func hash(text string) string {
	sum := sha256.Sum256([]byte(text))
	return "'sha256-" + base64.StdEncoding.EncodeToString(sum[:]) + "'"
}
