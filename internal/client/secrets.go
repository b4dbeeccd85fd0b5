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
	known []string // each followed by redacted, as strings.NewReplacer wants it
}

const (
	redacted     = "[redacted]"
	maxExcerpt   = 300 // runes of the API's own words in an error
	minimumGuard = 6   // a shorter secret would blot out ordinary words
)

func (s *secrets) add(secret string) {
	if len(secret) < minimumGuard {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, form := range []string{
		secret,
		url.QueryEscape(secret),
		base64.StdEncoding.EncodeToString([]byte(secret)),
		base64.URLEncoding.EncodeToString([]byte(secret)),
	} {
		s.known = append(s.known, form, redacted)
	}
}

// authorization matches credentials that are not ours to know, by their looks.
var authorization = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/-]{12,}=*|\beyJ[\w-]+\.[\w-]+\.[\w-]*`)

// clean makes an excerpt of a text that came from outside: no secret, no
// control character, one line, not long.
func (s *secrets) clean(text string) string {
	s.mu.Lock()
	replacer := strings.NewReplacer(s.known...)
	s.mu.Unlock()
	text = authorization.ReplaceAllString(replacer.Replace(text), redacted)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > maxExcerpt {
		text = string(runes[:maxExcerpt]) + "…"
	}
	return text
}
