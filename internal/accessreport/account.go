package accessreport

import (
	"strings"
	"unicode"
)

// SharedAccount reports whether the account may be more than the user's own. It
// is true unless the account is surely the user's own: it has the user's name, or
// that name cut to the length that the system allows. Upper and lower case,
// domains, diacritics and punctuation do not matter. root and Administrator are
// always shared, whatever the user is called.
//
// Doubt counts as shared: taking a shared account for a user's own would hide who
// can reach it.
func (r *Row) SharedAccount() bool {
	if r.Lacks.Has(UserName) || r.Lacks.Has(Account) {
		return true
	}
	for part := range strings.FieldsFuncSeq(r.Account, func(r rune) bool { return r == '@' || r == '\\' }) {
		if name := letters(part); name == "root" || name == "administrator" {
			return true
		}
	}
	user, account := withoutDomain(r.UserName), withoutDomain(r.Account)
	return letters(account) == "" ||
		letters(user) != letters(account) && !isCut(user, account, windowsLogin) && !isCut(user, account, linuxLogin)
}

// The most characters of a login name.
const (
	windowsLogin = 20
	linuxLogin   = 32
)

// isCut reports whether an account is the first n characters of a user's longer
// name, taken with or without punctuation. A shorter account is no cut name.
func isCut(user, account string, n int) bool {
	return isCutText(spaced(user), spaced(account), n) || isCutText(letters(user), letters(account), n)
}

func isCutText(user, account string, n int) bool {
	whole, cut := []rune(user), []rune(account)
	return len(whole) > n && len(cut) == n && string(whole[:n]) == account
}

// withoutDomain returns larry of CORP\larry and of larry@corp.example. A text
// with several domains is left as it is, since it is not clear which part is the
// name.
func withoutDomain(name string) string {
	at, backslash := strings.Count(name, "@"), strings.Count(name, `\`)
	switch {
	case at == 1 && backslash == 0:
		name, _, _ = strings.Cut(name, "@")
	case backslash == 1 && at == 0:
		_, name, _ = strings.Cut(name, `\`)
	}
	return name
}

// letters returns a name in lower case without diacritics and punctuation.
func letters(name string) string { return strings.ReplaceAll(spaced(name), "-", "") }

// spaced is letters, with a hyphen for each punctuation mark. What is
// neither letter nor digit but no punctuation either, such as a mark of another
// script, stays: two names must not become equal because both are unknown.
func spaced(name string) string {
	var b strings.Builder
	latin := false // the character before is a Latin letter
	for _, r := range name {
		r = unicode.ToLower(r)
		if base, ok := bases[r]; ok {
			r = base
		}
		switch {
		case latin && unicode.In(r, combining):
			continue // a diacritic that is written apart from its letter
		case r == ' ', unicode.IsPunct(r), r < 0x80 && unicode.IsSymbol(r):
			r = '-'
		}
		latin = unicode.Is(unicode.Latin, r)
		b.WriteRune(r)
	}
	return b.String()
}

// combining are the diacritics of Latin letters.
var combining = &unicode.RangeTable{R16: []unicode.Range16{{Lo: 0x0300, Hi: 0x036f, Stride: 1}}}

// bases are small Latin letters with diacritics, by what they are without. A
// letter that is not here stays as it is.
var bases = func() map[rune]rune {
	bases := map[rune]rune{}
	for base, letters := range map[rune]string{
		'a': "àáâãäåāăąǎǟǡǻȁȃȧḁạảấầẩẫậắằẳẵặ",
		'b': "ḃḅḇ",
		'c': "çćĉċčḉ",
		'd': "ďđḋḍḏḑḓ",
		'e': "èéêëēĕėęěȅȇȩḕḗḙḛḝẹẻẽếềểễệ",
		'f': "ḟ",
		'g': "ĝğġģǧǵḡ",
		'h': "ĥħȟḣḥḧḩḫẖ",
		'i': "ìíîïĩīĭįıǐȉȋḭḯỉị",
		'j': "ĵǰ",
		'k': "ķǩḱḳḵ",
		'l': "ĺļľłḷḹḻḽ",
		'm': "ḿṁṃ",
		'n': "ñńņňǹṅṇṉṋ",
		'o': "òóôõöøōŏőơǒǫǭǿȍȏȫȭȯȱṍṏṑṓọỏốồổỗộớờởỡợ",
		'p': "ṕṗ",
		'r': "ŕŗřȑȓṙṛṝṟ",
		's': "śŝşšșṡṣṥṧṩ",
		't': "ţťŧțṫṭṯṱẗ",
		'u': "ùúûüũūŭůűųưǔǖǘǚǜȕȗṳṵṷṹṻụủứừửữự",
		'v': "ṽṿ",
		'w': "ŵẁẃẅẇẉẘ",
		'x': "ẋẍ",
		'y': "ýÿŷȳẏẙỳỵỷỹ",
		'z': "źżžẑẓẕ",
	} {
		for _, letter := range letters {
			bases[letter] = base
		}
	}
	return bases
}()
