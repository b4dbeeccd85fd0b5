package opasim

import (
	"fmt"
	"regexp"
	"strings"
)

// pathPattern is the path in a [Fault] or [Sim.Count]. patternHelp describes it.
type pathPattern struct {
	shape *regexp.Regexp
	full  bool // compared with the complete path, not with the part after the team
}

const patternHelp = `a path below /v1/teams/<team>, such as /access_reports, ` +
	`where {…} matches one segment and * any characters, ` +
	`or a complete path that begins with * or /v1/`

var (
	wildcard   = regexp.MustCompile(`\\\{[^/{}]*\\\}|\\\*`)
	teamPrefix = regexp.MustCompile(`^/v1/teams/[^/]+`)
)

func compilePattern(pattern string) (pathPattern, error) {
	if !strings.HasPrefix(pattern, "/") && !strings.HasPrefix(pattern, "*") {
		return pathPattern{}, fmt.Errorf("path %q: want %s", pattern, patternHelp)
	}
	shape := wildcard.ReplaceAllStringFunc(regexp.QuoteMeta(pattern), func(match string) string {
		if match == `\*` {
			return ".*"
		}
		return "[^/]+"
	})
	return pathPattern{
		shape: regexp.MustCompile("^" + shape + "$"),
		full:  strings.HasPrefix(pattern, "*") || strings.HasPrefix(pattern, "/v1/"),
	}, nil
}

// matches reports whether a path, as it was sent (percent-encoded), matches.
func (p pathPattern) matches(path string) bool {
	if !p.full {
		path = strings.TrimPrefix(path, teamPrefix.FindString(path))
	}
	return p.shape.MatchString(path)
}

// methodMatches reports whether a method matches. The patterns "" and "*" match any.
func methodMatches(pattern, method string) bool {
	return pattern == "" || pattern == "*" || pattern == method
}
