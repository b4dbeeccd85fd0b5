package accessreport

import (
	"context"
	"encoding/csv"
	"errors"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

// larry is the one row of most of the texts below.
var larry = Row{
	UserName: "larry.linuxadmin", UserType: "human", UserStatus: "ACTIVE",
	ResourceName: "web-01", ResourceType: "server",
	Account: "root", Privileges: "user", Conditions: "Okta Gateway, MFA",
	Requirements: Requirements{Gateway: true, MFA: true},
}

func TestDecodeAcceptsPlausibleDialects(t *testing.T) {
	const (
		userRow     = `larry.linuxadmin,human,ACTIVE,web-01,server,root,user,"Okta Gateway, MFA"`
		resourceRow = `web-01,server,larry.linuxadmin,human,ACTIVE,root,user,"Okta Gateway, MFA"`
	)
	for name, text := range map[string]string{
		"title case":             "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + userRow + "\n",
		"resource order":         "Resource Name,Resource Type,User Name,User Type,User Status,Account,Privileges,Conditions\n" + resourceRow + "\n",
		"snake case":             "user_name,user_type,user_status,resource_name,resource_type,account,privileges,conditions\n" + userRow + "\n",
		"camel case":             "userName,userType,userStatus,resourceName,resourceType,account,privileges,conditions\n" + userRow + "\n",
		"short names":            "User,User Type,Status,Hostname,Resource Type,Identity,Privilege,Condition\n" + userRow + "\n",
		"name beside resource":   "Name,User Type,Status,Resource Name,Resource Type,Account Name,Permissions,Conditionals\n" + userRow + "\n",
		"own name beats alias":   "Status,Server,User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\nx,y," + userRow + "\n",
		"extra columns":          "User ID,User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,Policy\n1," + userRow + ",p\n",
		"byte order mark":        "\ufeffUser Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + userRow + "\n",
		"quoted after the mark":  "\ufeff\"User Name\",User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + userRow + "\n",
		"CRLF":                   "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\r\n" + userRow + "\r\n",
		"no line end at the end": "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n" + userRow,
		"empty lines":            "\nUser Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n\n" + userRow + "\n\n",
		"semicolon":              "User Name;User Type;User Status;Resource Name;Resource Type;Account;Privileges;Conditions\nlarry.linuxadmin;human;ACTIVE;web-01;server;root;user;Okta Gateway, MFA\n",
		"tab":                    "User Name\tUser Type\tUser Status\tResource Name\tResource Type\tAccount\tPrivileges\tConditions\nlarry.linuxadmin\thuman\tACTIVE\tweb-01\tserver\troot\tuser\tOkta Gateway, MFA\n",
		"all quoted, semicolon":  `"User Name";"User Type";"User Status";"Resource Name";"Resource Type";"Account";"Privileges";"Conditions"` + "\n" + `"larry.linuxadmin";"human";"ACTIVE";"web-01";"server";"root";"user";"Okta Gateway, MFA"` + "\n",
		"blanks around all":      "User Name , User Type , User Status , Resource Name , Resource Type , Account , Privileges , Conditions\nlarry.linuxadmin , human , ACTIVE , web-01 , server , root , user , \"Okta Gateway, MFA\"\n",
		"blanks around quotes":   "\"User Name\", \"User Type\", \"User Status\", \"Resource Name\", \"Resource Type\", \"Account\", \"Privileges\", \"Conditions\"\n\"larry.linuxadmin\", human, ACTIVE, web-01, server, root, user, \"Okta Gateway, MFA\"\n",
		"a trailing delimiter":   "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions,\n" + userRow + ",\n",
		"no header, user":        userRow + "\n",
		"no header, resource":    resourceRow + "\n",
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Decode(t.Context(), text, nil)
			if err != nil {
				t.Fatal(err)
			}
			want := larry
			switch name {
			case "extra columns":
				want.Extra = NewExtra(map[string]string{"User ID": "1", "Policy": "p"})
			case "own name beats alias":
				want.Extra = NewExtra(map[string]string{"Status": "x", "Server": "y"})
			}
			if diff := cmp.Diff([]Row{want}, report.Rows); diff != "" {
				t.Error(diff)
			}
			if headless := strings.HasPrefix(name, "no header"); headless != (report.Header == nil) || headless != (len(report.Warnings) == 1) {
				t.Errorf("got header %q and warnings %q, want a warning exactly if there is no header", report.Header, report.Warnings)
			}
		})
	}
}

func TestDecodeKeepsCellsUnchanged(t *testing.T) {
	header := strings.Join(ColumnNames(), ",") + "\n"
	report, err := Decode(t.Context(), header+`"Ann ""A"" O'Hara",HUMAN,active,"a`+"\r\n"+`b",Server,ann, Admin ,"=cmd()"`, nil)
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{
		UserName: `Ann "A" O'Hara`, UserType: "HUMAN", UserStatus: "active", ResourceName: "a\r\nb", ResourceType: "Server",
		Account: "ann", Privileges: " Admin ", Conditions: "=cmd()", Requirements: Requirements{Unknown: true},
	}}
	if diff := cmp.Diff(want, report.Rows); diff != "" {
		t.Error(diff)
	}
}

func TestDecodeErrors(t *testing.T) {
	const header = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	const row = "larry,human,ACTIVE,web-01,server,root,user,\n"
	for name, test := range map[string]struct{ text, want string }{
		"nothing":                   {"", "the text is empty, without a header"},
		"a byte order mark alone":   {"\ufeff", "the text is empty, without a header"},
		"blanks":                    {" \r\n\t\n", "the text is empty, without a header"},
		"Latin-1":                   {header + "larry,human,ACTIVE,caf\xe9,server,root,user,\n", "the text is not valid UTF-8"},
		"a NUL":                     {header + row + "larry,human,ACTIVE,web\x00,server,root,user,\n", "line 3: the text contains a NUL byte"},
		"a short row":               {header + row + "larry,human,ACTIVE,web-01,server,root\n", "line 3: 6 cells, but the header has 8"},
		"a long row":                {header + "larry,human,ACTIVE,web-01,server,root,user,,\n" + row, "line 2: 9 cells, but the header has 8"},
		"a row of blanks":           {header + " \n" + row, "line 2: 1 cells, but the header has 8"},
		"a repeated header":         {header + row + header + row, "line 3: the header is repeated, so several reports were joined"},
		"another kind's header":     {header + row + "Resource Name,Resource Type,User Name,User Type,User Status,Account,Privileges,Conditions\n", "line 3: the header is repeated, so several reports were joined"},
		"no user":                   {header + row + ",human,ACTIVE,web-01,server,root,user,\n", "line 3: the cell of user_name is empty"},
		"a blank resource":          {header + "larry,human,ACTIVE,\u00a0,server,root,user,\n", "line 2: the cell of resource_name is empty"},
		"no account":                {header + "larry,human,ACTIVE,web-01,server,,user,\n", "line 2: the cell of account is empty"},
		"a blank before root":       {header + "larry,human,ACTIVE,web-01,server, root,user,\n", "line 2: the cell of account begins or ends with whitespace"},
		"a quoted blank after root": {header + "larry,human,ACTIVE,web-01,server,\"root \",user,\n", "line 2: the cell of account begins or ends with whitespace"},
		"an invisible character":    {header + "larry\u200b,human,ACTIVE,web-01,server,root,user,\n", "line 2: the cell of user_name begins or ends with whitespace"},
		"an unknown header twice":   {"Policy,Policy," + header + "a,b," + row, `line 1: multiple columns have the header "Policy"; the first line has these cells: "Policy", "Policy", "User Name", "User Type", "User Status", "Resource Name", "Resource Type", "Account", "Privileges", "Conditions"`},
		"a cell without a header":   {"," + header + "x," + row, "line 2: a cell is in a column without a header"},
		"many empty lines":          {header + row + strings.Repeat("\n", maxEmptyLines+1), "line 1003: the text has more than 1000 empty lines in a row"},
		"a record of many cells":    {header + strings.Repeat(",", 2*maxCells), "line 2: a record has more than 1000 cells"},
		"a long cell":               {header + "larry,human,ACTIVE," + strings.Repeat("x", maxCell+1) + ",server,root,user,\n", "line 2: a cell has more than 1048576 bytes"},
		"a long quoted cell":        {header + "larry,human,ACTIVE,\"" + strings.Repeat("\"\"", maxCell+1) + "\",server,root,user,\n", "line 2: a cell has more than 1048576 bytes"},
		"a quote never closed":      {header + row + "larry,human,ACTIVE,\"web-01,server\n,root,user,\n", "line 3: a quote is opened here but not closed"},
		"a quote inside a cell":     {header + "larry,human,ACTIVE,web\"01,server,root,user,\n", "line 2: an unquoted cell contains a quote"},
		"text after a quote":        {header + "larry,human,ACTIVE,\"web\"01,server,root,user,\n", "line 2: text follows a closing quote"},
		"a lone carriage return":    {header + "larry,human,ACTIVE,web\r01,server,root,user,\n", "line 2: an unquoted cell contains a carriage return"},
		"line numbers in quotes":    {header + "larry,human,ACTIVE,\"a\nb\",server,root,user,\nlarry\n", "line 4: 1 cells, but the header has 8"},
		"no CSV":                    {"<html><body>Sign in</body></html>", `line 1: the header was not recognized; the first line has these cells: "<html><body>Sign in</body></html>"`},
		"a foreign header":          {"Wer,Wo,Wie\nlarry,web-01,root\n", `line 1: the header was not recognized; the first line has these cells: "Wer", "Wo", "Wie"`},
		"no column of conditions":   {"User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Limits\n" + row, `line 1: no column was recognized as conditions; the first line has these cells: "User Name", "User Type", "User Status", "Resource Name", "Resource Type", "Account", "Privileges", "Limits"`},
		"the same header twice":     {"User Name,Account,Account,Resource,Privileges,Conditions\n", `line 1: multiple columns could be account ("Account", "Account"); the first line has these cells: "User Name", "Account", "Account", "Resource", "Privileges", "Conditions"`},
		"two equal claims":          {"User Name,Account,Hostname,Canonical Name,Privileges,Conditions\n", `line 1: multiple columns could be resource_name ("Hostname", "Canonical Name"); the first line has these cells: "User Name", "Account", "Hostname", "Canonical Name", "Privileges", "Conditions"`},
		"no header and a doubt":     {row + "larry,robot,ACTIVE,web-01,server,root,user,\n", "line 2: the report has no header, and the cells of this line do not identify the columns"},
		"no header, orders mixed":   {row + "web-01,server,larry,human,ACTIVE,root,user,\n", "line 2: the report has no header, and the cells of this line do not identify the columns"},
		"control characters":        {"\x1b[31mA,B\n", `line 1: the header was not recognized; the first line has these cells: "\x1b[31mA", "B"`},
		"JSON instead of a report":  {`{"message":"no"}`, "line 1: an unquoted cell contains a quote"},
		"a header of endless cells": {strings.Repeat("x,", 100), "and 61 more"},
	} {
		t.Run(name, func(t *testing.T) {
			report, err := Decode(t.Context(), test.text, nil)
			if _, ok := errors.AsType[*FormatError](err); !ok {
				t.Fatalf("got %+v and error %v, want a *FormatError", report, err)
			}
			if got := err.Error(); got != test.want && !(name == "a header of endless cells" && strings.HasSuffix(got, test.want)) {
				t.Errorf("\n got %s\nwant %s", got, test.want)
			}
		})
	}
}

func TestDecodeMapping(t *testing.T) {
	const german = "Benutzer,Account,Rechner,Konto,Rechte,Auflagen\nlarry,Ltd,web-01,root,admin,MFA\n"
	report, err := Decode(t.Context(), german, map[string]string{
		"user_name": "benutzer", "resource_name": " Rechner ", "account": "Konto", "privileges": "Rechte", "conditions": "Auflagen",
	})
	if err != nil {
		t.Fatal(err)
	}
	want := []Row{{UserName: "larry", ResourceName: "web-01", Account: "root", Privileges: "admin", Conditions: "MFA", MissingColumns: Columns(0).With(UserType).With(UserStatus).With(ResourceType), Requirements: Requirements{MFA: true}, Extra: NewExtra(map[string]string{"Account": "Ltd"})}}
	if diff := cmp.Diff(want, report.Rows); diff != "" {
		t.Error(diff)
	}
	if !report.MissingColumns().Has(UserType) || !report.MissingColumns().Has(UserStatus) || !report.MissingColumns().Has(ResourceType) || report.MissingColumns().Has(Conditions) {
		t.Errorf("got missing columns %b, want user_type, user_status and resource_type", report.MissingColumns())
	}
	if len(report.Warnings) != 3 {
		t.Errorf("got warnings %q, want 3", report.Warnings)
	}

	t.Run("an optional column is missing", func(t *testing.T) {
		const text = "User,Resource,Account,Privileges\nlarry,web-01,root,user\n"
		if _, err := Decode(t.Context(), text, nil); err == nil {
			t.Fatal("got no error for a report without conditions, want one")
		}
		report, err := Decode(t.Context(), text, map[string]string{"conditions": "", "user_type": "", "user_status": "", "resource_type": ""})
		if err != nil || !report.MissingColumns().Has(Conditions) || len(report.Rows) != 1 || report.Warnings != nil {
			t.Errorf("got %+v and error %v, want another report", report, err)
		}
	})
	t.Run("a mapping takes precedence over an alias", func(t *testing.T) {
		report, err := Decode(t.Context(), "Account,Login,Resource,Privileges,Conditions\nlarry,root,web-01,user,\n", map[string]string{"user_name": "Account", "account": "Login"})
		if err != nil {
			t.Fatal(err)
		}
		if got := report.Rows[0]; got.UserName != "larry" || got.Account != "root" {
			t.Errorf("got %+v, want larry as root", got)
		}
	})
	t.Run("a mapping that does not fit this kind of report", func(t *testing.T) {
		report, err := Decode(t.Context(), "User,User Type,Status,Account,Resource,Resource Type,Privileges,Conditions\nlarry,human,ACTIVE,root,web-01,server,user,\n", map[string]string{"user_name": "Benutzer"})
		if err != nil || len(report.Warnings) != 1 || report.Rows[0].UserName != "larry" {
			t.Errorf("got %+v and error %v, want another report", report, err)
		}
	})
	t.Run("one column for two", func(t *testing.T) {
		if report, err := Decode(t.Context(), "User,Account,Resource,Privileges,Conditions\n", map[string]string{"user_name": "User", "account": "User"}); err == nil {
			t.Errorf("got %+v, want an error", report)
		}
	})
	t.Run("an optional column is present", func(t *testing.T) {
		report, err := Decode(t.Context(), "User,Account,Resource,Privileges,Conditions,\nlarry,root,web-01,user,MFA,\n",
			map[string]string{"conditions": " ", "user_type": "", "user_status": "", "resource_type": ""})
		if err != nil || report.Rows[0].Conditions != "MFA" || report.Warnings != nil {
			t.Errorf("got %+v and error %v, want another report", report, err)
		}
	})
	t.Run("the user is required", func(t *testing.T) {
		if report, err := Decode(t.Context(), "Account,Resource,Privileges,Conditions\n", map[string]string{"user_name": "", "user_type": "", "user_status": "", "resource_type": ""}); err == nil {
			t.Errorf("got %+v, want an error", report)
		}
	})
}

func TestDecodeWarnsAboutMissingRows(t *testing.T) {
	report, err := Decode(t.Context(), strings.Join(ColumnNames(), ","), nil)
	if err != nil || len(report.Rows) != 0 || len(report.Warnings) != 1 {
		t.Errorf("got %+v and error %v, want another report", report, err)
	}
}

func TestSort(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rowGenerator, 1, 20).Draw(t, "rows")
		shuffled := rapid.Permutation(rows).Draw(t, "shuffled")
		Sort(rows)
		Sort(shuffled)
		if diff := cmp.Diff(rows, shuffled); diff != "" {
			t.Fatal(diff)
		}
	})
}

var rowGenerator = rapid.Custom(func(t *rapid.T) Row {
	cell := func(name string) string {
		return rapid.StringOfN(rapid.SampledFrom([]rune("ab \",;\t\r\né=")), 0, 6, -1).Draw(t, name)
	}
	key := func(name string) string { return "k" + cell(name) + "k" }
	row := Row{
		UserName: key("user"), UserType: rapid.SampledFrom([]string{"human", "service"}).Draw(t, "type"), UserStatus: "ACTIVE",
		ResourceName: key("resource"), ResourceType: "server", Account: key("account"), Privileges: cell("privileges"),
		Conditions: rapid.SampledFrom([]string{"", "MFA", "Okta Gateway", "Approval; MFA", "a\nb"}).Draw(t, "conditions"),
	}
	row.Requirements = ParseConditions(row.Conditions)
	return row
})

// Decode returns the rows that were written, with any cells and in any dialect.
func TestDecodeReturnsWrittenRows(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rowGenerator, 1, 8).Draw(t, "rows")
		order := rapid.Permutation([]Column{UserName, UserType, UserStatus, ResourceName, ResourceType, Account, Privileges, Conditions}).Draw(t, "order")
		delimiter := rapid.SampledFrom([]byte{',', ';', '\t'}).Draw(t, "delimiter")
		text := write(rows, order, delimiter, rapid.Bool().Draw(t, "CRLF"))
		report, err := Decode(t.Context(), text, nil)
		if err != nil {
			t.Fatalf("%q: got error %v, want none", text, err)
		}
		if diff := cmp.Diff(rows, report.Rows); diff != "" {
			t.Fatal(diff)
		}
	})
}

// For a truncated or malformed text, the result is an error or the rows that the standard
// library reads from it, never fewer.
func TestDecodeLosesNoRowOfABrokenText(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		rows := rapid.SliceOfN(rowGenerator, 0, 6).Draw(t, "rows")
		text := write(rows, []Column{UserName, UserType, UserStatus, ResourceName, ResourceType, Account, Privileges, Conditions}, ',', false)
		cut := rapid.IntRange(0, len(text)).Draw(t, "cut")
		text = text[:cut] + rapid.SampledFrom([]string{"", "\"", "\n", ",", "\x00", "\xff", "\r"}).Draw(t, "insert") + text[rapid.SampledFrom([]int{cut, len(text)}).Draw(t, "rest"):]
		checkAgainstStandardLibrary(t, text)
	})
}

func checkAgainstStandardLibrary(t interface{ Fatalf(string, ...any) }, text string) {
	report, err := Decode(context.Background(), text, nil)
	if err != nil {
		return
	}
	first := strings.TrimPrefix(text, "\ufeff")
	for _, delimiter := range delimiters {
		reader := csv.NewReader(strings.NewReader(first))
		reader.Comma = rune(delimiter)
		records, err := reader.ReadAll()
		if err != nil {
			continue
		}
		if report.Header != nil {
			records = records[1:]
		}
		if sameRows(report, records) {
			return
		}
	}
	t.Fatalf("got %d rows, want those that the standard library reads from %q", len(report.Rows), text)
}

// sameRows reports whether every record is a row with all its cells. The standard library
// rewrites line ends within cells.
func sameRows(report *Report, records [][]string) bool {
	if len(report.Rows) != len(records) {
		return false
	}
	for i := range report.Rows {
		for c := range columnCount {
			cell := strings.ReplaceAll(report.Rows[i].Cell(c), "\r\n", "\n")
			if !report.MissingColumns().Has(c) && !slices.Contains(records[i], cell) {
				return false
			}
		}
	}
	return true
}

func write(rows []Row, order []Column, delimiter byte, crlf bool) string {
	// encoding/csv writes CRLF inside cells too where it is the line end, so
	// quotes are written here by hand.
	lineEnd := "\n"
	if crlf {
		lineEnd = "\r\n"
	}
	var b strings.Builder
	for i, c := range order {
		if i > 0 {
			b.WriteByte(delimiter)
		}
		b.WriteString(c.String())
	}
	b.WriteString(lineEnd)
	for _, row := range rows {
		for i, c := range order {
			if i > 0 {
				b.WriteByte(delimiter)
			}
			b.WriteString(`"` + strings.ReplaceAll(*row.cell(c), `"`, `""`) + `"`)
		}
		b.WriteString(lineEnd)
	}
	return b.String()
}

func FuzzDecode(f *testing.F) {
	f.Add(write([]Row{larry}, []Column{UserName, UserType, UserStatus, ResourceName, ResourceType, Account, Privileges, Conditions}, ',', false))
	f.Add("larry,human,ACTIVE,web-01,server,root,user,\"a\nb\"\n")
	f.Add("User;Status;Server;Login;Permissions;Condition\n\"\";;;;;\n")
	f.Fuzz(func(t *testing.T, text string) { checkAgainstStandardLibrary(t, text) })
}

func BenchmarkDecode(b *testing.B) {
	rows := make([]Row, 10_000)
	for i := range rows {
		rows[i] = larry
	}
	var text strings.Builder
	text.WriteString(strings.Join(ColumnNames(), ",") + "\n")
	for range rows {
		text.WriteString("larry.linuxadmin,human,ACTIVE,web-01.storefront.example.com,server,larry,user,Okta Gateway with Session Recording\n")
	}
	b.SetBytes(int64(text.Len()))
	b.ReportAllocs()
	for b.Loop() {
		if _, err := Decode(b.Context(), text.String(), nil); err != nil {
			b.Fatal(err)
		}
	}
}
