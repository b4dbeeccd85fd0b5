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
