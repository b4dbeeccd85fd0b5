package accessreport

import (
	"strings"
	"testing"

	"golang.org/x/text/unicode/norm"
	"pgregory.net/rapid"
)

func TestSharedAccount(t *testing.T) {
	const own, shared = false, true
	for _, test := range []struct {
		user, account string
		want          bool
	}{
		// The user's name, in another case or with other punctuation.
		{"larry", "larry", own},
		{"r", "r", own},
		{"Larry.LinuxAdmin", "larry_linuxadmin", own},
		{"larry linuxadmin", "larrylinuxadmin", own},
		{"paula+pager@example.com", "paulapager", own},
		{"O'Hara", "ohara", own},
		{"ci-deployer", "ci-deployer", own},
		{"k8s-1", "k8s1", own},

		// Domains.
		{"larry@corp.example", "larry", own},
		{"larry", "larry@corp", own},
		{"larry", `CORP\larry`, own},
		{"larry@corp.example", `OTHER\Larry`, own},
		{"larry@corp@example", "larry@corp@example", own},
		{"larry@corp@example", "larry", shared},
		{`CORP\larry@example`, "larry", shared},
		{"larry", "corp", shared},
		{"corp", `corp\larry`, shared},
		{"larry", "@larry", shared},
		{"larry", `larry\`, shared},

		// Diacritics, in one character or two.
		{"rené.reader", "rene.reader", own},
		{"rene\u0301", "rené", own},
		{"RENÉ", "rene", own},
		{"Łukasz", "lukasz", own},
		{"Nguyễn", "nguyen", own},
		{"müller", "mueller", shared},
		{"weiß", "weiss", shared},

		// What is unknown is not left out.
		{"дмитрий", "дмитрий", own},
		{"дмитрий", "мария", shared},
		{"дмитрий", "", shared},
		{"山田", "田中", shared},
		{"สมชาย", "สมชย", shared},
		{"और", "ओर", shared},
		{"larry", "lаrry", shared}, // a Cyrillic letter
		{"larry", "larry²", shared},
		{"larry", "larry🔥", shared},
		{"й", "и", shared},
		{"и\u0306", "и", shared},

		// Another name.
		{"larry", "ann", shared},
		{"larry", "larry2", shared},
		{"larry2", "larry", shared},
		{"larry", "larry.admin", shared},
		{"larry", "postgres", shared},
		{"larry.linuxadmin", "larry", shared},

		// Always shared.
		{"larry", "root", shared},
		{"root", "root", shared},
		{"ROOT", "Root", shared},
		{"root@corp.example", `CORP\root`, shared},
		{`a\root@b`, `a\root@b`, shared},
		{"Administrator", "administrator", shared},
		{"administrator", "ADMINISTRATOR@corp", shared},
		{"r.o.o.t", "root", shared},
		{"röot", "röot", shared},

		// No name at all.
		{"", "", shared},
		{"", "larry", shared},
		{"larry", "", shared},
		{"-", "-", shared},
		{"...", "_", shared},
		{"@corp", "@corp", shared},

		// Cut to 20 characters, with or without punctuation, or to 32.
		{"bartholomew.featherstonehaugh", "bartholomew.feathers", own},
		{"Bartholomew.Featherstonehaugh@corp.example", "bartholomewfeatherst", own},
		{"bartholomew.featherstonehaugh", `CORP\Bartholomew_Feathers`, own},
		{"bartholomew.featherstonehaugh.the.third", "bartholomew.featherstonehaugh.th", own},
		{"bartholomew.featherstonehaugh", "bartholomew.feather", shared},
		{"bartholomew.featherstonehaugh", "bartholomew.featherstonehau", shared},
		{"bartholomew.featherstonehaugh", "bartholomew.featherx", shared},
		{"a----------------------b", "a", shared},
		{"a----------------------b", "-------------------a", shared},
		{"bartholomew.feathers", "bartholomew.featherstonehaugh", shared},
		{"administratoradministrator", "administratoradminis", own},
	} {
		row := Row{UserName: test.user, Account: test.account}
		if got := row.SharedAccount(); got != test.want {
			t.Errorf("user %q, account %q: got %t, want %t", test.user, test.account, got, test.want)
		}
	}
	for _, c := range []Column{UserName, Account} {
		row := Row{UserName: "larry", Account: "larry", Lacks: Columns(0).With(c)}
		row.SetCell(c, "")
		if !row.SharedAccount() {
			t.Errorf("without %s: got own, want shared", c)
		}
	}
}

// Whatever is added to a name makes another one, unless it is punctuation, a
// diacritic or a domain.
func TestOwnAccountHasAllLettersOfTheName(t *testing.T) {
	name := rapid.StringOfN(rapid.SampledFrom([]rune("abÄéxyzЖд山田ก่")), 1, 12, -1)
	more := rapid.OneOf(rapid.StringMatching(`[a-zA-Z0-9]`), rapid.SampledFrom([]string{"ж", "山", "²", "ß", "ก", "\u200b", "Ⅷ"}))
	rapid.Check(t, func(t *rapid.T) {
		user := name.Draw(t, "user")
		at := rapid.IntRange(0, len([]rune(user))).Draw(t, "at")
		runes := []rune(user)
		account := string(runes[:at]) + more.Draw(t, "more") + string(runes[at:])
		if row := (&Row{UserName: user, Account: account}); !row.SharedAccount() {
			t.Fatalf("user %q, account %q: got own, want shared", user, account)
		}
		dressed := strings.ToUpper(user) + rapid.SampledFrom([]string{"", "@corp", ".", "--"}).Draw(t, "end")
		if row := (&Row{UserName: user, Account: dressed}); row.SharedAccount() {
			t.Fatalf("user %q, account %q: got shared, want own", user, dressed)
		}
	})
}

// A letter's base is what Unicode takes it apart to, but for a few strokes and
// the dotless i, which Unicode takes for letters of their own.
func TestBases(t *testing.T) {
	for letter, base := range bases {
		if first := []rune(norm.NFD.String(string(letter)))[0]; first != base && !strings.ContainsRune("øǿłđħŧı", letter) {
			t.Errorf("%c: got %c, want %c", letter, base, first)
		}
	}
}
