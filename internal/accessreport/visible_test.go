package accessreport

import (
	"fmt"
	"html"
	"strings"
	"testing"
	"unicode"
)

// Both pages escape control characters and invisible characters in all fields of rows and
// sources.
func TestPagesEscapeHiddenCharacters(t *testing.T) {
	for name, text := range map[string]string{
		"C0":                 "a\x1b[2J\x07\b\rb",
		"DEL":                "a\x7fb",
		"C1":                 "a\u009b2J\u0085\u0080b",
		"bidi override":      "a\u202egnp.exe\u202cb",
		"bidi isolate":       "a\u2066b\u2069\u200f\u061c",
		"zero width":         "a\u200bb\u200c\u200d\u2060\ufeff",
		"separators":         "a\u2028b\u2029c\u00a0d",
		"tags":               "a\U000e0041\U000e007fb",
		"blank letters":      "a\u3164\uffa0\u2800\u115fb",
		"variation selector": "a\ufe0fb\U000e0100",
		"soft hyphen":        "a\u00adb",
		"line breaks":        "a\nStatus: COMPLETED\r\nb",
	} {
		row := Row{UserName: text, UserType: text, UserStatus: text, ResourceName: text, ResourceType: text, Account: text, Privileges: text, Conditions: text}
		sources := []Source{{About: text, ReportID: text, Status: text, CreatedAt: text}, {About: text, Error: text}}
		page, err := HTML([]Row{row}, sources, nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		single, err := HTML([]Row{row}, sources[:1], nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		for kind, got := range map[string]string{"Markdown": Markdown([]Row{row}), "page": html.UnescapeString(page), "page of one report": html.UnescapeString(single)} {
			for _, r := range text {
				if unicode.IsPrint(r) && !unicode.In(r, unicode.Variation_Selector, unicode.Other_Default_Ignorable_Code_Point) && r != '\u2800' || r == '\n' {
					continue
				}
				if strings.ContainsRune(got, r) {
					t.Errorf("%s: got %[3]U in the %[2]s, want it escaped", name, kind, r)
				}
				if sign := fmt.Sprintf("U+%04X", r); r >= ' ' && !strings.Contains(got, sign) {
					t.Errorf("%s: got a %s without %s, want it shown", name, kind, sign)
				}
			}
			if strings.Contains(got, "\nStatus: COMPLETED") {
				t.Errorf("%s: got a line break of a cell in the %s, want none", name, kind)
			}
		}
	}
}
