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
	maxCleaned   = 64 << 10
)

func (s *secrets) add(secret string) {
	if len(secret) < minimumGuard {
		return
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	encoded := base64.StdEncoding.EncodeToString([]byte(secret))
	s.known = append(s.known, secret, url.QueryEscape(secret), url.PathEscape(secret),
		encoded, url.QueryEscape(encoded), base64.URLEncoding.EncodeToString([]byte(secret)))
}

// authorization matches credentials that are not ours to know, by their looks.
var authorization = regexp.MustCompile(`(?i)\b(bearer|basic)\s+[\w.~+/-]{12,}=*|\beyJ[\w-]{6,}(\.[\w-]*)*|\bZXlK[\w+/=-]{10,}`)

// clean makes an excerpt of a text that came from outside: no secret, no
// control character, one line, not long.
func (s *secrets) clean(text string) string {
	text = authorization.ReplaceAllString(s.blotOut(text[:min(len(text), maxCleaned)]), redacted)
	text = strings.Join(strings.FieldsFunc(text, func(r rune) bool { return unicode.IsSpace(r) || !unicode.IsPrint(r) }), " ")
	if runes := []rune(text); len(runes) > maxExcerpt {
		text = string(runes[:maxExcerpt]) + "…"
	}
	return text
}

// blotOut takes the secrets out of a text, also where they stand cut off or in a
// form that is not foreseen but begins like one: with them goes all that follows
// without a break.
func (s *secrets) blotOut(text string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	var b strings.Builder
	for i := 0; i < len(text); {
		longest := 0
		for _, secret := range s.known {
			same := 0
			for same < len(secret) && i+same < len(text) && secret[same] == text[i+same] {
				same++
			}
			if same >= min(len(secret), minimumPart) {
				longest = max(longest, same)
			}
		}
		if longest == 0 {
			b.WriteByte(text[i])
			i++
			continue
		}
		b.WriteString(redacted)
		for i += longest; i < len(text) && goesOn(text[i]); {
			i++
		}
	}
	return b.String()
}

// goesOn says whether a byte may belong to an encoded secret.
func goesOn(c byte) bool {
	return '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' || strings.IndexByte("%+/=~.-_", c) >= 0
}
