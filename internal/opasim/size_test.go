package opasim_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// The sizes of large tenants.
const (
	manyRows    = 100_000
	manyReports = 5_000
	manyUsers   = 2_000
)

// smallShare is the ratio between the size of a large tenant and of the small one that
// it is compared with.
const smallShare = 20

// wantLinear fails the test if the time that a step takes grows with the square of the
// size. It compares a large tenant with a small one in the same run, so that the speed
// of the machine does not matter.
func wantLinear(t *testing.T, what string, size int, step func(size int)) {
	t.Helper()
	duration := func(size, repeats int) time.Duration {
		start := time.Now()
		for range repeats {
			step(size)
		}
		return time.Since(start)
	}
	const (
		slack   = 5 // linear growth is about 1, quadratic growth is smallShare
		repeats = 5 // of the small step; the time is scaled to smallShare
	)
	var small, large time.Duration
	for range 3 { // another process may have slowed down one of the measurements
		small, large = duration(size/smallShare, repeats)*smallShare/repeats, duration(size, 1)
		if large <= slack*small {
			return
		}
	}
	t.Errorf("%s of size %d: got %v, want at most %d times %v, the time of %d of size %d", what, size, large, slack, small, smallShare, size/smallShare)
}

func TestLargeReports(t *testing.T) {
	wantLinear(t, "a report on a user", manyRows, func(size int) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(1, size), Shuffle: true})
		got := x.get(x.create("user-0001") + "/report").body
		if n := strings.Count(got, "\n"); n != 1+size || !strings.Contains(got, fmt.Sprintf("server-%04d", size)) {
			t.Errorf("got %d lines, want %d", n, 1+size)
		}
	})
	wantLinear(t, "a report on a server", manyRows, func(size int) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(size, 1)})
		created := x.post("/access_reports", resourceTarget(x.World().AllServers()[0].ID))
		got := x.get("/access_reports/" + created.field(t, "id") + "/report").body
		if n := strings.Count(got, "\n"); n != 1+size {
			t.Errorf("got %d lines, want %d", n, 1+size)
		}
	})
}

func TestManyReports(t *testing.T) {
	wantLinear(t, "a report on each user", manyUsers, func(size int) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(size, 50)})
		for _, user := range x.World().Users() {
			if got := x.get(x.create(user.Name) + "/report").body; strings.Count(got, "\n") != 51 {
				t.Fatalf("%s: got %s\nwant 51 lines", user.Name, got)
			}
		}
		x.wantViolations()
	})
	wantLinear(t, "the list of reports", manyReports, func(size int) {
		x := newTenant(t, opasim.Options{World: opasim.GenerateWorld(1, 1), PageSize: 50})
		x.addReports(size)
		pages, _ := x.walk("/access_reports", "next", "id")
		if n := len(strings.Fields(strings.Join(pages, " "))); n != size || len(pages) != size/50 {
			t.Errorf("got %d reports on %d pages, want %d on %d", n, len(pages), size, size/50)
		}
		x.wantViolations()
	})
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
