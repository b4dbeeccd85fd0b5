package client

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// secrets are the texts that must not come back out of a response: a proxy's
// error page may well echo the request. They are found in every form that
// anyView decodes, and cut off on any side.
type secrets struct {
	mu     sync.RWMutex
	values []string            // as they are
	short  []string            // forms that are shorter than a run
	runs   map[uint64]struct{} // each run of runLength bytes of the other forms
}

const (
	redacted = "[redacted]" // in the place of credentials that are not ours
	removed  = "[removed because it contained credentials]"

	minSecret  = 6 // runes; a shorter secret would be found in ordinary words
	runLength  = 8 // bytes of a secret in a row that must not be shown
	maxExcerpt = 300
	maxWindow  = 16 << 10 // bytes that are searched; no more is ever shown
)

// add makes a secret known.
func (s *secrets) add(secret string) {
	if utf8.RuneCountInString(secret) < minSecret {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.runs == nil {
		s.runs = map[uint64]struct{}{}
	}
	s.values = append(s.values, secret)
	// What looks like an escape in the secret itself is decoded in the text as well.
	for _, decoded := range append(decodings(secret), decodings(strip(secret))...) {
		for form := range folded(decoded) {
			if minSecret <= len(form) && len(form) < runLength {
				s.short = append(s.short, form)
			}
			for run := range runsOf(form) {
				s.runs[run] = struct{}{}
			}
		}
	}
}

// foreign matches credentials that are not ours to know, by their looks.
var foreign = regexp.MustCompile(`(?i)\b(bearer|basic)[\s+]+[\w.~+/-]{12,}=*|\beyJ[\w-]{6,}(\.[\w-]*)*|\bZXlK[\w+/=-]{10,}`)

// redact makes an excerpt of a text that came from outside.
func (s *secrets) redact(text string) ServerText { return s.redactUpTo(text, maxExcerpt) }

// redactUpTo makes an excerpt of a text that came from outside: at most that many
// of its characters, in one line, safe to show. Of a text with credentials in it
// nothing is left, since nobody can tell where they end in a form that was
// decoded; only foreign credentials that stand there in plain are cut out.
func (s *secrets) redactUpTo(text string, characters int) ServerText {
	window := text[:min(len(text), maxWindow)]
	if s.foundIn(window, minSecret) {
		return ServerText{removed}
	}
	shown := strings.TrimSpace(foreign.ReplaceAllString(window, redacted))
	if slices.ContainsFunc(decodings(shown), foreign.MatchString) {
		return ServerText{removed}
	}
	end := ""
	if characters < utf8.RuneCountInString(shown) {
		shown, end = string([]rune(shown)[:characters]), "…"
	}
	if len(window) < len(text) {
		end = "…"
	}
	return ServerText{safetext.Escape(shown) + end}
}

// foundIn reports whether a part of a secret is in a text, in any form: a run of
// at least so many bytes, no less than runLength, or all of a secret that is at
// least so long.
func (s *secrets) foundIn(text string, atLeast int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.values) == 0 {
		return false
	}
	whole := func(text string, secrets []string) bool {
		return slices.ContainsFunc(secrets, func(secret string) bool { return len(secret) >= atLeast && strings.Contains(text, secret) })
	}
	return whole(text, s.values) || anyView(text, func(view string) bool {
		for form := range folded(view) {
			found := 0 // runs in a row
			for run := range runsOf(form) {
				if _, ok := s.runs[run]; ok {
					found++
				} else {
					found = 0
				}
				if found > max(0, atLeast-runLength) {
					return true
				}
			}
			if whole(form, s.short) {
				return true
			}
		}
		return false
	})
}
