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

func TestHTMLCountsWhatStandsOut(t *testing.T) {
	row := func(account, privileges, conditions string) Row {
		return Row{UserName: "larry", UserStatus: "ACTIVE", ResourceName: "web-01", Account: account, Privileges: privileges, Conditions: conditions}
	}
	plain := row("larry", "user", "MFA")
	extra := plain
	extra.Extra = NewExtra(map[string]string{"Sudo <Commands>": "A&B"})
	page, err := HTML([]Row{plain, row("root", "user", "MFA"), row("larry", "admin", "MFA"), row("postgres", "custom", " \t"), row("larry", "user", ""), extra}, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		`<li><b>3</b> with more than user privileges or a shared account</li>`,
		`<li class="alarming"><b>2</b> without any condition</li>`,
		`<td data-label="Account"><bdi>root</bdi> <span class="badge remark">shared</span></td>`,
		`<td data-label="Account"><bdi>larry</bdi></td>`,
		`<button type="button">Other columns</button>`,
		`<td data-label="Other columns"><div><bdi>Sudo &lt;Commands&gt;</bdi>: <bdi>A&amp;B</bdi></div></td>`,
	} {
		if !strings.Contains(page, want) {
			t.Errorf("no %s in\n%s", want, page)
		}
	}
	if without, err := HTML([]Row{plain}, nil); err != nil || strings.Contains(without, "Other columns") {
		t.Errorf("a page without extra columns shows them (%v)", err)
	}
}
