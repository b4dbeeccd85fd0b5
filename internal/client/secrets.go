package client

import (
	"encoding/base64"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"unicode"
)

// secrets are the texts that must not come back out of an answer: a proxy's
// error page may well echo the request.
type secrets struct {
	mu    sync.Mutex
	known []string // in all forms
}

const (
	redacted     = "[redacted]"
	maxExcerpt   = 300 // runes of the API's own words in an error
	minimumGuard = 6   // a shorter secret would blot out ordinary words
	minimumPart  = 16  // of a secret's beginning, where the rest was cut off
)

func (s *secrets) add(secret string) {
	if len(secret) < minimumGuard {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	s.known = append(s.known,
		secret, url.QueryEscape(secret), encoded, url.QueryEscape(encoded), base64.URLEncoding.EncodeToString([]byte(secret)))
}

// authorization matches credentials that are not ours to know, by their looks.
var authorization = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/-]{12,}=*|\beyJ[\w-]{6,}(\.[\w-]*)*|\bZXlK[\w+/=-]{10,}`)

// clean makes an excerpt of a text that came from outside: no secret, no
// control character, one line, not long.
func (s *secrets) clean(text string) string {
	s.mu.Lock()
	for _, secret := range s.known {
		text = blotOut(text, secret)
	}
	s.mu.Unlock()
	text = authorization.ReplaceAllString(text, redacted)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > maxExcerpt {
		text = string(runes[:maxExcerpt]) + "…"
	}
	return text
}

// blotOut takes a secret out of a text, also where it stands cut off.
func blotOut(text, secret string) string {
	part := secret[:min(len(secret), minimumPart)]
	var b strings.Builder
	for {
		before, after, found := strings.Cut(text, part)
		b.WriteString(before)
		if !found {
			return b.String()
		}
		b.WriteString(redacted)
		rest := secret[len(part):]
		same := 0
		for same < len(rest) && same < len(after) && rest[same] == after[same] {
			same++
		}
		text = after[same:]
	}
}
