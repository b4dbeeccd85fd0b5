package accessreport

import (
	"strings"
	"testing"
)

// tools/browser tests the appearance and the behavior of the page.
func TestHTML(t *testing.T) {
	rows := []Row{{UserName: "zoe", Privileges: "user", Conditions: " MFA\t\u202e<b>"}, {UserName: "ann", Privileges: "user"}}
	page, err := HTML(rows, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	if rows[0].UserName != "zoe" {
		t.Error("got the rows sorted in place, want them unchanged")
	}
	if strings.Index(page, "ann") > strings.Index(page, "zoe") {
		t.Error("got zoe before ann, want the rows sorted")
	}
	if want := `MFA␉&lt;U&#43;202E&gt;&lt;b&gt;`; !strings.Contains(page, want) {
		t.Errorf("got\n%s\nwant it to have %s", page, want)
	}
	again, err := HTML([]Row{rows[1], rows[0]}, nil, nil, nil)
	if err != nil || again != page {
		t.Error("got another page for another order of the rows, want the same")
	}
}

func TestHTMLBadgesAndTotals(t *testing.T) {
	page, err := HTML([]Row{
		{UserName: "ann", ResourceName: "web", Account: "root", Privileges: "user", Conditions: "n/a", Extra: NewExtra(map[string]string{"<b>": "x\u202e"})},
		{UserName: "ann", ResourceName: "web", Account: "ann", Privileges: "user", Conditions: "MFA"},
	}, nil, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<li class="alarming"><b>1</b> without any condition</li>`,
		`<li><b>1</b> with more than user privileges, or to a shared account</li>`,
		`<b class="admin">shared</b>`,
		`<bdi class="remark">&lt;b&gt;: x&lt;U&#43;202E&gt;</bdi>`,
	} {
		if strings.Count(page, want) != 1 {
			t.Errorf("got %d times, want once: %s", strings.Count(page, want), want)
		}
	}
}
