package opasim_test

import (
	"net/http"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

func TestStatusFollowsTheClock(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		x := newTenant(t, opasim.Options{Generation: 8 * time.Second})
		report := x.create("larry.linuxadmin")
		start := time.Now()
		for _, step := range []struct {
			at       time.Duration
			status   string
			updated  string
			download int
		}{
			{0, "CREATED", "2000-01-01T00:00:00.000000Z", http.StatusConflict},
			{1999 * time.Millisecond, "CREATED", "2000-01-01T00:00:00.000000Z", http.StatusConflict},
			{2 * time.Second, "IN PROGRESS", "2000-01-01T00:00:02.000000Z", http.StatusConflict},
			{7999 * time.Millisecond, "IN PROGRESS", "2000-01-01T00:00:02.000000Z", http.StatusConflict},
			{8 * time.Second, "COMPLETED", "2000-01-01T00:00:08.000000Z", http.StatusOK},
			{time.Hour - time.Second, "COMPLETED", "2000-01-01T00:00:08.000000Z", http.StatusOK},
		} {
			time.Sleep(step.at - time.Since(start))
			got := x.get(report)
			if got.field(t, "status") != step.status || got.field(t, "updated_at") != step.updated ||
				got.field(t, "created_at") != "2000-01-01T00:00:00.000000Z" {
				t.Errorf("after %v: got %s, want status %s since %s", step.at, got.body, step.status, step.updated)
			}
			x.wantStatus("download after "+step.at.String(), x.get(report+"/report"), step.download)
		}
		x.wantViolations()
	})
}

func TestFinalStatus(t *testing.T) {
	x := newTenant(t, opasim.Options{
		NotReadyStatus: http.StatusTooEarly,
		FinalStatus: func(_ string, attempt int) string {
			return []string{"", "ERROR", "PAUSED", "COMPLETED_BUT_EMPTY", "COMPLETED", ""}[attempt]
		},
	})
	header := "User Name,User Type,User Status,Resource Name,Resource Type,Account,Privileges,Conditions\n"
	for _, want := range []struct {
		status   string
		download int
		body     string
	}{
		{"ERROR", http.StatusTooEarly, ""},
		{"PAUSED", http.StatusTooEarly, ""},
		{"COMPLETED_BUT_EMPTY", http.StatusTooEarly, ""},
		{"COMPLETED", http.StatusOK, header},
	} {
		report := x.create("neil.newcomer")
		if status := x.get(report).field(t, "status"); status != want.status {
			t.Errorf("got status %s, want %s", status, want.status)
		}
		got := x.get(report + "/report")
		if got.status != want.download || want.body != "" && got.body != want.body {
			t.Errorf("%s: download: got %+v, want status %d and body %q", want.status, got, want.download, want.body)
		}
	}
	if status := x.get(x.create("neil.newcomer")).field(t, "status"); status != "COMPLETED_BUT_EMPTY" {
		t.Errorf("got status %s, want the default of a report without rows", status)
	}
}

// Rows are missing from one kind of reports only, and a report whose rows are all
// missing is empty.
func TestOmitRow(t *testing.T) {
	x := newTenant(t, opasim.Options{OmitRow: func(kind, id string, attempt int, row opasim.Row) bool {
		return kind == "user" && attempt > 1 && row.UserName == "larry.linuxadmin" && id == opasim.DefaultWorld().User("larry.linuxadmin").ID
	}})
	complete := x.get(x.create("larry.linuxadmin") + "/report")
	if want := 1 + len(opasim.DefaultWorld().UserRows(opasim.DefaultWorld().User("larry.linuxadmin").ID, opasim.ServerType)); strings.Count(complete.body, "\n") != want {
		t.Errorf("got %s, want %d lines", complete.body, want)
	}
	if status := x.get(x.create("larry.linuxadmin")).field(t, "status"); status != opasim.StatusCompletedButEmpty {
		t.Errorf("got status %s without any row, want %s", status, opasim.StatusCompletedButEmpty)
	}
}

func TestGenerationFor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := opasim.DefaultWorld()
		x := newTenant(t, opasim.Options{GenerationFor: func(id string) time.Duration {
			if id == w.User("dora.database").ID {
				return time.Minute
			}
			return 10 * time.Second
		}})
		slow, fast := x.create("dora.database"), x.create("larry.linuxadmin")
		time.Sleep(20 * time.Second)
		third := x.create("larry.linuxadmin")
		for report, want := range map[string]string{slow: "IN PROGRESS", fast: "COMPLETED", third: "CREATED"} {
			if got := x.get(report).field(t, "status"); got != want {
				t.Errorf("got status %s, want %s", got, want)
			}
		}
		if got := x.MaxPending(); got != 2 {
			t.Errorf("MaxPending: got %d, want 2", got)
		}
	})
}

func TestSetWorldKeepsExistingReports(t *testing.T) {
	x := newTenant(t, opasim.Options{World: parseWorld(t, smallWorld)})
	before := x.create("ann")
	x.SetWorld(parseWorld(t, strings.Replace(smallWorld, `["admin"]`, `["user"]`, 1)))
	after := x.create("ann")
	for report, want := range map[string]string{before: "ann,admin", after: "ann,user"} {
		if got := x.get(report + "/report").body; !strings.Contains(got, want) {
			t.Errorf("got %s\nwant a row with %s", got, want)
		}
	}
}

func TestUnknownReport(t *testing.T) {
	x := newTenant(t, opasim.Options{})
	for _, path := range []string{"/access_reports/x", "/access_reports/x/report"} {
		x.wantStatus(path, x.get(path), http.StatusNotFound)
	}
	x.wantViolations()
}
