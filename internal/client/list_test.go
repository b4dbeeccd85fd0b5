package client

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

func decodeText[T any](t *testing.T, body string) ([]T, ServerText, error) {
	t.Helper()
	c := testClient()
	return decodePage[T](t.Context(), &response{header: http.Header{}, body: body, redact: c.secrets.redact}, c.largeBody)
}

func TestDecodePage(t *testing.T) {
	deep := strings.Repeat("[", 5000) + strings.Repeat("]", 5000)
	for body, want := range map[string]string{
		`{}`: "", `{"list":null}`: "", `{"list":[]}`: "", `{"list":[[]]}`: "", ` { "list" : [ [ ] , [ ] ] } `: "",
		`{"list":[{"id":"a"},{"id":"b"}]}`:                       "a b",
		`{"list":[[{"id":"a"},{"id":"b"}]]}`:                     "a b",
		`{"list":[[{"id":"a"}],[],{"id":"b"},[{"id":"c"}]]}`:     "a b c",
		"\n{\t\"total\" : 2 ,\r\n\"list\" : [ {\"id\":\"a\"} ]}": "a",
		`{"list":[{"id":"a","x":` + deep + `}]}`:                 "a",
		`{"x":` + deep + `,"list":[{"id":"a"}]}`:                 "a",
		`{"list":[{"id":"[{,:]}"}]}`:                             "[{,:]}",
		`{"list":[{"id":"` + strings.Repeat("x", 900_000) + `"},{"id":"b"}],"y":"` + strings.Repeat("y", 900_000) + `"}`: strings.Repeat("x", 900_000) + " b",
	} {
		reports, claim, err := decodeText[Report](t, body)
		ids := make([]string, len(reports))
		for i, report := range reports {
			ids[i] = report.ID
		}
		if got := strings.Join(ids, " "); err != nil || claim != (ServerText{}) || got != want {
			t.Errorf("%.100s: got %.100q, %q, %v, want %.100q", body, got, claim, err, want)
		}
	}
}

func TestDecodePageRefuses(t *testing.T) {
	list := func(elements string) string { return `{"list":[` + elements + `]}` }
	for name, test := range map[string]struct{ body, err string }{
		"nothing":                   {"", "an empty body"},
		"null":                      {"null", "without a list"},
		"a list only":               {`[{"id":"a"}]`, "without a list"},
		"HTML":                      {"<html>", "an HTML or XML page"},
		"something else":            {`{"message":"no"}`, "without a list"},
		"two lists":                 {`{"list":[{"id":"a"}],"list":[]}`, "two lists"},
		"two pages":                 {`{"list":[]}{"list":[]}`, "JSON with trailing data"},
		"cut":                       {`{"list":[{"id":"a"}`, "in an unknown format"},
		"cut after the list":        {`{"list":[{"id":"a"}]`, "in an unknown format"},
		"not UTF-8":                 {list("{\"id\":\"\xff\"}"), "UTF-8"},
		"a text for a list":         {`{"list":"none"}`, "in an unknown format"},
		"an object for a list":      {`{"list":{"id":"a"}}`, "in an unknown format"},
		"no list at all":            {`{"list":nope}`, "in an unknown format"},
		"a text":                    {list(`"a"`), "an element in an unknown format"},
		"a number":                  {list(`1`), "an element in an unknown format"},
		"an id that is a number":    {list(`{"id":1}`), "an element in an unknown format"},
		"a hostname that is a list": {list(`{"hostname":[]}`), "an element in an unknown format"},
		"null for an element":       {list(`null`), "a null element"},
		"null in a list in it":      {list(`[{"id":"a"},null]`), "a null element"},
		"two commas":                {list(`{"id":"a"},,{"id":"b"}`), "in an unknown format"},
		"a comma at the end":        {list(`{"id":"a"},`), "in an unknown format"},
		"three levels":              {list(`[[{"id":"a"}]]`), "nested more than twice"},
		"three levels of nothing":   {list(`[[]]`), "nested more than twice"},
		"500 levels":                {list(strings.Repeat("[", 500) + strings.Repeat(`{"id":"a"},`, 400_000) + `{}` + strings.Repeat("]", 500)), "nested more than twice"},
		"endless levels":            {`{"list":` + strings.Repeat("[", 30*mebibyte), "nested more than twice"},
		"levels in an element":      {list(`{"x":` + strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000) + `}`), "depth"},
		"30 MiB of commas":          {strings.Repeat(",", 30*mebibyte), "values"},
		"a list of commas":          {list(strings.Repeat(",", 1_000_000)), "in an unknown format"},
		"30 MiB of blanks":          {strings.Repeat(" ", 30*mebibyte), "1 MiB"},
		"a list of blanks":          {list(strings.Repeat(" ", 30*mebibyte)), "1 MiB"},
		"a wide list":               {list(strings.Repeat(`{"id":"a"},`, maxPageElements) + `{"id":"a"}`), "100000 elements"},
		"a wide list of lists":      {list(strings.Repeat(`[],`, maxPageElements) + `[]`), "100000 nested lists"},
		"many names":                {list(`{"id":"a","alt_names":[` + strings.Repeat(`"",`, 3_000_000) + `""]}`), "1500000 values"},
		"a large element":           {list(`{"id":"a","x":"` + strings.Repeat("x", 2*mebibyte) + `"}`), "1 MiB"},
		"a large element, wide":     {list(`{"id":"a","labels":{` + strings.Repeat(`"a":"",`, mebibyte/4) + `"b":""}}`), "1 MiB"},
		"a large field beside it":   {`{"x":"` + strings.Repeat("x", 2*mebibyte) + `","list":[]}`, "1 MiB"},
		"a large name beside it":    {`{"` + strings.Repeat("x", 2*mebibyte) + `":1,"list":[]}`, "1 MiB"},
		"a number without an end":   {`{"list":[` + strings.Repeat("1", 30*mebibyte), "1 MiB"},
		"an escape without a need":  {list(`{"id":"` + strings.Repeat(`\u0041`, mebibyte) + `"}`), "1 MiB"},
	} {
		var servers []Server
		var err error
		most := peak(10, func() { servers, _, err = decodeText[Server](t, test.body) })
		if _, ok := errors.AsType[*ProtocolError](err); !ok || servers != nil || !strings.Contains(err.Error(), test.err) || len(err.Error()) > 1000 {
			t.Errorf("%s: got %d servers, %.1000v, want an error with %q", name, len(servers), err, test.err)
		}
		if most > allowed(len(test.body)) {
			t.Errorf("%s: got a peak of %d MiB for %d MiB", name, most/mebibyte, len(test.body)/mebibyte)
		}
	}
}

// Pages just within the limits are decoded, within the allowed memory.
func TestDecodeLargePages(t *testing.T) {
	repeat := func(element string, n int) string {
		return `{"list":[` + strings.TrimSuffix(strings.Repeat(element+",", n), ",") + `]}`
	}
	for name, body := range map[string]string{
		"short elements": repeat(`{"id":"a"}`, maxPageElements),
		"long elements":  repeat(`{"id":"a","hostname":"`+strings.Repeat("x", 900_000)+`"}`, 35),
		"many names":     repeat(`{"id":"a","alt_names":[`+strings.Repeat(`"",`, 50_000)+`""]}`, 29),
		"many labels":    repeat(`{"id":"a","labels":{`+manyLabels(20_000)+`}}`, 73),
		"usual servers":  repeat(`{"id":"11111111-1111-4111-8111-111111111111","hostname":"web-01","canonical_name":"web-01.example.com","alt_names":["a","b"],"labels":{"env":"prod","tier":"web"},"state":"ACTIVE","x":"`+strings.Repeat("x", 100)+`"}`, 90_000),
	} {
		var servers []Server
		var err error
		most := peak(10, func() { servers, _, err = decodeText[Server](t, body) })
		if err != nil || len(servers) == 0 || most > allowed(len(body)) {
			t.Errorf("%s: got %d servers, %v and a peak of %d MiB for %d MiB", name, len(servers), err, most/mebibyte, len(body)/mebibyte)
		}
	}
}

func manyLabels(n int) string {
	var b strings.Builder
	for i := range n {
		fmt.Fprintf(&b, `"%d":"",`, i)
	}
	return strings.TrimSuffix(b.String(), ",")
}

func TestContinuationInTheBody(t *testing.T) {
	for field, claims := range map[string]bool{
		`"has_more":true`: true, `"has_more":false`: false, `"HasMore":"true"`: true, `"hasMore":"false"`: false, `"has-more":1`: true, `"has_more":null`: false,
		`"more":true`: true, `"more":false`: false, `"moreResults":true`: true, `"truncated":true`: true, `"isTruncated":false`: false,
		`"next":"/v1/teams/demo/users?offset=x"`: true, `"next":null`: false, `"next":""`: false, `"next":{}`: false, `"next":[]`: false, `"next":" "`: false,
		`"next":{"href":"/x"}`: true, `"next":{"href":null}`: false,
		`"next_page":2`: true, `"next_page":0`: false, `"next_page":0.0`: false, `"next_page":0e5`: false, `"next_page":-1`: false, `"NextPage":1e3`: true, `"next_page":1e999`: true,
		`"next_cursor":"abc"`: true, `"nextPageToken":"abc"`: true, `"nextPageToken":""`: false, `"next_offset":100`: true, `"nextMarker":"x"`: true, `"NEXT-KEY":"x"`: true,
		`"@odata.nextLink":"https://x"`: true, `"hasNextPage":true`: true, `"hasNextPage":false`: false,
		`"page_info":{"has_next_page":true,"end_cursor":"x"}`: true, `"page_info":{"has_next_page":false,"end_cursor":"x"}`: false,
		`"meta":{"pagination":{"next":"x"}}`: true, `"meta":{"pagination":{"next":null}}`: false, `"_links":{"self":{"href":"/y"},"next":{"href":"/x"}}`: true,
		`"links":[{"rel":"self","href":"/y"},{"rel":"next","href":"/x"}]`: true, `"links":[{"rel":"self","href":"/y"}]`: false,
		`"is_last_page":false`: true, `"is_last_page":true`: false, `"last":false`: true, `"complete":"false"`: true,
		`"total":5`: false, `"count":100`: false, `"context":"x"`: false, `"text":"next"`: false, `"description":"has more"`: false, `"last_id":"x"`: false,
	} {
		for _, body := range []string{`{"list":[{"id":"a"}],` + field + `}`, `{` + field + `,"list":[]}`} {
			elements, claim, err := decodeText[Report](t, body)
			if err != nil || (claim != (ServerText{})) != claims {
				t.Errorf("%s: got %d elements, the claim %q, %v, want a claim: %t", body, len(elements), claim, err, claims)
			}
		}
	}
}

// server is a function that returns the response for each page; every URL is a page.
type server func(page int, r *http.Request) (body string, next string)

type serverTransport struct {
	server

	pages int
}

func (s *serverTransport) RoundTrip(r *http.Request) (*http.Response, error) {
	if err := r.Context().Err(); err != nil {
		return nil, err
	}
	s.pages++
	body, next := s.server(s.pages, r)
	resp := responseWith("", nil, strings.NewReader(body))
	resp.Request = r
	if next != "" {
		resp.Header.Set("Link", `<`+next+`>; rel="next"`)
	}
	return resp, nil
}

func clientOf(t *testing.T, s server) (*Client, *serverTransport) {
	t.Helper()
	transport := &serverTransport{server: s}
	c, err := New(Config{
		BaseURL: "https://acme.example", Team: "demo", BearerToken: "a-ready-token",
		RequestTimeout: time.Minute, MaxConcurrentRequests: 10, MaxPendingReports: 10, Transport: transport,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c, transport
}

// Lists without end, and lists that end too early, are errors.
func TestListsThatDoNotEnd(t *testing.T) {
	page := func(ids ...string) string {
		return `{"list":[{"id":"` + strings.Join(ids, `"},{"id":"`) + `"}]}`
	}
	many := func(n int, element string) func(page int) string {
		var b strings.Builder
		for i := range n {
			fmt.Fprintf(&b, `,{"id":"#-%d"%s}`, i, element)
		}
		return func(page int) string {
			return strings.ReplaceAll(`{"list":[`+b.String()[1:]+`]}`, "#", strconv.Itoa(page))
		}
	}
	fat, thin := many(35, `,"hostname":"`+strings.Repeat("x", 900_000)+`"`), many(maxPageElements, "")
	for name, test := range map[string]struct {
		page  func(n int) string
		last  int // the last page that has a next; 0 for none
		next  string
		err   string
		pages int // at most
	}{
		"the same page again and again": {page: func(int) string { return page("a", "b") }, err: "pages of a list repeat", pages: 2},
		"the same ids in capitals":      {page: func(n int) string { return page([]string{"a", "A"}[n%2]) }, err: "pages of a list repeat", pages: 2},
		"two pages in turn":             {page: func(n int) string { return page([]string{"a", "b"}[n%2]) }, err: "pages of a list repeat", pages: 3},
		"pages without an element":      {page: func(int) string { return `{"list":[]}` }, err: "empty pages", pages: 101},
		"one element at a time":         {page: func(n int) string { return page(strconv.Itoa(n)) }, err: "10000 pages", pages: 10_000},
		"large pages":                   {page: fat, err: "256 MiB", pages: 11},
		"wide pages":                    {page: thin, err: "1000000 elements", pages: 11},
		"has_more without a Link":       {page: func(n int) string { return strings.Replace(page(strconv.Itoa(n)), "{", `{"has_more":true,`, 1) }, last: 1, err: "more pages (has_more)", pages: 2},
		"a link without measure":        {page: func(int) string { return page("a") }, next: "/" + strings.Repeat("x", 10_000), err: "8 KiB", pages: 1},
		"links without measure":         {page: func(int) string { return page("a") }, next: "/" + strings.Repeat("x", 100_000), err: "64 KiB", pages: 1},
		"an element without an id":      {page: func(int) string { return page("a", "") }, err: "without an ID", pages: 1},
	} {
		c, s := clientOf(t, func(n int, _ *http.Request) (string, string) {
			next := test.next
			if test.next == "" && (test.last == 0 || n <= test.last) {
				next = fmt.Sprintf("/v1/teams/demo/all_servers?offset=%d", n)
			}
			return test.page(n), next
		})
		var servers []Server
		var err error
		most := peak(100, func() { servers, err = c.Servers(t.Context(), ServerFilter{}) })
		if _, ok := errors.AsType[*ProtocolError](err); !ok || servers != nil || !strings.Contains(err.Error(), test.err) || s.pages > test.pages {
			t.Errorf("%s: got %d servers, %.500v after %d pages, want an error with %q after %d", name, len(servers), err, s.pages, test.err, test.pages)
		}
		if most > 1024*mebibyte {
			t.Errorf("%s: got a peak of %d MiB", name, most/mebibyte)
		}
		if len(c.largeList)+len(c.largeBody) != 0 {
			t.Errorf("%s: got a slot that is still taken, want it free", name)
		}
	}
}

// Pages overlap if elements are added between two requests. Each element is returned
// once, in the more recent state.
func TestPagesThatOverlap(t *testing.T) {
	pages := []string{
		`{"list":[{"id":"a","status":"IN PROGRESS"},{"id":"b","status":"COMPLETED"},{"id":"c","status":"CREATED"}]}`,
		`{"list":[{"id":"C","status":"IN PROGRESS"},{"id":"b","status":"IN PROGRESS"},{"id":"d","status":"COMPLETED"}]}`,
		`{"list":[{"id":"d","status":"COMPLETED","deleted_at":"2026-01-01T00:00:00Z"},{"id":"A","status":"ERROR"}]}`,
	}
	c, _ := clientOf(t, func(n int, _ *http.Request) (string, string) {
		if n == len(pages) {
			return pages[n-1], ""
		}
		return pages[n-1], fmt.Sprintf("?offset=%d", n)
	})
	reports, err := c.Reports(t.Context())
	var got strings.Builder
	for _, report := range reports {
		fmt.Fprintf(&got, "%s %s;", report.key(), report.Status)
	}
	if want := "a ERROR;b COMPLETED;c IN PROGRESS;"; err != nil || got.String() != want {
		t.Errorf("got %s, %v, want %s", got.String(), err, want)
	}
}

// A report from the future is not recent.
func TestMaxAgeHasTwoEnds(t *testing.T) {
	for age, reused := range map[time.Duration]bool{
		2 * time.Hour: false, 61 * time.Minute: false, 59 * time.Minute: true, 0: true,
		-4 * time.Minute: true, -6 * time.Minute: false, -time.Hour: false, -100_000 * time.Hour: false,
	} {
		synctest.Test(t, func(t *testing.T) {
			const id = "11111111-1111-4111-8111-111111111111"
			details := `"details":{"user":{"id":"22222222-2222-4222-8222-222222222222","resource_type_filter":"server"}}`
			c, _ := clientOf(t, func(_ int, r *http.Request) (string, string) {
				if r.Method == http.MethodPost {
					return `{"id":"33333333-3333-4333-8333-333333333333","status":"COMPLETED_BUT_EMPTY",` + details + `}`, ""
				}
				return `{"list":[{"id":"` + id + `","status":"COMPLETED_BUT_EMPTY","created_at":"` + time.Now().Add(-age).UTC().Format(time.RFC3339) + `",` + details + `}]}`, ""
			})
			result, err := c.Run(t.Context(), Subject{Kind: UserSubject, ID: "22222222-2222-4222-8222-222222222222", ResourceType: "server"}, time.Hour)
			if err != nil || result.Reused != reused {
				t.Errorf("created %s ago: got %+v, %v, want reused: %t", age, result, err, reused)
			}
		})
	}
}

// The size of a single JSON object is checked before it is decoded, too.
func TestObjectsAreBounded(t *testing.T) {
	c, _ := clientOf(t, func(int, *http.Request) (string, string) {
		return `{"id":"a","name":"larry","x":"` + strings.Repeat("x", 2*mebibyte) + `"}`, ""
	})
	if user, err := c.UserByName(t.Context(), "larry"); err == nil || !strings.Contains(err.Error(), "1 MiB") {
		t.Errorf("got %+v, %v, want an error that names 1 MiB", user, err)
	}
}

// FuzzPage checks that the memory for decoding a page is proportional to its size, and
// that a page with missing bytes is not accepted.
func FuzzPage(f *testing.F) {
	f.Add([]byte(`{"list":[[{"id":"a","details":{"user":{"id":"b"}}}],{"id":null}],"has_more":[{"rel":"next","href":"x"}]}`))
	f.Add([]byte(`{"list":[{"id":"a","alt_names":["",""],"labels":{"a":"b"}}]}`))
	f.Add([]byte(`{"list":` + strings.Repeat("[", 100)))
	f.Add(bytes.Repeat([]byte(","), 1000))
	f.Fuzz(func(t *testing.T, body []byte) {
		c := testClient()
		r := &response{header: http.Header{}, body: string(body), redact: c.secrets.redact}
		decoded := testing.AllocsPerRun(1, func() { _, _, _ = decodePage[Server](t.Context(), r, c.largeBody) })
		if most := float64(200 + 10*len(body)); decoded > most {
			t.Errorf("got %v allocations for %d bytes, want at most %v", decoded, len(body), most)
		}
		servers, _, err := decodePage[Server](t.Context(), r, c.largeBody)
		if err != nil {
			return
		}
		if len(servers)*len(`{},`) > len(body) {
			t.Errorf("got %d servers out of %d bytes", len(servers), len(body))
		}
		cut := &response{header: http.Header{}, body: strings.TrimRight(r.body, " \t\r\n"), redact: c.secrets.redact}
		cut.body = cut.body[:len(cut.body)-1]
		if _, _, err := decodePage[Server](t.Context(), cut, c.largeBody); err == nil {
			t.Errorf("%q: got a page, want an error", cut.body)
		}
	})
}

// A response about another object is an error, even if it shows that the object is
// deleted or empty.
func TestResponsesAboutSomethingElse(t *testing.T) {
	const subject = "22222222-2222-4222-8222-222222222222"
	for name, test := range map[string]struct {
		body string
		ask  func(c *Client) error
		err  string
	}{
		"another report, deleted": {
			`{"id":"b","status":"COMPLETED","deleted_at":"2026-01-01T00:00:00Z"}`,
			func(c *Client) error { _, err := c.Existing(t.Context(), "a"); return err }, "about report b",
		},
		"a report on two subjects": {
			`{"id":"a","status":"COMPLETED_BUT_EMPTY","details":{"user":{"id":"` + subject + `"},"resource":{"id":"` + subject + `"}}}`,
			func(c *Client) error { _, err := c.Existing(t.Context(), "a"); return err }, "both a user and a resource",
		},
		"a report on a resource beside an empty user": {
			`{"id":"a","status":"COMPLETED_BUT_EMPTY","details":{"user":{},"resource":{"id":"` + subject + `"}}}`,
			func(c *Client) error {
				_, err := c.Run(t.Context(), Subject{Kind: UserSubject, ID: subject, ResourceType: "server"}, 0)
				return err
			}, "about another subject",
		},
		"another group": {
			`{"name":"others","deleted_at":"2026-01-01T00:00:00Z"}`,
			func(c *Client) error { return c.checkGroup(t.Context(), "everyone") }, `about the group "others"`,
		},
	} {
		c, _ := clientOf(t, func(int, *http.Request) (string, string) { return test.body, "" })
		if err := test.ask(c); err == nil || !strings.Contains(err.Error(), test.err) {
			t.Errorf("%s: got %v, want an error with %q", name, err, test.err)
		}
	}
}
