package accessreport

import (
	"encoding/csv"
	"errors"
	"html"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
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
		"(5)":                    "'(5)",
		"$1,000":                 "'$1,000",
		"5 €":                    "'5 €",
		"-5 %":                   "'-5 %",
		"CHF 5":                  "'CHF 5",
		"1 1/2":                  "'1 1/2",
		"½":                      "'½",
		"５":                      "'５",
		"1'000":                  "'1'000",
		"TRUE":                   "'TRUE",
		" false":                 "' false",
		"Wahr":                   "'Wahr",
		"1:30 PM":                "'1:30 PM",
		"1:30 p":                 "'1:30 p",
		"Jan 5, 2020":            "'Jan 5, 2020",
		"Mon, 5 January 2020":    "'Mon, 5 January 2020",
		"5. Mai 2020":            "'5. Mai 2020",
		"2026-01-02T12:00:00Z":   "'2026-01-02T12:00:00Z",
		"2020年1月2日":              "'2020年1月2日",
		"#N/A":                   "'#N/A",
		"1;=1":                   "'1;'=1",
		"5\n=1":                  "'5\n'=1",
		"may":                    "may",
		"April":                  "April",
		"truesdale":              "truesdale",
		"e5":                     "e5",
		"db-01":                  "db-01",
		"jan.maier-01":           "jan.maier-01",
		"0x1F":                   "0x1F",
		"Approval (2 approvers)": "Approval (2 approvers)",
		"()":                     "()",
	} {
		if got := neutralize(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

// Whatever the cells are, a reader of RFC 4180 finds them, apart from apostrophes and
// symbols for NUL. No cell begins like a formula, with any delimiter. The text is not
// read back.
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
		if report, err := Decode(t.Context(), text, nil); err == nil && !isRefusedSpreadsheet(report) {
			t.Fatal("the text is read back, want an error")
		}
	})
}

func isRefusedSpreadsheet(report *Report) bool {
	problem, ok := errors.AsType[*FormatError](report.CheckNotSpreadsheet())
	return ok && strings.Contains(problem.Problem, "the text was written by report_spreadsheet")
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
		"(5)", "$5", "$1,000", "($1,000.50)", "-$5", "5€", "5 €", "5,00 €", "€5", "£5", "¥5", "CHF 5", "USD 5", "5%", "12.5 %", "true", "FALSE", "True ", "wahr", "FALSCH",
		"1:30 PM", "1:30pm", "13:30:15", "1:30:15.5 AM", "Jan 5, 2020", "January 5, 2020", "5 Jan 2020", "5. Mai 2020", "1. Dez 20", "Mar 2020", "2020 March", "Mon, Jan 5, 2020", "Monday 5 January 2020",
		"sep1", "mar-01", "1/5", "1 1/2", "31.12.2026", "31.12.", "12/31/2026", "1E+5", "1e-5", "1.5E5", "2026-01-02T12:00:00", "2026-01-02T12:00:00Z", "2026-01-02 12:00", "1 000", "1.000,5", "1'000",
		"#REF!", "#N/A", "½", "５", "１２", "٥", "2nd", "12h", "may", "april", "web-01", "db1", "0x1F", "1;=1", "5\n=1", "$5,=1",
		`=HYPERLINK("http://example.com","x")`, "{=1}", "larry@example.com",
	} {
		rows = append(rows, access(cell, "user", cell))
	}
	for language, code := range map[string]string{"English": "1033", "German": "1031", "Swiss German": "2055"} {
		sheet := convertSpreadsheet(t, office, Spreadsheet(rows), code)
		cells := textCells(sheet)
		if at := strings.Index(sheet, "table:formula"); at >= 0 {
			t.Errorf("%s: got a formula, want none: %s", language, sheet[at:min(at+200, len(sheet))])
		}
		for i, row := range rows {
			want := strings.NewReplacer("\r", "\n").Replace(neutralize(row.Account))
			got := 0
			for _, cell := range cells {
				if cell == want {
					got++
				}
			}
			if got < 2 { // the account and the conditions
				t.Errorf("%s: row %d: got %d cells %q, want 2", language, i, got, want)
			}
		}
	}
}

// convertSpreadsheet returns a CSV as a flat OpenDocument sheet. LibreOffice reads it like
// a user of a language who lets it detect special numbers, which are dates and the like.
func convertSpreadsheet(t *testing.T, office, text, language string) string {
	t.Helper()
	dir := t.TempDir()
	file := filepath.Join(dir, "access.csv")
	if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	filter := "--infilter=CSV:44,34,76,1,," + language + ",false,true"
	command := exec.CommandContext(t.Context(), office, "--headless", "-env:UserInstallation=file://"+dir+"/profile", filter, "--convert-to", "fods", "--outdir", dir, file)
	if output, err := command.CombinedOutput(); err != nil {
		t.Fatalf("got error %v, want none\n%s", err, output)
	}
	document, err := os.ReadFile(filepath.Join(dir, "access.fods"))
	if err != nil {
		t.Fatal(err)
	}
	return string(document)
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

// A spreadsheet is also recognized after changes of its header, by three of its own headings.
func TestChangedSpreadsheets(t *testing.T) {
	row := Spreadsheet([]Row{access("root", "user", "MFA")})
	for name, text := range map[string]string{
		"another case of one":     strings.Replace(row, "Shared account", "Shared Account", 1),
		"all in lower case":       strings.ToLower(row),
		"two other headings":      strings.NewReplacer("Gateway required", "A", "MFA required", "B").Replace(row),
		"whitespace and brackets": strings.NewReplacer("Gateway required", " Gateway  required ", "MFA required", "[MFA required]").Replace(row),
		"another delimiter":       strings.ReplaceAll(row, `","`, `";"`),
		"without quotes":          strings.ReplaceAll(row, `"`, ""),
	} {
		if report, err := Decode(t.Context(), text, nil); err != nil || !isRefusedSpreadsheet(report) {
			t.Errorf("%s: got %+v and error %v, want an error about report_spreadsheet", name, report, err)
		}
	}
	const header = "User Name,Resource Name,Account,Privileges,Conditions,MFA required,Approval required"
	for name, text := range map[string]string{
		"two headings": header + "\nlarry,web-01,root,user,MFA,yes,no\n",
		"other cells":  header + ",Gateway required\nlarry,web-01,root,user,MFA,always,no,no\n",
	} {
		if report, err := Decode(t.Context(), text, nil); err != nil || len(report.Rows) != 1 || report.CheckNotSpreadsheet() != nil {
			t.Errorf("%s: got %+v and error %v, want a row", name, report, err)
		}
	}
}
