package tenantprofile

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// glossary is a set of words that may be in a profile, in lower case.
type glossary map[string]bool

func newGlossary(lists ...string) glossary {
	g := glossary{}
	for _, list := range lists {
		for word := range strings.FieldsSeq(list) {
			g[word] = true
		}
	}
	return g
}

// The glossaries contain words of the API, of its documentation, and of the plausible
// spellings of both. None of them is the name of anything in a tenant.
var (
	// headerWords are words in the names of HTTP headers.
	headerWords = newGlossary(`
		accept access age allow alt api authenticate authorization cache cdn challenge cf client connection content control
		cookie correlation cross csp date disposition embedder encoding etag expires expect frame hsts id instance language
		last length limit link location modified nel okta only opa opener options origin per permissions permitted policies policy
		pragma powered protection proxy range rate ratelimit ray referrer refresh remaining report request reset resource retry runtime
		security server service set site span state strict sts svc time timing to trace tracking trailer transfer transport type
		upgrade user uuid vary version via warning x xss amzn amz cfid cloudfront envoy kong sec at after by`)

	// columnWords are words in the header of a report.
	columnWords = newGlossary(`
		access account accounts admin at approval canonical condition conditionals conditions created details display elevation email
		expires full gateway group groups host hostname id identity individual kind last level login machine method mfa name os
		permission permissions policy principal privilege privileges project recording report requirements resource resources role
		rule sam security accesslevel accountname canonicalname resourcegroup resourceid resourcename resourcetype serveraccount servername
		serverusername useraccount userid userstatus usertype server shared state status sudo system target team time type user username users uuid`)

	// errorWords are words in the type of an error, and in media types.
	errorWords = newGlossary(`
		account active already api application assignment authentication authorization bad cancel canceled charset client closed
		concurrent conflict connection count csv disabled error errors exceeded exists expired failed failure forbidden found gone
		html internal invalid iso json key large limit method missing not object octet plain payload permission problem quota
		rate request requests resource role server service stream team text timeout token too type unauthorized unavailable
		unknown unprocessable unsupported user utf validation xml`)
)

// noWords masks every word.
var noWords glossary

// mask returns a text with the words of a glossary, ASCII punctuation, spaces and line
// ends. Any other word is replaced by its class and length, as in <lower 7>, and any
// other character by <other 1>. A word also begins at a capital letter after a small one.
func (g glossary) mask(text string) string {
	var b strings.Builder
	for text != "" {
		word, rest := cutWord(text)
		if word == "" {
			r, size := utf8.DecodeRuneInString(text)
			if r < utf8.RuneSelf && (unicode.IsPunct(r) || unicode.IsSymbol(r) || r == ' ' || r == '\n' || r == '\t') {
				b.WriteRune(r)
			} else {
				b.WriteString(placeholder("other", 1))
			}
			text = text[size:]
			continue
		}
		if g[strings.ToLower(word)] {
			b.WriteString(word)
		} else {
			b.WriteString(placeholder(classOf(word), utf8.RuneCountInString(word)))
		}
		text = rest
	}
	return b.String()
}

// maskAll returns masked texts.
func (g glossary) maskAll(texts []string) []string {
	masked := make([]string, len(texts))
	for i, text := range texts {
		masked[i] = g.mask(text)
	}
	return masked
}

// maxPlaceholder is the length of a word beyond which its length is not in the mask.
const maxPlaceholder = 1000

// placeholder returns the text in place of a word. The simulator's replay reads it.
func placeholder(class string, length int) string {
	return fmt.Sprintf("<%s %d>", class, min(length, maxPlaceholder))
}

// cutWord returns the word at the beginning of a text, "" if there is none, and the rest.
func cutWord(text string) (word, rest string) {
	var before rune
	for i, r := range text {
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) && !unicode.IsMark(r) || unicode.IsLower(before) && unicode.IsUpper(r) {
			return text[:i], text[i:]
		}
		before = r
	}
	return text, ""
}

// classOf returns the class of a word.
func classOf(word string) string {
	var lower, upper, digits, other int
	for _, r := range word {
		switch {
		case 'a' <= r && r <= 'z':
			lower++
		case 'A' <= r && r <= 'Z':
			upper++
		case '0' <= r && r <= '9':
			digits++
		default:
			other++
		}
	}
	first := word[0]
	switch {
	case other > 0:
		return "other"
	case lower+upper == 0:
		return "digits"
	case digits > 0:
		return caseOf(first, lower, upper) + "alphanumeric"
	case upper == 0:
		return "lower"
	case lower == 0:
		return "upper"
	case upper == 1 && 'A' <= first && first <= 'Z':
		return "title"
	}
	return "mixed"
}

// caseOf returns the prefix of the class of a word with digits: the case of its letters, ""
// without capitals.
func caseOf(first byte, lower, upper int) string {
	switch {
	case upper == 0:
		return ""
	case lower == 0:
		return "upper"
	case upper == 1 && 'A' <= first && first <= 'Z':
		return "title"
	}
	return "mixed"
}
