package clitest

import (
	"regexp"
	"strings"
)

// Patterns of output that differs between CLIs or between runs: progress, the values
// that a CLI adds to a condition, and the advice at the end.
var (
	progressLine = regexp.MustCompile(`(?m)^(data\.\S+: Read.*|\S+\.tftest\.hcl\.{3} .*)\n`)
	valueLines   = regexp.MustCompile(`(?m)^ {4}[├│].*\n`)
	advice       = regexp.MustCompile(`\n─+\n[\s\S]*\z`)
	emptyLines   = regexp.MustCompile(`\n{3,}`)
)

// Normalize removes the parts of the CLI output that differ between CLIs or between
// runs.
func Normalize(output string) string {
	output = strings.ReplaceAll(output, "OpenTofu", "Terraform")
	for _, pattern := range []*regexp.Regexp{progressLine, valueLines, advice} {
		output = pattern.ReplaceAllString(output, "")
	}
	return strings.Trim(emptyLines.ReplaceAllString(output, "\n\n"), "\n") + "\n"
}

var (
	cliNames = strings.NewReplacer("OpenTofu", "Terraform", "tofu", "terraform")
	readTime = regexp.MustCompile(`Read complete after \d+s`)
)

// Words returns a text with single spaces between its words, because CLIs break lines
// in different places.
func Words(text string) string {
	return strings.Join(strings.Fields(readTime.ReplaceAllString(cliNames.Replace(text), "Read complete")), " ")
}

var startOfDiagnostic = regexp.MustCompile(`(?m)^(Error|Warning): `)

// Diagnostics returns the errors and warnings in the output of the CLI.
func Diagnostics(output string) []string {
	output = Normalize(output)
	var all []string
	starts := startOfDiagnostic.FindAllStringIndex(output, -1)
	for i, start := range starts {
		end := len(output)
		if i+1 < len(starts) {
			end = starts[i+1][0]
		}
		all = append(all, strings.TrimSpace(output[start[0]:end]))
	}
	return all
}

var shellBlock = regexp.MustCompile("(?s)```sh\n(.*?)```\n")

// ShellBlocks returns the commands in the shell code blocks of a Markdown page.
func ShellBlocks(page string) []string {
	var blocks []string
	for _, block := range shellBlock.FindAllStringSubmatch(page, -1) {
		blocks = append(blocks, block[1])
	}
	return blocks
}
