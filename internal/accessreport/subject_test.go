package accessreport_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

func TestCheckSubject(t *testing.T) {
	t.Parallel()
	larry := []string{"larry.linuxadmin", "larry@example.com"}
	web := []string{"web-01", "web-01.example.com", "shop"}
	const users, resources = accessreport.UserName, accessreport.ResourceName
	for name, test := range map[string]struct {
		column  accessreport.Column
		known   []string
		names   []string // in the column, row by row
		unknown string
		err     *accessreport.SubjectError
	}{
		"no rows":                    {column: users, known: larry},
		"the user's name":            {column: users, known: larry, names: []string{"larry.linuxadmin", "larry.linuxadmin"}},
		"in another case":            {column: users, known: larry, names: []string{"Larry.LinuxAdmin", "larry.linuxadmin"}},
		"the user's email":           {column: users, known: larry, names: []string{"larry@example.com"}},
		"name and email":             {column: users, known: larry, names: []string{"larry@example.com", "larry.linuxadmin", "larry@example.com"}},
		"all names of the server":    {column: resources, known: web, names: []string{"shop", "web-01", "WEB-01.example.com"}},
		"one unknown name":           {column: users, known: larry, names: []string{"mallory", "mallory"}, unknown: "mallory"},
		"one unknown, in two cases":  {column: users, known: larry, names: []string{"Mallory", "mallory"}, unknown: "Mallory"},
		"the email's local part":     {column: users, known: larry, names: []string{"larry"}, unknown: "larry"},
		"another server":             {column: resources, known: web, names: []string{"web-02"}, unknown: "web-02"},
		"known, then unknown":        {column: users, known: larry, names: []string{"larry.linuxadmin", "mallory"}, err: &accessreport.SubjectError{Column: users, Known: true, Names: []string{"mallory"}}},
		"unknown, then known":        {column: resources, known: web, names: []string{"web-02", "shop"}, err: &accessreport.SubjectError{Column: resources, Known: true, Names: []string{"web-02"}}},
		"known, then empty":          {column: users, known: larry, names: []string{"larry.linuxadmin", ""}, err: &accessreport.SubjectError{Column: users, Known: true, Names: []string{""}}},
		"two unknown":                {column: users, known: larry, names: []string{"b", "a", "b"}, err: &accessreport.SubjectError{Column: users, Names: []string{"b", "a"}}},
		"many unknown":               {column: users, known: larry, names: []string{"a", "b", "c", "d", "e", "f", "g"}, err: &accessreport.SubjectError{Column: users, Names: []string{"a", "b", "c", "d", "e"}, More: true}},
		"nothing known, one name":    {column: users, names: []string{"mallory", "MALLORY"}},
		"nothing known, two names":   {column: users, names: []string{"mallory", "larry"}, err: &accessreport.SubjectError{Column: users, Names: []string{"mallory", "larry"}}},
		"a name of the other column": {column: resources, known: larry, names: []string{"larry"}, unknown: "larry"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			var rows []accessreport.Row
			for i, name := range test.names {
				row := accessreport.Row{UserName: fmt.Sprint("u", i), ResourceName: fmt.Sprint("r", i)} // the other column does not count
				row.SetCell(test.column, name)
				rows = append(rows, row)
			}
			unknown, err := accessreport.ReportOf(rows).CheckSubject(test.column, test.known)
			got, _ := errors.AsType[*accessreport.SubjectError](err)
			if diff := gocmp.Diff(test.err, got); diff != "" || (err == nil) != (test.err == nil) {
				t.Errorf("error %v (-want +got):\n%s", err, diff)
			}
			if unknown != test.unknown {
				t.Errorf("unknown: got %q, want %q", unknown, test.unknown)
			}
		})
	}
}

// A report without the column has no names to check.
func TestCheckSubjectWithoutTheColumn(t *testing.T) {
	t.Parallel()
	missing := accessreport.Columns(0).With(accessreport.UserName)
	unknown, err := accessreport.ReportOf([]accessreport.Row{{MissingColumns: missing}, {MissingColumns: missing}}).CheckSubject(accessreport.UserName, []string{"larry"})
	if unknown != "" || err != nil {
		t.Errorf("got %q and %v, want nothing", unknown, err)
	}
}

func TestSubjectErrorIsPrintable(t *testing.T) {
	t.Parallel()
	for _, known := range []bool{false, true} {
		err := &accessreport.SubjectError{Column: accessreport.UserName, Known: known, Names: []string{"\x1b[2Jno\u202e", strings.Repeat("x", 10_000)}, More: true}
		text := err.Error()
		if strings.ContainsAny(text, "\x1b\u202e") || len(text) > 1000 || !strings.Contains(text, "and more") || !strings.Contains(text, "user_name") {
			t.Errorf("got %q, want escaped and shortened names", text)
		}
	}
}
