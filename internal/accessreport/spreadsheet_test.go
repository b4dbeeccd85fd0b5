package accessreport

import (
	"encoding/csv"
	"errors"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

const spreadsheetHeader = "\ufeff" + `"User Name","User Type","User Status","Resource Name","Resource Type","Account","Privileges","Conditions",` +
	`"Gateway required","Session recorded","Approval required","MFA required","Shared account"`

func TestSpreadsheet(t *testing.T) {
	unknown := access("larry", "user", "MFA, Moon phase")
	missing := access("root", "admin", "")
	missing.MissingColumns = Columns(0).With(Conditions).With(UserStatus)
	extra := access("root", "user", "")
	extra.Extra = NewExtra(map[string]string{"=Policy": "+on-call"})
	for name, test := range map[string]struct {
		rows []Row
		want string
	}{
		"no rows": {nil, spreadsheetHeader + "\r\n"},
		"rows": {
			[]Row{access("root", "user", "Okta Gateway, MFA"), unknown, missing},
			spreadsheetHeader + "\r\n" +
				`"larry","human","ACTIVE","web-01","server","root","user","Okta Gateway, MFA","yes","no","no","yes","yes"` + "\r\n" +
				`"larry","human","ACTIVE","web-01","server","larry","user","MFA, Moon phase","(unknown)","(unknown)","(unknown)","yes","no"` + "\r\n" +
				`"larry","human","(unknown)","web-01","server","root","admin","(unknown)","(unknown)","(unknown)","(unknown)","(unknown)","yes"` + "\r\n",
		},
		"unknown columns": {
			[]Row{extra, access("root", "user", "")},
			spreadsheetHeader + `,"'=Policy"` + "\r\n" +
				`"larry","human","ACTIVE","web-01","server","root","user","","no","no","no","no","yes","'+on-call"` + "\r\n" +
				`"larry","human","ACTIVE","web-01","server","root","user","","no","no","no","no","yes","(unknown)"` + "\r\n",
		},
	} {
		if diff := cmp.Diff(test.want, Spreadsheet(test.rows)); diff != "" {
			t.Errorf("%s: CSV (-want +got):\n%s", name, diff)
		}
	}
}

func TestNeutralize(t *testing.T) {
	for text, want := range map[string]string{
		"":                       "",
		"larry":                  "larry",
		"web-01":                 "web-01",
		"larry@example.com":      "larry@example.com",
		"Okta Gateway, Approval": "Okta Gateway, Approval",
		"=1+1":                   "'=1+1",
		"+41 44":                 "'+41 44",
		"-":                      "'-",
		"@SUM(A1)":               "'@SUM(A1)",
		"\tx":                    "'\tx",
		"\rx":                    "'\rx",
		"\x00=1":                 "'␀=1",
		"＝1":                     "'＝1",
		"  =1":                   "'  =1",
		"\u200b=1":               "'\u200b=1",
		"a;=1":                   "a;'=1",
		"a, =1":                  "a,' =1",
		"a\n=1":                  "a\n'=1",
		"a\"\t=1":                "a\"'\t'=1",
		"a|@b":                   "a|'@b",
		"''=1":                   "''=1",
		"007":                    "'007",
		"1e5":                    "'1e5",
		"2026-01-02":             "'2026-01-02",
		"12:30":                  "'12:30",
		"mar-01":                 "'mar-01",
		"1 Dec":                  "'1 Dec",
		"sep1":                   "'sep1",
		"2fa":                    "2fa",
		"marie-01":               "marie-01",
		"10.0.0.1":               "'10.0.0.1",
	} {
		if got := neutralize(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Whatever the cells are, a reader of RFC 4180 finds them, apart from apostrophes and
// symbols for NUL. No cell begins like a formula, with any delimiter. Decode refuses the
// text.
func TestSpreadsheetOfHostileRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := hostileRows.Draw(t, "rows")
		text := Spreadsheet(rows)
		records, err := csv.NewReader(strings.NewReader(strings.TrimPrefix(text, "\ufeff"))).ReadAll()
		if err != nil || len(records) != 1+len(rows) {
			t.Fatalf("got %d records and error %v, want %d", len(records), err, 1+len(rows))
		}
		for i, record := range records[1:] {
			for c := range columnCount {
				// The reader replaces CRLF in quotes by LF.
				plain := strings.NewReplacer("'", "", "\r\n", "\n", "\x00", "␀")
				if got, want := plain.Replace(record[c]), plain.Replace(rows[i].Cell(c)); got != want && !rows[i].MissingColumns.Has(c) {
					t.Fatalf("row %d, %s: got %q, want %q", i, c, got, want)
				}
			}
		}
		for _, delimiter := range ",;|\t" {
			for record := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
				for cell := range strings.SplitSeq(record, string(delimiter)) {
					if formula.MatchString(strings.TrimLeft(cell, `"`)) {
						t.Fatalf("delimiter %q: got the cell %q, which begins like a formula", delimiter, cell)
					}
				}
			}
		}
		problem := new(FormatError)
		if _, err := Decode(t.Context(), text, nil); !errors.As(err, &problem) || !strings.Contains(problem.Problem, "the text was written by report_spreadsheet") {
			t.Fatalf("Decode: got error %v, want one about report_spreadsheet", err)
		}
	})
}

var formula = regexp.MustCompile(`^[\s\x{200b}]*[=+\-@＝＋－＠]`)

// LibreOffice finds no formula, and every cell as it was written.
func TestSpreadsheetInLibreOffice(t *testing.T) {
	office, err := exec.LookPath("soffice")
	if err != nil {
		t.Skip("soffice is not on the PATH. Install LibreOffice (Debian package libreoffice-calc-nogui) to run this test.")
	}
	var rows []Row
	for _, cell := range []string{
		"=1+1", "=cmd|' /C calc'!A0", "+1", "-1", "@SUM(1)", "\t=1", "\r=1", " =1", "＝1+1", "007", "1e5", "2026-01-02", "1/2", "TRUE", "rené", "a;=1", "a,=1", "x\n=1", `"=1`, "'=1",
		`=HYPERLINK("http://example.com","x")`, "{=1}", "larry@example.com",
	} {
		rows = append(rows, access(cell, "user", cell))
	}
	dir := t.TempDir()
	file := filepath.Join(dir, "access.csv")
	if err := os.WriteFile(file, []byte(Spreadsheet(rows)), 0o600); err != nil {
		t.Fatal(err)
	}
	command := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", "--infilter=CSV:44,34,76,1", "--convert-to", "fods", "--outdir", dir, file)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("got error %v, want none\n%s", err, output)
	}
	document, err := os.ReadFile(filepath.Join(dir, "access.fods"))
	if err != nil {
		t.Fatal(err)
	}
	sheet := string(document)
	cells := textCells(sheet)
	if at := strings.Index(sheet, "table:formula"); at >= 0 {
		t.Errorf("got a formula, want none: %s", sheet[at:min(at+200, len(sheet))])
	}
	for i, row := range rows {
		cell := strings.NewReplacer("\r", "\n").Replace(neutralize(row.UserName))
		if !slices.Contains(cells, cell) {
			t.Errorf("row %d: got no cell %q, want one, in %q", i, cell, cells)
		}
	}
}

// textCells returns the cells of a flat OpenDocument sheet that are text, with a line
// break between paragraphs. Cells that are numbers or dates have another type.
func textCells(sheet string) (cells []string) {
	for _, match := range regexp.MustCompile(`(?s)<table:table-cell[^>]* office:value-type="string"[^>]*>(.*?)</table:table-cell>`).FindAllStringSubmatch(sheet, -1) {
		var lines []string
		for _, line := range regexp.MustCompile(`(?s)<text:p>(.*?)</text:p>`).FindAllStringSubmatch(match[1], -1) {
			text := strings.NewReplacer("<text:tab/>", "\t", "<text:s/>", " ").Replace(line[1])
			lines = append(lines, html.UnescapeString(regexp.MustCompile(`<[^>]*>`).ReplaceAllString(text, "")))
		}
		cells = append(cells, strings.Join(lines, "\n"))
	}
	return cells
}
