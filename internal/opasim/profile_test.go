package opasim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// object is a JSON object.
type object = map[string]any

// profileText returns a stored profile after a change.
func profileText(tb testing.TB, name string, change func(profile object)) []byte {
	tb.Helper()
	text, err := os.ReadFile("testdata/profiles/" + name + ".json")
	if err != nil {
		tb.Fatal(err)
	}
	var profile object
	if err := json.Unmarshal(text, &profile); err != nil {
		tb.Fatal(err)
	}
	change(profile)
	text, err = json.Marshal(profile)
	if err != nil {
		tb.Fatal(err)
	}
	return text
}

// replaying returns a tenant that replays a stored profile after a change.
func replaying(tb testing.TB, name string, change func(profile object)) *tenant {
	tb.Helper()
	profile, err := opasim.ParseProfile(profileText(tb, name, change))
	if err != nil {
		tb.Fatal(err)
	}
	return newTenant(tb, opasim.Options{Profile: profile})
}

// responsesOf returns the responses to a request in a profile.
func responsesOf(profile object, request string) []any {
	for _, r := range profile["requests"].([]any) {
		if r.(object)["request"] == request {
			return r.(object)["responses"].([]any)
		}
	}
	return nil
}

// csvOf returns the description of the report on the user.
func csvOf(profile object) object { return profile["reports"].(object)["user"].(object) }

func TestParseProfileErrors(t *testing.T) {
	response := func(change func(object)) func(object) {
		return func(p object) { change(responsesOf(p, "GET /users")[0].(object)) }
	}
	for want, change := range map[string]func(object){
		"schema_version is 2, and this simulator reads 1. Use the simulator of the release in provider_version": func(p object) { p["schema_version"] = 2 },
		"schema_version is missing. Use the attribute profile of opa_tenant_check":                              func(p object) { delete(p, "schema_version") },
		`unknown field "weather"`:        func(p object) { p["timing"].(object)["weather"] = 1 },
		"status 99: want 200 to 999":     response(func(r object) { r["status"] = 99 }),
		"status 1000: want 200 to 999":   response(func(r object) { r["status"] = 1000 }),
		`framing "none": want length`:    response(func(r object) { r["framing"] = "none" }),
		`kind "poem": want one of text`:  response(func(r object) { r["body"] = object{"list": "poem"} }),
		"a list has more than one shape": response(func(r object) { r["body"] = []any{"text", "uuid"} }),
		"must have 1 to 1000 characters": response(func(r object) { r["headers"] = []any{"<lower 1001>"} }),
		`delimiter "ab": want one`:       func(p object) { csvOf(p)["delimiter"] = "ab" },
		`missing_rows "all": want one`:   func(p object) { p["reports"].(object)["missing_rows"] = "all" },
		`requirement "luck": want gateway,`: func(p object) {
			p["reports"].(object)["conditions"] = []any{object{"text": "x", "requires": []any{"luck"}}}
		},
	} {
		_, err := opasim.ParseProfile(profileText(t, "default", change))
		if err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("got error %v, want one with %q", err, want)
		}
	}
	for text, want := range map[string]string{
		"":       "Copy the complete attribute profile",
		"{":      "Copy the complete attribute profile",
		"[]":     "Copy the complete attribute profile",
		`"text"`: "Copy the complete attribute profile",
		string(profileText(t, "default", func(object) {})) + "{}": "invalid character '{'",
	} {
		if _, err := opasim.ParseProfile([]byte(text)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%.20q: got error %v, want one with %q", text, err, want)
		}
	}
}

// Masked words become words of the same class and length, and known columns keep their
// cells.
func TestReplayedHeader(t *testing.T) {
	header := []any{"<title 7> <upper 3>", "account", "<lower 5><title 4>", "User Name", "<other 4>", "<digits 2>", "HOSTNAME", "<upperalphanumeric 3>", "<mixed 5>", "<title 7> <upper 3>"}
	x := replaying(t, "default", func(p object) {
		csvOf(p)["header"], csvOf(p)["columns"], csvOf(p)["delimiter"], csvOf(p)["quoting"] = header, len(header), "|", "none"
		csvOf(p)["order"] = "sorted"
	})
	lines := strings.Split(x.get(x.create("ci-deployer")+"/report").body, "\n")
	want := regexp.MustCompile(`^[A-Z][a-z]{6} [A-Z]{3}\|account\|[a-z]{5}[A-Z][a-z]{3}\|User Name\|é{4}\|\d\d\|HOSTNAME\|[A-Z]{2}\d\|[A-Z]{2}[a-z]{3}\|[A-Z][a-z]{6} [A-Z]{3}$`)
	if !want.MatchString(lines[0]) {
		t.Errorf("got header %q, want one that matches %s", lines[0], want)
	}
	cells := strings.Split(lines[0], "|")
	if cells[0] == cells[9] {
		t.Errorf("got header %q, want different cells", lines[0])
	}
	rows := []string{"|ci-deployer||ci-deployer|||app-01|||", "|ci-deployer||ci-deployer|||app-01|||", "|ci-deployer||ci-deployer|||web-01|||", "|ci-deployer||ci-deployer|||web-02|||", ""}
	if diff := cmp.Diff(rows, lines[1:]); diff != "" {
		t.Errorf("rows (-want +got):\n%s", diff)
	}
}

// conditionKinds are the requirements in a profile with the texts of the default world.
var conditionKinds = map[string]string{"gateway": "Okta Gateway", "recording": "Session Recording", "approval": "Approval", "mfa": "MFA"}

// The texts of a profile claim nothing that an entitlement does not have, and both reports
// about it have the same text.
func TestReplayedConditionsClaimNoMore(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		count := rapid.IntRange(1, 8).Draw(r, "texts")
		requires := map[string][]string{}
		conditions := []any{}
		for i := range count {
			text := fmt.Sprintf("text %d", i)
			for _, name := range []string{"gateway", "recording", "approval", "mfa"} {
				if rapid.Bool().Draw(r, name) {
					requires[text] = append(requires[text], name)
				}
			}
			names := append([]string{}, requires[text]...)
			requires[text] = names
			conditions = append(conditions, object{"text": text, "requires": names, "understood": rapid.Bool().Draw(r, "understood")})
		}
		x := replaying(t, "default", func(p object) {
			p["reports"].(object)["conditions"] = conditions
			for _, kind := range []string{"user", "resource"} {
				p["reports"].(object)[kind].(object)["order"] = ""
			}
		})
		larry, web := x.World().User("larry.linuxadmin"), x.World().Servers("web-01")[0]
		fromUser := conditionsOfPair(t, x, x.post("/access_reports", userTarget(larry.ID)), x.World().UserRows(larry.ID, opasim.ServerType), requires)
		fromServer := conditionsOfPair(t, x, x.post("/access_reports", resourceTarget(web.ID)), x.World().ResourceRows(web.ID, opasim.ServerType), requires)
		if diff := cmp.Diff(fromUser, fromServer); diff != "" || len(fromUser) == 0 {
			r.Errorf("conditions of larry.linuxadmin on web-01 (-on the user +on the server):\n%s", diff)
		}
	})
}

// The reports on a user and a server with enough rows have every text and every word of a
// profile, in whatever order it has them.
func TestReplayedTextsAreComplete(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		var conditions []any
		var texts []string
		add := func(text string, understood bool, requires ...string) {
			texts = append(texts, text)
			conditions = append(conditions, object{"text": text, "requires": append([]string{}, requires...), "understood": understood})
		}
		add("MFA", true, "mfa")
		add("Approval", true, "approval") // no entitlement requires only this
		for i := range rapid.IntRange(0, 4).Draw(r, "unknown") {
			add(fmt.Sprintf("unknown %d", i), false)
		}
		for i := range rapid.IntRange(0, 4).Draw(r, "unknown with a gateway") {
			add(fmt.Sprintf("gateway %d", i), false, "gateway")
		}
		if rapid.Bool().Draw(r, "all requirements") {
			add("Session Recording + Approval + MFA", true, "gateway", "recording", "approval", "mfa")
		}
		if rapid.Bool().Draw(r, "none") {
			add("None", true)
		}
		words := []string{"user", "admin"}
		for i := range rapid.IntRange(0, 6).Draw(r, "privileges") {
			words = append(words, fmt.Sprintf("power-%d", i))
		}
		types := rapid.Permutation([]string{"Human", "human", "guest", "service"}).Draw(r, "types")
		x := replaying(t, "default", func(p object) {
			p["reports"].(object)["conditions"] = rapid.Permutation(conditions).Draw(r, "conditions")
			p["reports"].(object)["words"] = object{"privileges": rapid.Permutation(words).Draw(r, "words"), "user_type": types}
		})
		larry, web := x.World().User("larry.linuxadmin"), x.World().Servers("web-01")[0]
		cells := map[string]bool{}
		for _, created := range []response{x.post("/access_reports", userTarget(larry.ID)), x.post("/access_reports", resourceTarget(web.ID))} {
			body := x.get("/access_reports/" + created.field(t, "id") + "/report").body
			for line := range strings.Lines(body) {
				for cell := range strings.SplitSeq(strings.TrimSpace(line), ",") {
					cells[strings.Trim(cell, `"`)] = true
				}
			}
		}
		for _, text := range slices.Concat(texts, words, types) {
			if !cells[text] {
				r.Errorf("%q is in no row", text)
			}
		}
	})
}

// conditionsOfPair checks the conditions in a report, whose access is that of want, and
// returns those of larry.linuxadmin on web-01.
func conditionsOfPair(t *testing.T, x *tenant, created response, want []opasim.Row, requires map[string][]string) (texts []string) {
	t.Helper()
	body := x.get("/access_reports/" + created.field(t, "id") + "/report").body
	lines := strings.Split(strings.TrimSpace(body), "\n")[1:]
	if len(lines) != len(want) {
		t.Fatalf("got %d rows, want %d", len(lines), len(want))
	}
	for i, line := range lines {
		text := line[strings.LastIndex(line, ",")+1:]
		names, known := requires[text]
		if !known {
			if !strings.Contains(line, want[i].Conditions) {
				t.Errorf("row %q: got a text that is neither in the profile nor %q", line, want[i].Conditions)
			}
			text = want[i].Conditions
		}
		for _, name := range names {
			if !strings.Contains(want[i].Conditions, conditionKinds[name]) {
				t.Errorf("row %q: got %s, which %q does not require", line, name, want[i].Conditions)
			}
		}
		if want[i].UserName == "larry.linuxadmin" && want[i].ResourceName == "web-01" {
			texts = append(texts, want[i].Account+" "+want[i].Privileges+" "+text)
		}
	}
	slices.Sort(texts)
	return texts
}

// The texts of an entitlement do not depend on the order in which reports are created, and
// not on those that already exist.
func TestReplayedConditionsDoNotDependOnOrder(t *testing.T) {
	t.Parallel()
	profile, err := opasim.ParseProfile(profileText(t, "unknown-conditions", func(object) {}))
	if err != nil {
		t.Fatal(err)
	}
	report := func(x *tenant, user string) string {
		return x.get(x.create(user) + "/report").body
	}
	users := []string{"larry.linuxadmin", "wanda.windowsadmin", "dora.database", "ci-deployer"}
	x := newTenant(t, opasim.Options{Profile: profile})
	want := map[string]string{}
	for _, user := range users {
		want[user] = report(x, user)
	}
	y := newTenant(t, opasim.Options{Profile: profile, Past: []opasim.Past{{World: opasim.DefaultWorld(), Age: time.Hour}}})
	for _, user := range slices.Backward(users) {
		if diff := cmp.Diff(want[user], report(y, user)); diff != "" {
			t.Errorf("%s (-in the first order +in the other order):\n%s", user, diff)
		}
	}
}

// Objects have the fields of the tenant's, but remain the objects of the world.
func TestReplayedObjects(t *testing.T) {
	x := replaying(t, "default", func(p object) {
		body := responsesOf(p, "GET /users")[0].(object)["body"].(object)
		body["total"] = "number"
		body["list"] = []any{object{
			"id": "uuid", "name": "number", "status": "text", "deleted_at": "timestamp", "details": "null", "user_type": "empty text",
			"<lower 6>_at": "zero timestamp", "links": object{"self": "text", "tags": "map"}, "roles": []any{"uuid"}, "rank?": "number",
		}}
	})
	got := x.get("/users").object(t)
	list := got["list"].([]any)
	if want := len(x.World().Users()) - 3; len(list) != want || got["total"] != 1.0 { // three service users
		t.Fatalf("got %d users and total %v, want %d and 1", len(list), got["total"], want)
	}
	for i, value := range list {
		user := value.(object)
		world := x.World().User(user["name"].(string))
		if world == nil || world.ID != user["id"] || world.Status != user["status"] || world.DeletedAt != "" && world.DeletedAt != user["deleted_at"] || world.DeletedAt == "" && user["deleted_at"] != nil {
			t.Errorf("got user %v, want one of the world", user)
		}
		want := object{
			"id": user["id"], "name": user["name"], "status": user["status"], "deleted_at": user["deleted_at"], "details": nil, "user_type": "",
			"qqqqqq_at": "0001-01-01T00:00:00Z", "links": object{"self": "simulated", "tags": object{"simulated": "simulated"}}, "roles": []any{user["roles"].([]any)[0]},
		}
		if i == 0 {
			want["rank"] = 1.0
		}
		if diff := cmp.Diff(want, user); diff != "" {
			t.Errorf("user (-want +got):\n%s", diff)
		}
	}
}

func TestReplayedHeadersAndFraming(t *testing.T) {
	x := replaying(t, "default", func(p object) {
		r := responsesOf(p, "GET /groups")[0].(object)
		r["headers"], r["framing"], r["media_type"] = []any{"Content-Type", "X-<title 5>-Id", "Set-Cookie"}, "close", "application/json; charset=utf-8"
	})
	got := x.get("/groups")
	for name, want := range map[string]string{"Content-Type": "application/json; charset=utf-8", "X-Qqqqz-Id": "simulated", "Set-Cookie": "simulated=1", "Date": "", "Content-Length": ""} {
		if got.header.Get(name) != want {
			t.Errorf("header %s: got %q, want %q", name, got.header.Get(name), want)
		}
	}
}

// A request that only failed fails in the same way, and one that also succeeded does so
// afterwards. Other requests are not affected.
func TestReplayedFailures(t *testing.T) {
	failure := func(status int, body any) object {
		return object{"status": status, "media_type": "application/json", "headers": []any{}, "framing": "length", "error_type": "not_<lower 4>", "body": body}
	}
	x := replaying(t, "default", func(p object) {
		for _, r := range p["requests"].([]any) {
			switch r := r.(object); r["request"] {
			case "GET /groups":
				r["responses"] = []any{failure(403, object{"nottype": "text", "code": "number"})}
			case "GET /all_servers":
				r["responses"] = append([]any{failure(503, "html")}, r["responses"].([]any)...)
			}
		}
	})
	for range 2 {
		got := x.get("/groups")
		if diff := cmp.Diff(object{"nottype": "not_qqqq", "code": 403.0}, got.object(t)); got.status != http.StatusForbidden || diff != "" {
			t.Errorf("groups: got status %d, want 403; body (-want +got):\n%s", got.status, diff)
		}
	}
	x.wantStatus("other parameters", x.get("/groups?contains=x"), http.StatusForbidden)
	if first, second := x.get("/all_servers"), x.get("/all_servers"); first.status != 503 || !strings.HasPrefix(first.body, "<") || second.status != 200 {
		t.Errorf("servers: got status %d and body %.20q, then status %d, want 503 and a page, then 200", first.status, first.body, second.status)
	}
	x.wantStatus("users", x.get("/users"), http.StatusOK)
}

func TestReplayedFailureOfEverything(t *testing.T) {
	for name, want := range map[string]int{"page-of-a-proxy": http.StatusOK, "wrong-key": http.StatusUnauthorized} {
		x := replaying(t, name, func(object) {})
		for _, path := range []string{"/users", "/groups/staff/users", "/access_reports"} {
			if got := x.get(path); got.status != want || strings.Contains(got.body, `"list"`) {
				t.Errorf("%s: %s: got %+v, want status %d, and no list", name, path, got, want)
			}
		}
	}
}

// Options that are set take precedence over a profile.
func TestOptionsBeforeProfile(t *testing.T) {
	profile, err := opasim.ParseProfile(profileText(t, "semicolons", func(object) {}))
	if err != nil {
		t.Fatal(err)
	}
	x := newTenant(t, opasim.Options{
		Profile: profile, PageSize: 2, CreateStatus: http.StatusAccepted, CSV: opasim.CSV{Delimiter: '\t'},
		GenerationFor: func(string) time.Duration { return 0 },
	})
	created := x.post("/access_reports", userTarget(x.World().User("ci-deployer").ID))
	x.wantStatus("create", created, http.StatusAccepted)
	got := x.get("/access_reports/" + created.field(t, "id") + "/report").body
	if want := "\ufeff\"user_name\"\t\"user_type\"\t"; !strings.HasPrefix(got, want) {
		t.Errorf("got %.40q, want a CSV that begins with %q", got, want)
	}
	if list := x.get("/all_servers").object(t)["list"].([]any); len(list) != 2 {
		t.Errorf("got %d servers, want 2", len(list))
	}
}
