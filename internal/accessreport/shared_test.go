package accessreport

import (
	"strings"
	"testing"
	"unicode"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

// TestSharedAccount is the specification of which accounts are a user's own.
func TestSharedAccount(t *testing.T) {
	for _, test := range []struct {
		user, account string
		shared        bool
	}{
		{"larry.linuxadmin", "larry.linuxadmin", false},
		{"larry.linuxadmin@corp.example", "Larry_LinuxAdmin", false},
		{"larry.linuxadmin", `CORP\larry.linuxadmin`, false},
		{"José Núñez", "jose.nunez", false},
		{"José", "jose", false}, // a combining accent
		{"ci-deployer", "ci-deployer", false},
		{"bartholomew.quackenbush-smythe", "bartholomew.quackenb", false},
		{"bartholomew.quackenbush-smythe", "bartholomewquackenbu", false},
		{"a-very-long-service-name-for-deployments", "a-very-long-service-name-for-dep", false},
		{"日本", "日本", false},
		{"Łukasz Nguyễn", "lukasz.nguyen", false},
		{"larry@corp@example", "larry@corp@example", false},

		{"larry.linuxadmin", "root", true},
		{"root", "root", true},
		{"Administrator", "Administrator", true},
		{"administrator@corp.example", `CORP\ADMINISTRATOR`, true},
		{"Röot", "root", true},
		{"larry.linuxadmin", "larry", true},
		{"larry", "larry.linuxadmin", true},
		{"larry.linuxadmin", "larry.linuxadmin2", true},
		{"bartholomew.quackenbush", "bartholomew.quack", true},
		{"bartholomew.quackenb", "bartholomew.quackenbush", true},
		{"larry", "postgres", true},
		{"larry", "", true},
		{"", "", true},
		{"", "larry", true},
		{"...", "---", true},
		{"日本", "中国", true},
		{"larry", "lаrry", true}, // a Cyrillic letter
		{"ß", "ss", true},
		{"larry", "larry²", true},
		{"larry🔥", "larry", true},
		{"larry", "larry\u200b", true},
		{"Ⅷ", "Ⅶ", true},
		{"и\u0306", "и", true}, // another Cyrillic letter, not an accent
		{"larry@corp@example", "larry", true},
		{`CORP\larry@example`, "larry", true},
		{`CORP\root@example`, `CORP\root@example`, true},
	} {
		row := Row{UserName: test.user, Account: test.account, Privileges: "user"}
		if got := row.SharedAccount(); got != test.shared {
			t.Errorf("user %q, account %q: got shared %t, want %t", test.user, test.account, got, test.shared)
		}
		if row.Elevated() != test.shared {
			t.Errorf("user %q, account %q: got elevated %t, want %t", test.user, test.account, row.Elevated(), test.shared)
		}
	}
}

// An account is the user's own only if the user's name begins with its letters.
func TestOwnAccountsHaveTheUsersLetters(t *testing.T) {
	name := rapid.OneOf(rapid.StringMatching(`[a-cA-C.é@\\\\-]{0,40}`), rapid.String(), rapid.SampledFrom([]string{"root", "Administrator"}))
	letters := func(text string) string {
		return strings.Map(func(r rune) rune {
			if !isLetterOrDigit(r) && !unicode.IsMark(r) {
				return -1
			}
			return r
		}, foldText(text))
	}
	rapid.Check(t, func(t *rapid.T) {
		row := Row{UserName: name.Draw(t, "user"), Account: name.Draw(t, "account")}
		if rapid.Bool().Draw(t, "equal") {
			row.Account = row.UserName
		}
		if row.SharedAccount() {
			return
		}
		account := letters(withoutDomain(row.Account))
		if account == "" || account == "root" || account == "administrator" || !strings.HasPrefix(letters(withoutDomain(row.UserName)), account) {
			t.Fatalf("user %q, account %q: got an own account, want a shared one", row.UserName, row.Account)
		}
	})
}

// The table agrees with Unicode, apart from strokes and the dotless i, which Unicode
// does not decompose.
func TestLettersWithDiacritics(t *testing.T) {
	for accented, letter := range unaccented {
		if got := rune(norm.NFD.String(string(accented))[0]); got != letter && !strings.ContainsRune("øǿłđħŧı", accented) {
			t.Errorf("%c: got the letter %c, want %c", accented, letter, got)
		}
	}
}
