package opasim_test

import (
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The sizes of large tenants. The benchmarks measure how long each takes. The tests
// fail if the time grows with the square of the size, which would take minutes.
const (
	manyRows    = 100_000
	manyReports = 5_000
	manyUsers   = 2_000
)

// wantFast fails the test if a step takes longer than a slow machine with the race
// detector needs.
func wantFast(t *testing.T, what string, step func()) {
	t.Helper()
	start := time.Now()
	step()
	if took := time.Since(start); took > 15*time.Second {
		t.Errorf("%s: got %v, want at most 15s", what, took)
	}
}

func TestLargeReports(t *testing.T) {
	wantFast(t, "a report on a user", func() {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(1, manyRows), Shuffle: true})
		got := x.get(x.create("user-0001") + "/report").body
		if n := strings.Count(got, "\n"); n != 1+manyRows || !strings.Contains(got, "server-100000") {
			t.Errorf("got %d lines, want %d", n, 1+manyRows)
		}
	})
	wantFast(t, "a report on a server", func() {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(manyRows, 1)})
		created := x.post("/access_reports", resourceTarget(x.World().AllServers()[0].ID))
		got := x.get("/access_reports/" + created.field(t, "id") + "/report").body
		if n := strings.Count(got, "\n"); n != 1+manyRows {
			t.Errorf("got %d lines, want %d", n, 1+manyRows)
		}
	})
}

func TestManyReports(t *testing.T) {
	x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(manyUsers, 50), PageSize: 100})
	wantFast(t, "a report on each user", func() {
		for _, user := range x.World().Users() {
			if got := x.get(x.create(user.Name) + "/report").body; strings.Count(got, "\n") != 51 {
				t.Fatalf("%s: got %s\nwant 51 lines", user.Name, got)
			}
		}
	})
	x.addReports(manyReports - manyUsers)
	wantFast(t, "the list of reports", func() {
		pages, _ := x.walk("/access_reports", "next", "id")
		if n := len(strings.Fields(strings.Join(pages, " "))); n != manyReports || len(pages) != 50 {
			t.Errorf("got %d reports on %d pages, want %d on 50", n, len(pages), manyReports)
		}
	})
	x.wantViolations()
}

func (x *tenant) addReports(n int) {
	user := x.World().Users()[0].ID
	for i := range n {
		x.AddReport(opasim.PastReport{UserID: user, Age: time.Duration(i) * time.Minute})
	}
}

func BenchmarkGenerateWorld(b *testing.B) {
	for b.Loop() {
		opasim.GenerateWorld(1, manyRows)
	}
}

func BenchmarkLargeDownload(b *testing.B) {
	x := newTenant(b, opasim.Options{World: opasim.GenerateWorld(1, manyRows)})
	path := x.create("user-0001") + "/report"
	for b.Loop() {
		x.get(path)
	}
}

func BenchmarkListOfReports(b *testing.B) {
	x := newTenant(b, opasim.Options{World: opasim.GenerateWorld(1, 1), PageSize: 100})
	x.addReports(manyReports)
	for b.Loop() {
		x.walk("/access_reports", "next", "id")
	}
}
