package opasim

import (
	"fmt"
	"regexp"
	"strings"
)

// pathPattern is how [Fault] and [Sim.Count] choose paths; patternHelp says it
// in words.
type pathPattern struct {
	shape *regexp.Regexp
	whole bool // compared with the whole path, not with what follows the team
}

const patternHelp = `a path below /v1/teams/<team>, such as /access_reports, ` +
	`with {…} for any one segment and * for any run of characters; ` +
	`one that begins with * or /v1/ is compared with the whole path`

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
		whole: strings.HasPrefix(pattern, "*") || strings.HasPrefix(pattern, "/v1/"),
	}, nil
}

// matches compares with a path as it was sent, percent-encoded.
func (p pathPattern) matches(path string) bool {
	if !p.whole {
		path = strings.TrimPrefix(path, teamPrefix.FindString(path))
	}
	return p.shape.MatchString(path)
}

// methodMatches takes "" and "*" for any method.
func methodMatches(pattern, method string) bool {
	return pattern == "" || pattern == "*" || pattern == method
}
