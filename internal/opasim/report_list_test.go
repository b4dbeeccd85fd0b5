package opasim_test

import (
	"encoding/json"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestListOrder(t *testing.T) {
	for _, test := range []struct {
		order opasim.ListOrder
		want  string
	}{
		{"", "new old older"},
		{opasim.NewestFirst, "new old older"},
		{opasim.OldestFirst, "older old new"},
	} {
		x := newTenant(t, opasim.Options{ListOrder: test.order})
		larry := x.World().User("larry.linuxadmin").ID
		names := map[string]string{
			x.AddReport(opasim.PastReport{UserID: larry, Age: time.Hour}):                                       "old",
			x.AddReport(opasim.PastReport{UserID: larry, Age: 2 * time.Hour, Status: "ERROR", Deleted: true}):   "older",
			x.AddReport(opasim.PastReport{ResourceID: x.World().Servers("web-01")[0].ID, Age: 5 * time.Second}): "new",
		}
		got := x.get("/access_reports").list(t, "id")
		for i, id := range got {
			got[i] = names[id]
		}
		if strings.Join(got, " ") != test.want {
			t.Errorf("order %q: got %v, want %s", test.order, got, test.want)
		}
	}
}

func TestUnorderedList(t *testing.T) {
	x := newTenant(t, opasim.Options{ListOrder: opasim.Unordered, PageSize: 2})
	ids := make([]string, 5)
	for i := range ids {
		ids[i] = strings.TrimPrefix(x.create("larry.linuxadmin"), "/access_reports/")
	}
	pages, _ := x.walk("/access_reports", "next", "id")
	slices.Sort(ids)
	if diff := cmp.Diff(ids, strings.Fields(strings.Join(pages, " "))); diff != "" {
		t.Errorf("ids (-want +got):\n%s", diff)
	}
	x.wantViolations()
}

func TestNestedList(t *testing.T) {
	x := newTenant(t, opasim.Options{NestedList: true})
	if got := x.get("/access_reports").body; got != `{"list":[[]]}` {
		t.Errorf("empty list: got %s, want a nested list", got)
	}
	x.create("larry.linuxadmin")
	if got := x.get("/access_reports").body; !strings.HasPrefix(got, `{"list":[[{"`) {
		t.Errorf("got %s, want a nested list", got)
	}
}

func TestListLag(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{ListLag: 5 * time.Second})
		started := time.Now()
		x.create("larry.linuxadmin")
		for _, step := range []struct {
			at   time.Duration
			want int
		}{{0, 0}, {4999 * time.Millisecond, 0}, {5 * time.Second, 1}} {
			time.Sleep(step.at - time.Since(started))
			if got := x.get("/access_reports").list(t, "id"); len(got) != step.want {
				t.Errorf("after %v: got %d reports, want %d", step.at, len(got), step.want)
			}
		}
		x.wantViolations()
	})
}

func TestMissingReportFields(t *testing.T) {
	for name, test := range map[string]struct {
		options                opasim.Options
		details, listedDetails bool
		createdAt              any
	}{
		"all fields":               {opasim.Options{}, true, true, "2000-01-01T00:00:00.000000Z"},
		"no details in lists":      {opasim.Options{ListPartialReports: true}, true, false, "2000-01-01T00:00:00.000000Z"},
		"no details":               {opasim.Options{NoReportDetails: true}, false, false, "2000-01-01T00:00:00.000000Z"},
		"no created_at":            {opasim.Options{NullCreatedAt: true}, true, true, nil},
		"database clock is behind": {opasim.Options{DatabaseSkew: -3 * time.Second}, true, true, "1999-12-31T23:59:57.000000Z"},
	} {
		synctest.Test(t, func(t *testing.T) {
			x := newTenant(t, test.options)
			report := x.get(x.create("larry.linuxadmin")).object(t)
			var listed struct {
				List []map[string]any `json:"list"`
			}
			if err := json.Unmarshal([]byte(x.get("/access_reports").body), &listed); err != nil || len(listed.List) != 1 {
				t.Fatalf("%s: got list %v and error %v, want one report", name, listed, err)
			}
			for _, got := range []struct {
				object  map[string]any
				details bool
			}{{report, test.details}, {listed.List[0], test.listedDetails}} {
				if _, ok := got.object["details"]; ok != got.details || got.object["created_at"] != test.createdAt {
					t.Errorf("%s: got %v, want details %t, created_at %v", name, got.object, got.details, test.createdAt)
				}
			}
		})
	}
}
