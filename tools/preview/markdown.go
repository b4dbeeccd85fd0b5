package main

import (
	"bytes"
	"errors"
	"html/template"
	"regexp"
	"strconv"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/parser"
	"github.com/yuin/goldmark/renderer/html"
	"github.com/yuin/goldmark/text"
	"go.abhg.dev/goldmark/frontmatter"
)

// base is the address of the documentation. Pages link to each other with it, because
// only complete addresses work in both registries, on GitHub and in editors.
const base = "https://registry.terraform.io/providers/privileged-access/opa/latest/docs"

var markdown = goldmark.New(
	goldmark.WithExtensions(extension.GFM, &frontmatter.Extender{}),
	goldmark.WithParserOptions(parser.WithAutoHeadingID()),
	goldmark.WithRendererOptions(html.WithUnsafe()), // the anchors of nested schemas are HTML
)

// newPage renders the text of a page.
func newPage(name string, source []byte) (*page, error) {
	context := parser.NewContext(parser.WithIDs(&slugs{used: map[string]bool{}}))
	root := markdown.Parser().Parse(text.NewReader(source), parser.WithContext(context))
	p := &page{Path: name, anchors: map[string]bool{}}
	meta := frontmatter.Get(context)
	if meta == nil {
		return nil, errors.New("no front matter found")
	}
	if err := meta.Decode(p); err != nil {
		return nil, err
	}
	if err := ast.Walk(root, func(node ast.Node, entering bool) (ast.WalkStatus, error) {
		if entering {
			p.visit(node, source)
		}
		return ast.WalkContinue, nil
	}); err != nil {
		return nil, err
	}
	var body bytes.Buffer
	if err := markdown.Renderer().Render(&body, source, root); err != nil {
		return nil, err
	}
	p.Body = template.HTML(body.String()) //nolint:gosec // the pages of this repository
	return p, nil
}

var anchor = regexp.MustCompile(`<a id="([^"]+)">`)

// visit collects the headings, anchors and links of a page, rewrites its links to other
// pages, and changes paragraphs to callouts.
func (p *page) visit(node ast.Node, source []byte) {
	switch node := node.(type) {
	case *ast.Heading:
		attribute, _ := node.AttributeString("id")
		if id, ok := attribute.([]byte); ok {
			h := heading{node.Level, string(id), plainText(node, source)}
			p.anchors[h.ID] = true
			if h.Level == 2 || h.Level == 3 {
				p.Contents = append(p.Contents, h)
			}
		}
	case *ast.RawHTML:
		p.addAnchors(string(node.Segments.Value(source)))
	case *ast.HTMLBlock:
		p.addAnchors(string(node.Lines().Value(source)))
	case *ast.Link:
		p.links = append(p.links, string(node.Destination))
		node.Destination = []byte(p.local(string(node.Destination)))
	case *ast.Paragraph:
		callout(node, source)
	}
}

func (p *page) addAnchors(markup string) {
	for _, match := range anchor.FindAllStringSubmatch(markup, -1) {
		p.anchors[match[1]] = true
	}
}

// local returns the link to the HTML file of a page. It returns other links unchanged.
func (p *page) local(destination string) string {
	target, fragment, ok := internal(destination)
	if !ok || strings.HasPrefix(destination, "#") {
		return destination
	}
	if fragment != "" {
		fragment = "#" + fragment
	}
	return strings.Repeat("../", strings.Count(p.Path, "/")) + target + ".html" + fragment
}

// internal returns the path and the anchor of the page that a link refers to. The path of
// a link within a page is empty. It reports false if the link is to another site.
func internal(destination string) (target, fragment string, ok bool) {
	rest, toPage := strings.CutPrefix(destination, base)
	if !toPage && strings.Contains(destination, "://") {
		return "", "", false
	}
	target, fragment, _ = strings.Cut(rest, "#")
	target = strings.Trim(target, "/")
	if toPage && target == "" {
		target = "index"
	}
	return target, fragment, true
}

var sigils = map[string]string{"->": "note", "~>": "warning", "!>": "danger"}

// callout sets the class of a paragraph that begins with a sigil, and removes the sigil.
func callout(paragraph *ast.Paragraph, source []byte) {
	line := paragraph.Lines().At(0)
	sigil, _, _ := strings.Cut(string(line.Value(source)), " ")
	class := sigils[sigil]
	if class == "" {
		return
	}
	paragraph.SetAttributeString("class", []byte("callout "+class))
	start := line.Start + len(sigil) + 1
	// The sigil can be in several texts, because ~ can begin a strikethrough.
	for leaf, ok := paragraph.FirstChild().(*ast.Text); ok; leaf, ok = paragraph.FirstChild().(*ast.Text) {
		if leaf.Segment.Stop > start {
			leaf.Segment = leaf.Segment.WithStart(max(leaf.Segment.Start, start))
			return
		}
		paragraph.RemoveChild(paragraph, leaf)
	}
}

// plainText returns the text of a node without markup.
func plainText(node ast.Node, source []byte) string {
	var plain strings.Builder
	_ = ast.Walk(node, func(n ast.Node, entering bool) (ast.WalkStatus, error) {
		if leaf, ok := n.(*ast.Text); ok && entering {
			plain.Write(leaf.Segment.Value(source))
		}
		return ast.WalkContinue, nil
	})
	return plain.String()
}

var notInSlug = regexp.MustCompile(`[^\p{L}\p{N} _-]`)

// slugs generates the IDs of headings like GitHub and the registries.
type slugs struct{ used map[string]bool }

// Generate returns a new ID for a heading.
func (s *slugs) Generate(value []byte, _ ast.NodeKind) []byte {
	slug := strings.ReplaceAll(notInSlug.ReplaceAllString(strings.ToLower(string(value)), ""), " ", "-")
	id := slug
	for n := 1; s.used[id]; n++ {
		id = slug + "-" + strconv.Itoa(n)
	}
	s.used[id] = true
	return []byte(id)
}

// Put reserves an ID.
func (s *slugs) Put(value []byte) { s.used[string(value)] = true }
