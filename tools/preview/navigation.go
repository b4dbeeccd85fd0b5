package main

import (
	"path"
	"slices"
	"strings"
)

// categories are the folders of docs/ and their names, in the order of the Terraform
// Registry.
var categories = []struct{ folder, name string }{
	{"guides", "Guides"},
	{"functions", "Functions"},
	{"ephemeral-resources", "Ephemeral Resources"},
	{"resources", "Resources"},
	{"data-sources", "Data Sources"},
}

// group is a subcategory, or the pages without one.
type group struct {
	Name       string
	Categories []category
}

type category struct {
	Name  string
	Links []link
}

type link struct{ Path, Label string }

// navigation returns the navigation of the registries: the pages without a subcategory,
// then the subcategories by name. Each of them has the pages by category.
func navigation(pages []*page) []group {
	names := []string{""}
	for _, p := range pages {
		if !slices.Contains(names, p.Subcategory) {
			names = append(names, p.Subcategory)
		}
	}
	slices.Sort(names)
	var groups []group
	for _, name := range names {
		g := group{Name: name}
		for _, c := range categories {
			var links []link
			for _, p := range pages {
				if p.Subcategory == name && path.Dir(p.Path) == c.folder {
					links = append(links, link{p.Path, p.label()})
				}
			}
			if len(links) > 0 {
				slices.SortFunc(links, func(a, b link) int { return strings.Compare(a.Label, b.Label) })
				g.Categories = append(g.Categories, category{c.name, links})
			}
		}
		if len(g.Categories) > 0 {
			groups = append(groups, g)
		}
	}
	return groups
}
