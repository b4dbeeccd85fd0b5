package opasim_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// smallWorld has one row for ann and one for jörg, whose name is not ASCII.
const smallWorld = `
	user "ann" {}
	user "jörg" { account = "joerg" }
	group "g" { members = ["ann"] }
	group "h" { members = ["jörg"] }
	resource_group "rg" {
	  project "p" {
	    server "h;1" {}
	  }
	}
	policy "x" {
	  groups = ["g"]
	  rule "r" {
	    servers {}
	    individual = ["admin"]
	    conditions = ["mfa", "gateway"]
	  }
	}
	policy "y" {
	  groups = ["h"]
	  rule "r" {
	    servers {}
	    individual = ["user"]
	  }
	}
`

func parseWorld(t *testing.T, src string) *opasim.World {
	t.Helper()
	w, err := opasim.ParseWorld("test.hcl", []byte(src))
	if err != nil {
		t.Fatal(err)
	}
	return w
}

const titleHeader = "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"

// csvDialects contains dialects, each with the report of a user in smallWorld.
var csvDialects = []struct {
	name    string
	dialect opasim.CSV
	user    string
	want    string
	media   string
}{
	{name: "default", user: "ann", want: titleHeader + `ann,human,ACTIVE,h;1,server,ann,admin,"Okta Gateway, MFA"` + "\n"},
	{
		name: "semicolons", user: "ann",
		dialect: opasim.CSV{Delimiter: ';', NoHeader: true},
		want:    `ann;human;ACTIVE;"h;1";server;ann;admin;Okta Gateway, MFA` + "\n",
	},
	{
		name: "CRLF and BOM", user: "ann",
		dialect: opasim.CSV{CRLF: true, BOM: true, NoHeader: true, Delimiter: '\t'},
		want:    "\ufeffann\thuman\tACTIVE\th;1\tserver\tann\tadmin\tOkta Gateway, MFA\r\n",
	},
	{
		name: "all quoted", user: "jörg",
		dialect: opasim.CSV{QuoteAll: true, NoHeader: true},
		want:    `"jörg","human","ACTIVE","h;1","server","joerg","user",""` + "\n",
	},
	{
		name: "columns and header style", user: "jörg",
		dialect: opasim.CSV{
			Header:      headerStyle("snake"),
			UserColumns: []opasim.Column{opasim.ColumnAccount, opasim.ColumnUserName},
			Extra:       []opasim.Column{opasim.ColumnProject, opasim.ColumnResourceGroup, opasim.ColumnPolicy},
		},
		want: "account,user_name,project,resource_group,policy\njoerg,jörg,p,rg,y\n",
	},
	{
		name: "header of one column", user: "jörg",
		dialect: opasim.CSV{Header: map[opasim.Column]string{opasim.ColumnAccount: "Identity"}},
		want:    strings.Replace(titleHeader, "Account", "Identity", 1) + "jörg,human,ACTIVE,h;1,server,joerg,user,\n",
	},
	{
		name: "text of conditions", user: "ann",
		dialect: opasim.CSV{
			NoHeader: true, ConditionJoiner: " + ",
			ConditionText: map[string]string{opasim.ConditionMFA: "Phishing-resistant MFA"},
		},
		want: "ann,human,ACTIVE,h;1,server,ann,admin,Okta Gateway + Phishing-resistant MFA\n",
	},
	{
		name: "Latin-1", user: "jörg",
		dialect: opasim.CSV{NoHeader: true, Charset: "iso-8859-1", ContentType: "application/csv"},
		want:    "j\xf6rg,human,ACTIVE,h;1,server,joerg,user,\n",
		media:   "application/csv; charset=iso-8859-1",
	},
	{
		name: "UTF-16", user: "jörg",
		dialect: opasim.CSV{NoHeader: true, Charset: "utf-16", UserColumns: []opasim.Column{opasim.ColumnUserName}},
		want:    "\xff\xfej\x00\xf6\x00r\x00g\x00\n\x00",
		media:   "text/csv; charset=utf-16",
	},
	{
		name: "quotes that are not needed", user: "jörg",
		dialect: opasim.CSV{QuoteSome: true, NoHeader: true},
		want:    `jörg,"human",ACTIVE,h;1,server,joerg,user,` + "\n",
	},
	{
		name: "mixed line ends, and none at the end", user: "jörg",
		dialect: opasim.CSV{MixedLineEnds: true, NoFinalLineEnd: true, UserColumns: []opasim.Column{opasim.ColumnAccount}},
		want:    "Account\r\njoerg",
	},
	{
		name: "JSON string", user: "jörg",
		dialect: opasim.CSV{JSONString: true, ContentType: "application/json", UserColumns: []opasim.Column{opasim.ColumnAccount}},
		want:    `"Account\njoerg\n"`,
		media:   "application/json",
	},
	{
		name: "other words", user: "ann",
		dialect: opasim.CSV{NoHeader: true, Delimiter: '|', Words: map[opasim.Column]map[string]string{opasim.ColumnPrivileges: {"admin": "Admin", "user": "User"}}},
		want:    "ann|human|ACTIVE|h;1|server|ann|Admin|Okta Gateway, MFA\n",
	},
}

func headerStyle(name string) map[opasim.Column]string {
	header, err := opasim.HeaderStyle(name)
	if err != nil {
		panic(err)
	}
	return header
}

func TestCSVDialects(t *testing.T) {
	for _, test := range csvDialects {
		t.Run(test.name, func(t *testing.T) {
			x := newTenant(t, opasim.Options{World: parseWorld(t, smallWorld), CSV: test.dialect})
			got := x.get(x.create(test.user) + "/report")
			if test.media == "" {
				test.media = "text/csv"
			}
			if got.status != http.StatusOK || got.header.Get("Content-Type") != test.media {
				t.Errorf("got status %d and Content-Type %q, want 200 and %q", got.status, got.header.Get("Content-Type"), test.media)
			}
			if diff := cmp.Diff(test.want, got.body); diff != "" {
				t.Errorf("CSV (-want +got):\n%s", diff)
			}
			x.wantViolations()
		})
	}
}

func TestResourceReportHasResourceColumnsFirst(t *testing.T) {
	x := newTenant(t, opasim.Options{World: parseWorld(t, smallWorld)})
	created := x.post("/access_reports", resourceTarget(x.World().Servers("h;1")[0].ID))
	got := x.get("/access_reports/" + created.field(t, "id") + "/report")
	want := `Resource Name,Resource Type,User Name,User Type,User Status,Account,Privileges,Conditions
h;1,server,ann,human,ACTIVE,ann,admin,"Okta Gateway, MFA"
h;1,server,jörg,human,ACTIVE,joerg,user,
`
	if diff := cmp.Diff(want, got.body); diff != "" {
		t.Errorf("CSV (-want +got):\n%s", diff)
	}
}

func TestRowOrders(t *testing.T) {
	for order, want := range map[opasim.RowOrder][]string{
		opasim.RowsByPolicy: {"larry", "postgres", "db", "ann"},
		opasim.RowsSorted:   {"ann", "db", "larry", "postgres"},
		opasim.RowsReversed: {"postgres", "larry", "db", "ann"},
		opasim.RowsUnsorted: {"larry", "postgres", "db", "ann"},
	} {
		x := newTenant(t, opasim.Options{
			CSV: opasim.CSV{NoHeader: true, Order: order, UserColumns: []opasim.Column{opasim.ColumnAccount}},
			World: parseWorld(t, `
				user "larry" {}
				group "g" { members = ["larry"] }
				resource_group "rg" {
				  project "p" {
				    server "h" {}
				  }
				}
				policy "x" {
				  groups = ["g"]
				  rule "r" {
				    servers {}
				    individual = ["user"]
				    shared     = ["postgres", "db"]
				  }
				  rule "s" {
				    servers {}
				    shared = ["ann"]
				  }
				}`),
		})
		if diff := cmp.Diff(want, strings.Fields(x.get(x.create("larry")+"/report").body)); diff != "" {
			t.Errorf("order %q: accounts (-want +got):\n%s", order, diff)
		}
	}
}

func TestHeaderStyles(t *testing.T) {
	want := map[string]string{
		"title": "User Name, User ID", "snake": "user_name, user_id", "camel": "userName, userID",
		"pascal": "UserName, UserID", "flat": "username, userid",
	}
	got := map[string]string{}
	for _, style := range opasim.HeaderStyles {
		header, err := opasim.HeaderStyle(style)
		if err != nil {
			t.Fatal(err)
		}
		got[style] = header[opasim.ColumnUserName] + ", " + header[opasim.ColumnUserID]
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("headers (-want +got):\n%s", diff)
	}
}

func TestShuffleChangesOnlyTheOrder(t *testing.T) {
	x := newTenant(t, opasim.Options{Shuffle: true})
	report := x.create("larry.linuxadmin") + "/report"
	first, second := x.get(report).body, x.get(report).body
	if first == second {
		t.Error("got two downloads with the same order, want different ones")
	}
	lines := func(text string) map[string]int {
		count := map[string]int{}
		for line := range strings.Lines(text) {
			count[line]++
		}
		return count
	}
	if diff := cmp.Diff(lines(first), lines(second)); diff != "" {
		t.Errorf("lines (-want +got):\n%s", diff)
	}
	header := func(text string) string { line, _, _ := strings.Cut(text, "\n"); return line }
	if header(first) != header(second) {
		t.Errorf("got headers %q and %q, want the same first line", header(first), header(second))
	}
}
