// Package vale tests the rules of make prose: they find the phrases that the
// project does not use, and accept their replacements.
package vale

import (
	"encoding/json"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

type alert struct {
	Check string `json:"Check"`
	Line  int    `json:"Line"`
	Match string `json:"Match"`
}

// lint returns what vale reports on texts in files of these names.
func lint(t *testing.T, texts map[string]string) map[string][]alert {
	t.Helper()
	dir := t.TempDir()
	for name, text := range texts {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	output, err := exec.CommandContext(t.Context(), "go", "tool", "vale", "--config=../../.vale.ini", "--output=JSON", dir).Output()
	var exit *exec.ExitError
	if err != nil && (!errors.As(err, &exit) || exit.ExitCode() != 1) {
		t.Fatalf("vale: %v\n%s", err, output)
	}
	var files map[string][]alert
	if err := json.Unmarshal(output, &files); err != nil {
		t.Fatalf("vale: %v\n%s", err, output)
	}
	alerts := map[string][]alert{}
	for file, found := range files {
		alerts[filepath.Base(file)] = found
	}
	return alerts
}

// phrases are the rows of testdata/phrases.md: what not to write, and what to
// write instead.
func phrases(t *testing.T) (before, after []string) {
	t.Helper()
	text, err := os.ReadFile("testdata/phrases.md")
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		cells := strings.Split(strings.Trim(line, "| \n"), " | ")
		if len(cells) != 2 || cells[0] == "before" {
			continue
		}
		before, after = append(before, cells[0]), append(after, cells[1])
	}
	if len(before) == 0 {
		t.Fatal("got no phrases, want some")
	}
	return before, after
}

func TestPhrases(t *testing.T) {
	before, after := phrases(t)
	for _, file := range []struct{ name, comment string }{{"page.md", ""}, {"page.md.tmpl", ""}, {"messages.txt", ""}, {"code.go", "// "}} {
		t.Run(file.name, func(t *testing.T) {
			// Each phrase is a paragraph, or the comment of a variable.
			start, separator := "", "\n\n"
			if file.comment != "" {
				start, separator = "package p\n\n"+file.comment, "\nvar _ = 0\n\n"+file.comment
			}
			lines, first := strings.Count(separator, "\n"), strings.Count(start, "\n")+1
			found := map[int]bool{}
			for _, alert := range lint(t, map[string]string{file.name: start + strings.Join(before, separator) + "\n"})[file.name] {
				found[alert.Line] = true
			}
			for i, phrase := range before {
				if !found[first+i*lines] {
					t.Errorf("got no alert, want one: %s", phrase)
				}
			}
			for _, alert := range lint(t, map[string]string{file.name: start + strings.Join(after, separator) + "\n"})[file.name] {
				t.Errorf("got %+v, want none: %s", alert, after[(alert.Line-first)/lines])
			}
		})
	}
}

func TestRules(t *testing.T) {
	sentence := func(words int) string { return strings.TrimSpace(strings.Repeat("report ", words)) + ".\n" }
	tests := []struct {
		about, file, text string

		want string // the rule, if any
	}{
		{"a riddle as a heading", "a.md", "# What is where\n", "Project.Headings"},
		{"a question", "a.md", "## How often to poll?\n", "Project.Headings"},
		{"a clause", "a.md", "## When nobody has access\n", "Project.Headings"},
		{"a noun phrase", "a.md", "# Repository layout\n\n## Provider configuration\n", ""},
		{"a task", "a.md", "## How to add a data source\n", ""},
		{"title case", "a.md", "## Repository Layout And Data Flow\n", "Project.HeadingCase"},
		{"names in a heading", "a.md", "## Requirements of Terraform and OpenTofu\n", ""},
		{"code in a heading", "a.md", "## The `opa_users` data source\n", ""},
		{"forty words", "a.md", sentence(40), ""},
		{"forty-one words", "a.md", sentence(41), "Project.SentenceLength"},
		{"a long comment of several lines", "a.go", "package p\n\n" + strings.Repeat("// report report,\n", 25), "Project.CommentLength"},
		{"sentences in a comment", "a.go", "package p\n\n// " + strings.Repeat("Report a row. ", 25), ""},
		{"a long comment", "a.go", "package p\n\n// " + sentence(41), "Project.CommentLength"},
		{"a comment of several lines", "a.go", "package p\n\n// X is what a report\n// tells of a user.\nvar X = 0\n", "Project.DocComments"},
		{"British spelling", "a.md", "The behaviour is unauthorised.\n", "Project.Spelling"},
		{"American spelling", "a.md", "The behavior is unauthorized. The size of a promise is otherwise precise.\n", ""},
		{"a doc comment", "a.go", "package p\n\n// X gives the rows.\nvar X = 0\n", "Project.DocComments"},
		{"a doc comment in Go's style", "a.go", "package p\n\n// X returns the rows. It reports whether there are any.\nvar X = 0\n", ""},
		{"a string", "a.go", "package p\n\nvar X = \"gives behaviour, lest\"\n", ""},
		{"a code span", "a.md", "Set `behaviour = \"lest\"`.\n", ""},
		{"a URL", "a.md", "See [the issue](https://example.com/whole-answer/lest/behaviour).\n", ""},
		{"HCL", "a.md", "Text.\n\n```terraform\n# lest the behaviour gives a whole answer\n```\n", ""},
		{"HCL in a template", "a.md.tmpl", "Text.\n\n```terraform\n# lest the behaviour\n```\n", ""},
		{"an action of a template", "a.md.tmpl", "{{ tffile \"examples/behaviour/lest.tf\" }}\n", ""},
	}
	texts := map[string]string{}
	for i, test := range tests {
		texts[strconv.Itoa(i)+test.file] = test.text
	}
	found := lint(t, texts)
	for i, test := range tests {
		t.Run(test.about, func(t *testing.T) {
			alerts := found[strconv.Itoa(i)+test.file]
			named := func(a alert) bool { return a.Check == test.want }
			if test.want == "" && len(alerts) > 0 || test.want != "" && !slices.ContainsFunc(alerts, named) {
				t.Errorf("got %+v, want %q", alerts, test.want)
			}
		})
	}
}
