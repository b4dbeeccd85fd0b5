package client

import (
	"regexp"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// secrets are the texts that must never be shown: the error page of a proxy may echo the
// request. They are found in every form that anyView decodes, and truncated at either
// end.
type secrets struct {
	mu     sync.RWMutex
	values []string            // as they are
	short  []string            // forms that are shorter than a run
	runs   map[uint64]struct{} // each run of runLength bytes of the other forms
}

const (
	redacted = "[redacted]" // replaces credentials of others
	removed  = "[removed because it contained credentials]"

	minSecret  = 6 // runes; a shorter secret would be found in ordinary words
	runLength  = 8 // consecutive bytes of a secret that must not be shown
	maxExcerpt = 300
	maxWindow  = 16 << 10 // bytes that are searched; no more is ever shown
)

// add adds a secret.
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
	// The decoders decode an apparent escape in the secret itself, too.
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

// foreign matches credentials of others, by their format.
var foreign = regexp.MustCompile(`(?i)\b(bearer|basic)[\s+]+[\w.~+/-]{12,}=*|\beyJ[\w-]{6,}(\.[\w-]*)*|\bZXlK[\w+/=-]{10,}`)

// redact returns a safe excerpt of an untrusted text.
func (s *secrets) redact(text string) ServerText { return s.redactUpTo(text, maxExcerpt) }

// redactUpTo returns a safe excerpt of an untrusted text, in one line and with at most
// that many characters. It removes a text with credentials completely, because it is not
// known where they end in a decoded form. It replaces only unencoded foreign credentials.
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

// foundIn reports whether a text contains a part of a secret, in any form: a run of at
// least atLeast bytes (or runLength, if that is more), or a complete secret of at least
// that length.
func (s *secrets) foundIn(text string, atLeast int) bool {
	s.mu.RLock()
	defer s.mu.RUnlock()
	if len(s.values) == 0 {
		return false
	}
	complete := func(text string, secrets []string) bool {
		return slices.ContainsFunc(secrets, func(secret string) bool { return len(secret) >= atLeast && strings.Contains(text, secret) })
	}
	return complete(text, s.values) || anyView(text, func(view string) bool {
		for form := range folded(view) {
			found := 0 // consecutive runs
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
			if complete(form, s.short) {
				return true
			}
		}
		return false
	})
}
