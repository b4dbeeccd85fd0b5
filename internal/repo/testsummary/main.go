// Command testsummary reads the output of go test -json. It prints the output of go
// test without -json, followed by the skipped tests and a count:
//
//	1203 passed, 0 failed, 0 skipped
//
// It fails if a test failed or was skipped, or if no test ran.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"strings"
)

func main() {
	s := newSummary(os.Stdout)
	if err := s.read(os.Stdin); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	if !s.print() {
		os.Exit(1)
	}
}

// event is a line of go test -json; go doc test2json describes it.
type event struct {
	Action  string `json:"Action"`
	Package string `json:"Package"`
	Test    string `json:"Test"`
	Output  string `json:"Output"`
}

type test struct{ pkg, name string }

type summary struct {
	out             io.Writer
	output          map[test]*strings.Builder // of tests that are running
	passed          int
	failed, skipped []test
	broken          bool // a package failed
}

func newSummary(out io.Writer) *summary {
	return &summary{out: out, output: map[test]*strings.Builder{}}
}

// read reads events until the end. Lines that are not events are printed.
func (s *summary) read(in io.Reader) error {
	for lines := bufio.NewReader(in); ; {
		line, err := lines.ReadString('\n')
		var e event
		if line != "" && json.Unmarshal([]byte(line), &e) == nil && e.Action != "" {
			s.add(e)
		} else {
			s.printf("%s", line)
		}
		if err == io.EOF {
			return nil
		}
		if err != nil {
			return err
		}
	}
}

func (s *summary) add(e event) {
	t := test{e.Package, e.Test}
	switch e.Action {
	case "build-output":
		s.printf("%s", e.Output)
	case "output":
		s.keep(t, e.Output)
	case "pass":
		if t.name != "" {
			s.passed++
		} else {
			s.printOutput(t)
		}
		delete(s.output, t)
	case "skip":
		if t.name != "" {
			s.skipped = append(s.skipped, t) // the output has the reason
		} else {
			s.printOutput(t) // no test files
		}
	case "fail":
		s.printOutput(t)
		if t.name != "" {
			s.failed = append(s.failed, t)
			return
		}
		s.broken = true
		s.printUnfinished(t.pkg)
	}
}

// printf prints to the output and ignores errors.
func (s *summary) printf(format string, arguments ...any) {
	_, _ = fmt.Fprintf(s.out, format, arguments...)
}

// keep stores the output of a test until the test ends. Of the output of a package,
// it stores only the result and the text printed outside of tests.
func (s *summary) keep(t test, text string) {
	if t.name == "" && (text == "PASS\n" || strings.HasPrefix(text, "coverage: ")) {
		return
	}
	if s.output[t] == nil {
		s.output[t] = &strings.Builder{}
	}
	s.output[t].WriteString(text)
}

func (s *summary) printOutput(t test) {
	if text := s.output[t]; text != nil {
		s.printf("%s", text)
	}
	delete(s.output, t)
}

// printUnfinished prints the output of tests that were terminated by a panic or a
// timeout.
func (s *summary) printUnfinished(pkg string) {
	skipped := map[test]bool{}
	for _, t := range s.skipped {
		skipped[t] = true
	}
	for t := range s.output {
		if t.pkg == pkg && !skipped[t] {
			s.printOutput(t)
		}
	}
}

// print prints the skipped tests and the counts. It reports whether all tests
// ran and passed.
func (s *summary) print() bool {
	for _, t := range s.skipped {
		s.printf("SKIPPED: %s %s\n", t.pkg, t.name)
		s.printOutput(t)
	}
	s.printf("%d passed, %d failed, %d skipped\n", s.passed, len(s.failed), len(s.skipped))
	return s.passed > 0 && len(s.failed) == 0 && len(s.skipped) == 0 && !s.broken
}
