package main

import (
	"log"
	"os/exec"
	"strings"
)

// lateness returns the lines of the table of TestLateness, which measures in virtual
// time how late the client notices that reports are completed. Virtual time exists only
// in tests.
func lateness() string {
	output, err := exec.Command("go", "test", "-count=1", "-v", "-run", "^TestLateness$", "./internal/client").CombinedOutput()
	if err != nil {
		log.Fatalf("TestLateness: %s\n%s", err, output)
	}
	var lines []string
	for line := range strings.Lines(string(output)) {
		if _, cells, ok := strings.Cut(line, ": | "); ok {
			lines = append(lines, "| "+strings.TrimSpace(cells))
		}
	}
	return strings.Join(lines, "\n")
}
