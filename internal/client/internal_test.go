package client

import (
	"bytes"
	"context"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"
	"unicode/utf8"
)

func TestParseRetryAfter(t *testing.T) {
	now := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	at := func(d time.Duration) string { return now.Add(d).Format(http.TimeFormat) }
	for name, test := range map[string]struct {
		header http.Header
		want   time.Duration
		ok     bool
	}{
		"nothing":                        {http.Header{}, 0, false},
		"Retry-At":                       {http.Header{"X-Ratelimit-Retry-At": {"1767323055"}}, 10 * time.Second, true},
		"Retry-At just past":             {http.Header{"X-Ratelimit-Retry-At": {"1767323044"}}, 0, true},
		"Retry-At goes first":            {http.Header{"X-Ratelimit-Retry-At": {"1767323055"}, "Retry-After": {"99"}}, 10 * time.Second, true},
		"Retry-At in milliseconds":       {http.Header{"X-Ratelimit-Retry-At": {"1767323055000"}}, 0, false},
		"absurd Retry-At, Retry-After":   {http.Header{"X-Ratelimit-Retry-At": {"9223372036854775807"}, "Retry-After": {"7"}}, 7 * time.Second, true},
		"Retry-At of an age ago":         {http.Header{"X-Ratelimit-Retry-At": {"0"}}, 0, false},
		"seconds":                        {http.Header{"Retry-After": {"7"}}, 7 * time.Second, true},
		"no seconds":                     {http.Header{"Retry-After": {"0"}}, 0, true},
		"negative seconds":               {http.Header{"Retry-After": {"-7"}}, 0, true},
		"negative without measure":       {http.Header{"Retry-After": {"-9223372036854775807"}}, 0, false},
		"seconds without measure":        {http.Header{"Retry-After": {"9223372036854775807"}}, 0, false},
		"date":                           {http.Header{"Retry-After": {at(30 * time.Second)}}, 30 * time.Second, true},
		"date past":                      {http.Header{"Retry-After": {at(-time.Second)}}, 0, true},
		"date in a year":                 {http.Header{"Retry-After": {at(365 * 24 * time.Hour)}}, 0, false},
		"words":                          {http.Header{"Retry-After": {"later"}}, 0, false},
		"a number with something to it":  {http.Header{"Retry-After": {"7s"}}, 0, false},
		"a date in the old manner":       {http.Header{"Retry-After": {now.Add(time.Minute).Format(time.ANSIC)}}, time.Minute, true},
		"fractions are not in the rules": {http.Header{"Retry-After": {"1.5"}}, 0, false},
	} {
		if got, ok := parseRetryAfter(test.header, now); got != test.want && ok || ok != test.ok {
			t.Errorf("%s: %s, %t", name, got, ok)
		}
	}
}

func FuzzParseRetryAfter(f *testing.F) {
	f.Add("1767323055", "7")
	f.Add("", "Fri, 02 Jan 2026 03:04:05 GMT")
	f.Fuzz(func(t *testing.T, at, after string) {
		d, ok := parseRetryAfter(http.Header{"X-Ratelimit-Retry-At": {at}, "Retry-After": {after}}, time.Now())
		if ok && (d < 0 || d > maxRetryAfter) {
			t.Errorf("%q, %q: got %s, want a plausible delay", at, after, d)
		}
	})
}

func TestNextPage(t *testing.T) {
	c := &Client{origin: &url.URL{Scheme: "https", Host: "acme.example"}}
	const here, there = "https://acme.example/v1/teams/demo/users?count=2", "https://acme.example/v1/teams/demo/users?count=2&offset=x"
	for name, test := range map[string]struct {
		links []string
		want  string
		err   string
	}{
		"no header":            {nil, "", ""},
		"next":                 {[]string{`<` + there + `>; rel="next"`}, there, ""},
		"without quotes":       {[]string{`<` + there + `>; rel=next`}, there, ""},
		"prev and next":        {[]string{`<https://acme.example/p>; rel="prev", <` + there + `>; rel="next"`}, there, ""},
		"in lines":             {[]string{`<https://acme.example/p>; rel="prev"`, `<` + there + `>; rel="next"`}, there, ""},
		"other parameters":     {[]string{`<` + there + `>; title="a"; REL="NEXT"; type="x"`}, there, ""},
		"several relations":    {[]string{`<` + there + `>; rel="last next"`}, there, ""},
		"commas in the URL":    {[]string{`<` + there + `,y;z>; rel="next"`}, there + ",y;z", ""},
		"relative":             {[]string{`</v1/teams/demo/users?count=2&offset=x>; rel="next"`}, there, ""},
		"prev only":            {[]string{`<https://acme.example/next>; rel="prev"`}, "", ""},
		"quoted comma":         {[]string{`<https://acme.example/p>; title="a, <b>; rel=x"; rel="prev", <` + there + `>; title="; c"; rel="next"`}, there, ""},
		"quoted next":          {[]string{`<https://acme.example/p>; title="rel=next"; rel="prev"`}, "", ""},
		"escaped quote":        {[]string{`<https://acme.example/p>; title="\", <"; rel="prev", <` + there + `>; rel="next"`}, there, ""},
		"next in an address":   {[]string{`<https://acme.example/p?rel=next>; rel="prev"`}, "", ""},
		"tabs and blanks":      {[]string{" ,\t<" + there + "> \t;\trel=\"NEXT\" , "}, there, ""},
		"no value":             {[]string{`<` + there + `>; crossorigin; ; rel=next`}, there, ""},
		"empty address":        {[]string{`<>; rel="next"`}, here, ""}, // a circle, which advance refuses
		"two relations":        {[]string{`<` + there + `>; rel="prev"; rel="next"`}, there, ""},
		"single quotes":        {[]string{`<` + there + `>; rel='next'`}, "", "cannot be read"},
		"quote never closed":   {[]string{`<` + there + `>; rel="next`}, "", "cannot be read"},
		"no comma":             {[]string{`<https://acme.example/p>; rel="prev" <` + there + `>; rel="next"`}, "", "cannot be read"},
		"no brackets":          {[]string{there + `; rel="next"`}, "", "cannot be read"},
		"never closed":         {[]string{`<` + there + `; rel="next"`}, "", "cannot be read"},
		"blanks around equals": {[]string{`<` + there + `>; rel = "next"`}, "", "cannot be read"},
		"another host":         {[]string{`<https://evil.example/v1>; rel="next"`}, "", "another host"},
		"another port":         {[]string{`<https://acme.example:8443/v1>; rel="next"`}, "", "another host"},
		"another scheme":       {[]string{`<http://acme.example/v1>; rel="next"`}, "", "another host"},
		"a host by reference":  {[]string{`<//evil.example/v1>; rel="next"`}, "", "another host"},
		"a user in it":         {[]string{`<https://acme.example@evil.example/>; rel="next"`}, "", "another host"},
		"no address":           {[]string{`<http://[>; rel="next"`}, "", "not a valid URL"},
	} {
		got, err := c.nextPage(here, http.Header{"Link": test.links})
		if got != test.want || (err == nil) != (test.err == "") || err != nil && !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
}

func FuzzNextPage(f *testing.F) {
	c := &Client{origin: &url.URL{Scheme: "https", Host: "acme.example"}}
	f.Add(`<https://acme.example/p>; rel="prev", <https://acme.example/n,;>; rel="next"`)
	f.Add(`<//evil.example>; rel=next`)
	f.Fuzz(func(t *testing.T, header string) {
		links := http.Header{"Link": {header}}
		const here = "https://acme.example/v1/teams/demo/users"
		read := testing.AllocsPerRun(1, func() { _, _ = c.nextPage(here, links) })
		if most := float64(200 + 20*len(header)); read > most {
			t.Errorf("got %v allocations for %d bytes, want at most %v", read, len(header), most)
		}
		next, err := c.nextPage(here, links)
		if err != nil || next == "" {
			return
		}
		if to, err := url.Parse(next); err != nil || to.Scheme != "https" || !strings.EqualFold(to.Host, "acme.example") || to.User != nil {
			t.Errorf("%q: got the next page %q, want one of the tenant", header, next)
		}
	})
}

func TestAPIError(t *testing.T) {
	var s secrets
	s.add("a secret & more")
	for body, want := range map[string]string{
		`{"type":"bad_request","code":400,"message":"no such user"}`:                          "HTTP status 400 Bad Request, bad_request: no such user",
		`{"nottype":"not_found","message":"gone"}`:                                            "HTTP status 400 Bad Request, not_found: gone",
		`{"message":"invalid","errors":[{"path":"user.id","message":"no UUID"}]}`:             "HTTP status 400 Bad Request: invalid; user.id: no UUID",
		`{"code":"x","error":"bad jwt","error_cause":[{"error":"expired","location":"jwt"}]}`: "HTTP status 400 Bad Request: bad jwt; jwt: expired",
		`{"list":[{"id":"x"}]}`:                "HTTP status 400 Bad Request",
		`{"type":7,"message":null,"errors":5}`: "HTTP status 400 Bad Request",
		``:                                     "HTTP status 400 Bad Request",
		`<html><h1>Sorry</h1></html>`:          "HTTP status 400 Bad Request, a web page",
		"upstream \x1b[31mfailed\r\n badly":    `HTTP status 400 Bad Request: upstream \x1b[31mfailed\r\n badly`,
		`{"message":"you sent a secret & more and a+secret+%26+more and YSBzZWNyZXQgJiBtb3Jl"}`: "HTTP status 400 Bad Request: The message was removed because it contained credentials.",
		`Authorization: Bearer abc.def-ghi/jkl=, eyJhbGciOi.eyJzdWIi.c2ln`:                      "HTTP status 400 Bad Request: Authorization: [redacted], [redacted]",
	} {
		if got := newAPIError(400, http.Header{}, []byte(body), s.redact).Error(); got != want {
			t.Errorf("%s:\n got %s\nwant %s", body, got, want)
		}
	}
	const page, text = "<html>Blocked</html>", "upstream connect error"
	for _, test := range []struct {
		mediaType, body string
		want            BodyForm
	}{
		{"text/html; charset=utf-8", page, WebPage},
		{"application/json", page, WebPage},
		{"", "\ufeff\n<!DOCTYPE html><p>Blocked", WebPage},
		{"text/html", "Blocked", WebPage},
		{"text/html", "", APIBody},
		{"text/html", `{"message":"gone"}`, APIBody},
		{"application/xhtml+xml", `<?xml version="1.0"?><html/>`, WebPage},
		{"", `<?xml version="1.0"?><HTML>`, WebPage},
		{"application/xml", `<?xml version="1.0"?><Error/>`, OtherBody},
		{"text/plain", text, OtherBody},
		{"application/xml", "<Error/>", OtherBody},
		{"text/xml; charset=utf-8", "<html></html>", WebPage},
		{"text/plain", "\ufeff{\"message\":\"gone\"}", APIBody},
		{"text/plain", `"not found"`, APIBody},
		{"", text, APIBody},
		{"application/json", text, APIBody},
		{"application/problem+json", text, APIBody},
	} {
		got := newAPIError(503, http.Header{"Content-Type": {test.mediaType}}, []byte(test.body), s.redact)
		if got.Body != test.want {
			t.Errorf("%s %q: got the body %q, want %q", test.mediaType, test.body, got.Body, test.want)
		}
	}
	for name, test := range map[string]struct {
		err  error
		want bool
	}{
		"refused":                {&APIError{StatusCode: 404}, true},
		"a page":                 {&APIError{StatusCode: 404, Body: WebPage}, false},
		"not found":              {&NotFoundError{Err: &APIError{StatusCode: 404}}, true},
		"not found, with a page": {&NotFoundError{Err: &APIError{StatusCode: 404, Body: WebPage}}, false},
		"not found in a list":    {&NotFoundError{}, true},
		"an error of the server": {&APIError{StatusCode: 500}, false},
	} {
		if got := IsRefusedSubject(test.err); got != test.want {
			t.Errorf("IsRefusedSubject of %s: got %t", name, got)
		}
	}
	long := newAPIError(500, http.Header{"X-Okta-Request-Id": {"r-1"}}, []byte(strings.Repeat("é", 10_000)), s.redact)
	if utf8.RuneCountInString(long.Message.String()) != maxExcerpt+1 || long.RequestID.String() != "r-1" {
		t.Errorf("got %d runes and the request ID %q, want excerpts", utf8.RuneCountInString(long.Message.String()), long.RequestID)
	}
}

func FuzzJSON(f *testing.F) {
	f.Add([]byte(`{"id":"a","details":{"user":{"id":"b"}},"list":[[{"id":null}]]}`))
	f.Add([]byte(`{"errors":[{"path":1},null,"x"],"error_cause":{}}`))
	f.Add(bytes.Repeat([]byte(`{"errors":[`), 1000))
	f.Fuzz(func(t *testing.T, body []byte) {
		var s secrets
		resp := response{header: http.Header{}, body: string(body), redact: s.redact}
		var report Report
		if resp.decodeJSON(&report) == nil {
			report.about(Subject{})
			report.Done()
		}
		read := testing.AllocsPerRun(1, func() { _ = newAPIError(500, http.Header{}, body, s.redact).Error() })
		if most := float64(500 + 10*len(body)); read > most {
			t.Errorf("got %v allocations for %d bytes, want at most %v", read, len(body), most)
		}
	})
}

func TestMissingRole(t *testing.T) {
	for _, test := range []struct {
		e    APIError
		want bool
	}{
		{APIError{StatusCode: 401, Type: ServerText{"authorization_error"}}, true},
		{APIError{StatusCode: 401, Message: ServerText{"Missing capability: access_reports"}}, true},
		{APIError{StatusCode: 401, Type: ServerText{"authentication_error"}}, false},
		{APIError{StatusCode: 401}, false},
		{APIError{StatusCode: 403, Type: ServerText{"forbidden"}}, true},
		{APIError{StatusCode: 403, Type: ServerText{"quota_exceeded"}}, false},
		{APIError{StatusCode: 404, Type: ServerText{"authorization_error"}}, false},
	} {
		if got := test.e.MissingRole(); got != test.want {
			t.Errorf("%s: got %t, want %t", &test.e, got, !got)
		}
	}
}

func TestParseBaseURL(t *testing.T) {
	for raw, want := range map[string]string{
		"https://acme.pam.okta.com":      "https://acme.pam.okta.com",
		"https://acme.pam.okta.com/":     "https://acme.pam.okta.com",
		"https://acme.pam.okta.com:8443": "https://acme.pam.okta.com:8443",
		"http://127.0.0.1:8080":          "http://127.0.0.1:8080",
		"http://[::1]:8080/":             "http://[::1]:8080",
		"http://localhost:8080":          "http://localhost:8080",
	} {
		if u, err := ParseBaseURL(raw); err != nil || u.String() != want {
			t.Errorf("%s: %v, %v", raw, u, err)
		}
	}
	for _, raw := range []string{
		"", "acme.pam.okta.com", "https://", "https://:443", "http://acme.pam.okta.com", "http://10.0.0.1", "ftp://acme.example",
		"https://user:password@acme.pam.okta.com", "https://acme.pam.okta.com/t/team", "https://acme.pam.okta.com?x=1", "https://acme.pam.okta.com#x", "https://a b",
	} {
		if u, err := ParseBaseURL(raw); err == nil {
			t.Errorf("%s: got %s, want an error", raw, u)
		} else if strings.Contains(err.Error(), "password@") {
			t.Errorf("got %s, want a message without the password", err)
		}
	}
}

// The end of a report is noticed after half an interval on average: within 250 ms or
// 1.5 % of the report's duration.
func TestPollInterval(t *testing.T) {
	for age := firstPollInterval; age < 20*time.Minute; age += 100 * time.Millisecond {
		got := pollInterval(age)
		if most := max(500*time.Millisecond, age*3/100); got > most || got < 200*time.Millisecond {
			t.Fatalf("at an age of %s: got a poll interval of %s, want at most %s", age, got, most)
		}
	}
	if got := pollInterval(time.Hour); got != maxPollInterval {
		t.Errorf("at an age of an hour: got a poll interval of %s, want %s", got, maxPollInterval)
	}
}

// A sleep for no time returns at once and starts no timer: two timers that are due at
// the same time crash the race detector in a bubble.
func TestSleepForNoTime(t *testing.T) {
	for range 50 {
		synctest.Test(t, func(t *testing.T) {
			started := time.Now()
			var wait sync.WaitGroup
			for i := range 100 {
				wait.Go(func() {
					if err := sleep(t.Context(), -time.Duration(i)); err != nil {
						t.Error(err)
					}
				})
			}
			wait.Wait()
			if took := time.Since(started); took != 0 {
				t.Errorf("got %s, want no time", took)
			}
			ctx, cancel := context.WithCancel(t.Context())
			cancel()
			if err := sleep(ctx, 0); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, want the error of the context", err)
			}
		})
	}
}
