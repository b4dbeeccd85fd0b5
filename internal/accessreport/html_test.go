package accessreport

import (
	"strings"
	"testing"
)

// What the page looks like and does in a browser is tried by tools/browser.
func TestHTML(t *testing.T) {
	rows := []Row{{UserName: "zoe", Privileges: "user", Conditions: " MFA\t\u202e<b>"}, {UserName: "ann", Privileges: "user"}}
	page, err := HTML(rows, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].UserName != "zoe" {
		t.Error("the rows are sorted in their place")
	}
	if strings.Index(page, "ann") > strings.Index(page, "zoe") {
		t.Error("the page is not sorted")
	}
	if want := `MFA␉&lt;U&#43;202E&gt;&lt;b&gt;`; !strings.Contains(page, want) {
		t.Errorf("no %s in\n%s", want, page)
	}
	again, err := HTML([]Row{rows[1], rows[0]}, nil)
	if err != nil || again != page {
		t.Error("the order of the rows makes another page")
	}
}

func TestHTMLMarksWhatStandsOut(t *testing.T) {
	page, err := HTML([]Row{
		{UserName: "ann", ResourceName: "web", Account: "root", Privileges: "user", Conditions: "n/a", Extra: NewExtra(map[string]string{"<b>": "x\u202e"})},
		{UserName: "ann", ResourceName: "web", Account: "ann", Privileges: "user", Conditions: "MFA"},
	}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<li class="alarming"><b>1</b> without any condition</li>`,
		`<li><b>1</b> with more than user privileges, or to a shared account</li>`,
		`<span class="badge admin">shared</span>`,
		`<bdi>&lt;b&gt;: x&lt;U&#43;202E&gt;</bdi>`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("got %d times, want once: %s", strings.Count(page, want), want)
		}
	}
}
