package accessreport

import (
	"slices"
	"strings"
	"unicode"
)

// SharedAccount reports whether the account may be used by others than the
// user. It returns true unless the account is certainly the user's own, which has the
// user's name. OPA's shared accounts, such as root, have the privileges user.
func (r *Row) SharedAccount() bool {
	account := accountKey(r.Account)
	if !strings.ContainsFunc(account, isLetterOrDigit) || isAlwaysShared(r.Account) {
		return true
	}
	user := accountKey(r.UserName)
	if account == user {
		return false
	}
	// An operating system may have truncated the name.
	return !slices.ContainsFunc(maxAccountNames, func(n int) bool {
		name := withoutDomain(r.UserName)
		return isTruncated(name, r.Account, n) || isTruncated(foldText(name), withoutDomain(r.Account), n) || isTruncated(user, account, n)
	})
}

// alwaysShared are accounts that never belong to one person, whatever the user's name is.
var alwaysShared = []string{"root", "administrator"}

func isAlwaysShared(account string) bool {
	for part := range strings.FieldsFuncSeq(account, func(r rune) bool { return r == '@' || r == '\\' }) {
		if slices.Contains(alwaysShared, accountKey(part)) {
			return true
		}
	}
	return false
}

// maxAccountNames are the lengths to which Windows and Linux truncate account names.
var maxAccountNames = []int{20, 32}

// isTruncated reports whether an account is the first n characters of a longer name.
func isTruncated(name, account string, n int) bool {
	runes := []rune(name)
	return len(runes) > n && strings.EqualFold(string(runes[:n]), account)
}

// accountKey returns the part of a user's or an account's name that is compared: its
// letters and digits, in lower case, without domain and diacritics. Characters
// that are neither, such as ² or a vowel sign, remain unless they are punctuation,
// so that different names do not become equal.
func accountKey(name string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPunct(r) || r == ' ' || r <= unicode.MaxASCII && unicode.IsSymbol(r) {
			return -1
		}
		return r
	}, foldText(withoutDomain(name)))
}

func isLetterOrDigit(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// withoutDomain removes a domain before the name, as in CORP\larry, or after it,
// as in larry@corp.example. A text with several domains is returned unchanged,
// because it is not clear which part is the name.
func withoutDomain(name string) string {
	switch at, backslash := strings.Count(name, "@"), strings.Count(name, `\`); {
	case at == 1 && backslash == 0:
		name, _, _ = strings.Cut(name, "@")
	case at == 0 && backslash == 1:
		_, name, _ = strings.Cut(name, `\`)
	}
	return name
}

// foldText returns a text in lower case, with letters of the Latin alphabet
// without their diacritics. Unknown letters remain, so that different names do not
// become equal.
func foldText(text string) string {
	latin := false // the character before is a Latin letter
	return strings.Map(func(r rune) rune {
		if latin && r >= '\u0300' && r <= '\u036f' { // a combining diacritic
			return -1
		}
		if letter, ok := unaccented[r]; ok {
			r = letter
		}
		latin = unicode.Is(unicode.Latin, r)
		return r
	}, strings.ToLower(text))
}

// unaccented maps lowercase Latin letters with diacritics to the letter without.
var unaccented = func() map[rune]rune {
	unaccented := map[rune]rune{}
	for letter, accented := range map[rune]string{
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
		for _, r := range accented {
			unaccented[r] = letter
		}
	}
	return unaccented
}()
