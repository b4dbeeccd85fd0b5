package main

import (
	"html"
	"os"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

// docs returns the pages of this repository.
func docs(t *testing.T) []*page {
	t.Helper()
	pages, err := readPages(os.DirFS("../../docs"))
	if err != nil {
		t.Fatal(err)
	}
	if len(pages) == 0 {
		t.Fatal("got no pages, want some")
	}
	return pages
}

// brokenLinks returns the links of pages to pages or anchors that do not exist.
func brokenLinks(pages []*page) []string {
	byPath := map[string]*page{}
	for _, p := range pages {
		byPath[p.Path] = p
	}
	var broken []string
	for _, p := range pages {
		for _, link := range p.links {
			target, fragment, ok := internal(link)
			if !ok {
				continue
			}
			linked := byPath[target]
			if target == "" && strings.HasPrefix(link, "#") {
				linked = p
			}
			if linked == nil || fragment != "" && !linked.anchors[fragment] {
				broken = append(broken, p.Path+": "+link)
			}
		}
	}
	return broken
}

// Each link and anchor between the pages has a target.
func TestLinks(t *testing.T) {
	pages := docs(t)
	if broken := brokenLinks(pages); len(broken) > 0 {
		t.Errorf("got links without a target, want none:\n%s", strings.Join(broken, "\n"))
	}
	found := 0
	for _, p := range pages {
		found += len(p.links)
	}
	if found < 100 {
		t.Errorf("got %d links, want at least 100", found)
	}
}

// Broken links of all kinds are found.
func TestBrokenLinks(t *testing.T) {
	const matter = "---\npage_title: \"x\"\n---\n\n"
	pages, err := readPages(fstest.MapFS{
		"index.md":     {Data: []byte(matter + "# Top\n\n[a](#top) [b](#bottom) [c](" + base + "/guides/ci#run_it-now) [d](" + base + "/guides/cd) [e](" + base + "/guides/ci#x) [f](guides/ci.md) [g](https://example.com/x)\n")},
		"guides/ci.md": {Data: []byte(matter + "# CI\n\n## Run_it: `now`!\n\n## Run_it: now\n\n<a id=\"nestedatt--rows\"></a>\n### Rows\n\n[a](" + base + ") [b](" + base + "#top) [c](" + base + "#topp) [d](#run_it-now-1) [e](#nestedatt--rows)\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	got := brokenLinks(pages)
	slices.Sort(got)
	want := []string{
		"guides/ci: " + base + "#topp", "index: #bottom", "index: guides/ci.md", "index: " + base + "/guides/cd", "index: " + base + "/guides/ci#x",
	}
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

// Each page is in the navigation once. Only guides have no subcategory.
func TestNavigation(t *testing.T) {
	pages := docs(t)
	found := map[string]int{}
	for _, g := range navigation(pages) {
		for _, c := range g.Categories {
			if (g.Name == "") != (c.Name == "Guides") {
				t.Errorf("got %s without or guides with a subcategory: %q, %v", c.Name, g.Name, c.Links)
			}
			for _, l := range c.Links {
				found[l.Path]++
				if l.Label == "" {
					t.Errorf("%s: got no label, want one", l.Path)
				}
			}
		}
	}
	for _, p := range pages {
		if p.Path != "index" && found[p.Path] != 1 {
			t.Errorf("%s: got the page %d times in the navigation, want once", p.Path, found[p.Path])
		}
		if p.Title == "" || p.Description == "" {
			t.Errorf("%s: got the title %q and the description %q, want both", p.Path, p.Title, p.Description)
		}
	}
}

var (
	code    = regexp.MustCompile(`(?s)<pre>.*?</pre>|<code>.*?</code>|<!--.*?-->`)
	element = regexp.MustCompile(`<[^>]*>`)
	// markup is what is left of markup that was not recognized.
	markup = regexp.MustCompile("(?m)`|\\*\\*|^ *\\* |^#+ |\\]\\(|\\| *-{3}|^ *(?:->|~>|!>|=>)|\\{\\{|\\}\\}|<a |<!--|<no value>")
)

// rawMarkup returns the markup that a reader of a page would see.
func rawMarkup(p *page) []string {
	return markup.FindAllString(html.UnescapeString(element.ReplaceAllString(code.ReplaceAllString(string(p.Body), ""), "")), -1)
}

// No raw markup remains on a page, and no page is so large that the registry would cut it.
func TestNoRawMarkup(t *testing.T) {
	for _, p := range docs(t) {
		if found := rawMarkup(p); len(found) > 0 {
			t.Errorf("%s: got raw markup %q, want none", p.Path, found)
		}
		if len(p.Body) > 500_000 {
			t.Errorf("%s: got %d bytes, want at most 500 KB", p.Path, len(p.Body))
		}
	}
}

func TestRawMarkup(t *testing.T) {
	for text, want := range map[string][]string{
		"`**` and ~~x~~\n\n```text\n| --- | **\n```":         nil,
		"-> A note with `code`.\n\n* item\n\n  !> Not this.": nil,
		"text\n-> no callout":                                {"->"},
		"| a | b |\n| --- |\n":                               {"| ---"},
		"a ** b **c":                                         {"**", "**"},
		"[a] (b)":                                            nil,
		"[a](b c)":                                           {"]("},
		"{{ .Name }} <no value>":                             {"{{", "}}"},
	} {
		p, err := newPage("x", []byte("---\npage_title: x\n---\n\n"+text+"\n"))
		if err != nil {
			t.Fatal(err)
		}
		if got := rawMarkup(p); !slices.Equal(got, want) {
			t.Errorf("%q: got %q from %s, want %q", text, got, p.Body, want)
		}
	}
}

// A page has callouts, links to files, a navigation with its subcategory, and the list of
// its headings.
func TestDocument(t *testing.T) {
	const matter = "---\npage_title: \"T\"\nsubcategory: \"S\"\ndescription: |-\n  D\n---\n\n"
	pages, err := readPages(fstest.MapFS{
		"index.md":             {Data: []byte("---\npage_title: I\n---\n# I\n")},
		"data-sources/user.md": {Data: []byte(matter + "# U\n\n~> Careful, `x`.\n\n## Errors\n\n[a](" + base + "#i)\n")},
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		text, err := p.document(pages)
		if err != nil {
			t.Fatal(err)
		}
		want := []string{"<b>S</b>\n<i>Data Sources</i>", ">opa_user</a>"}
		if path.Base(p.Path) == "user" {
			want = append(want, `<p class="callout warning">Careful, <code>x</code>.</p>`, `<a href="../index.html#i">a</a>`, `<a href="#errors">Errors</a>`, `content="D"`,
				`<a href="../data-sources/user.html" aria-current="page">`)
		}
		for _, part := range want {
			if !strings.Contains(string(text), part) {
				t.Errorf("%s: got %s\nwant it to contain %s", p.Path, text, part)
			}
		}
	}
}
