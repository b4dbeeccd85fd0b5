package main

import (
	"bytes"
	_ "embed"
	"fmt"
	"html/template"
	"io/fs"
	"path"
	"strings"
)

// page is one page of the documentation.
type page struct {
	Path        string // in docs/, without the extension: index, guides/ci
	Title       string `yaml:"page_title"`
	Subcategory string `yaml:"subcategory"`
	Description string `yaml:"description"`

	Body     template.HTML
	Contents []heading // second and third level
	anchors  map[string]bool
	links    []string
}

type heading struct {
	Level    int
	ID, Text string
}

// readPages reads and renders all pages, in the order of their paths.
func readPages(docs fs.FS) ([]*page, error) {
	var pages []*page
	err := fs.WalkDir(docs, ".", func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, isPage := strings.CutSuffix(file, ".md")
		if !isPage {
			return fmt.Errorf("%s is not a page: the registries read only .md files", file)
		}
		text, err := fs.ReadFile(docs, file)
		if err != nil {
			return err
		}
		p, err := newPage(name, text)
		if err != nil {
			return fmt.Errorf("%s: %w", file, err)
		}
		pages = append(pages, p)
		return nil
	})
	return pages, err
}

// label returns the text of a page in the navigation.
func (p *page) label() string {
	folder, name := path.Split(p.Path)
	switch folder {
	case "data-sources/", "ephemeral-resources/":
		return "opa_" + name
	case "functions/":
		return name
	default:
		return p.Title
	}
}

//go:embed page.html
var layout string

var pageTemplate = template.Must(template.New("page").Parse(layout))

// document returns the HTML document of a page, with the navigation.
func (p *page) document(pages []*page) ([]byte, error) {
	var text bytes.Buffer
	err := pageTemplate.Execute(&text, map[string]any{
		"Page": p, "Root": strings.Repeat("../", strings.Count(p.Path, "/")), "Groups": navigation(pages),
	})
	return text.Bytes(), err
}
