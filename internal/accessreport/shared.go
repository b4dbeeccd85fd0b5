package accessreport

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// SharedAccount reports whether the account may be used by others than the
// user: it is true unless the account is surely the user's own, which is named
// like the user. OPA's shared accounts, such as root, have the privileges user.
func (r *Row) SharedAccount() bool {
	account := accountKey(r.Account)
	if !strings.ContainsFunc(account, isLetterOrDigit) || slices.Contains(alwaysShared, account) {
		return true
	}
	user := accountKey(r.UserName)
	if account == user {
		return false
	}
	// An operating system may have cut the name.
	return !slices.ContainsFunc(maxAccountNames, func(n int) bool {
		name := withoutDomain(r.UserName)
		return isCut(name, r.Account, n) || isCut(foldText(name), withoutDomain(r.Account), n) || isCut(user, account, n)
	})
}

// alwaysShared are accounts that are never one person's, whoever is called so.
var alwaysShared = []string{"root", "administrator"}

// maxAccountNames are the lengths to which Windows and Linux cut account names.
var maxAccountNames = []int{20, 32}

// isCut reports whether an account is the first n characters of a longer name.
func isCut(name, account string, n int) bool {
	runes := []rune(name)
	return len(runes) > n && strings.EqualFold(string(runes[:n]), account)
}

// accountKey returns what is compared of a user's or an account's name: its
// letters and digits, in lower case, without domain and diacritics.
func accountKey(name string) string {
	return strings.Map(func(r rune) rune {
		if isLetterOrDigit(r) || unicode.IsMark(r) { // some scripts write vowels as marks
			return r
		}
		return -1
	}, foldText(withoutDomain(name)))
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// withoutDomain removes a domain before the name, as in CORP\larry, or after it,
// as in larry@corp.example.
func withoutDomain(name string) string {
	if _, after, ok := strings.Cut(name, `\`); ok {
		return after
	}
	before, _, _ := strings.Cut(name, "@")
	return before
}

// foldText returns a text in lower case, with common letters of the Latin
// alphabet without their diacritics. Letters that are not known stay: two names
// never become equal by losing them.
func foldText(text string) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r <= unicode.MaxASCII:
			return r
		case r >= '\u0300' && r <= '\u036f': // a combining diacritic
			return -1
		}
		if i := strings.IndexRune(accented, r); i >= 0 {
			return rune(unaccented[utf8.RuneCountInString(accented[:i])])
		}
		return r
	}, strings.ToLower(text))
}

// accented are letters with one diacritic, each at the place of the letter
// without it in unaccented.
const (
	accented   = "àáâãäåāăąçćĉċčďèéêëēĕėęěĝğġģĥìíîïĩīĭįĵķĺļľñńņňòóôõöōŏőŕŗřśŝşšţťùúûüũūŭůűųŵýÿŷźżžșțǎǐǒǔ"
	unaccented = "aaaaaaaaacccccdeeeeeeeeegggghiiiiiiiijklllnnnnoooooooorrrsssstt" + "uuuuuuuuuuwyyyzzzst" + "aiou"
)
