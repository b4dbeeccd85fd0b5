package tenantprofile

import (
	"bytes"
	"encoding/json"
)

// SchemaVersion is the version of the JSON of a profile.
const SchemaVersion = 1

// Profile describes how a tenant answers. It contains no text of the tenant. The zero
// value of a field means that it was not observed.
type Profile struct {
	SchemaVersion int    `json:"schema_version"`
	Provider      string `json:"provider_version"`
	Credentials   string `json:"credentials"` // api_key, bearer_token or workload_identity

	Checks      []Check      `json:"checks"`
	Assumptions []Assumption `json:"assumptions"`
	Requests    []Request    `json:"requests"`
	Reports     Reports      `json:"reports"`
	Timing      Timing       `json:"timing"`
}

// Check is the outcome of a check of the tenant.
type Check struct {
	Name   string `json:"name"`
	Status string `json:"status"`
}

// Assumption is a fact of API.md that was observed.
type Assumption struct {
	Name     string `json:"name"` // in API.md
	Held     bool   `json:"held"`
	Observed string `json:"observed"` // one of the fixed texts of this package
}

// Request is a kind of request, such as "GET /users/{name}", with its different responses.
type Request struct {
	Request   string     `json:"request"`
	Responses []Response `json:"responses"` // first the successful ones, sorted, then failures in their order
}

// Response is a kind of response.
type Response struct {
	Status    int      `json:"status"`
	MediaType string   `json:"media_type"` // masked, with its charset
	Headers   []string `json:"headers"`    // names, masked, sorted
	Framing   string   `json:"framing"`    // length, chunked or close
	ErrorType string   `json:"error_type,omitempty"`
	// Body is the shape of the JSON, or one of "empty", "html", "csv", "text" and "large".
	Body any `json:"body"`
}

// Reports describes the reports that were downloaded.
type Reports struct {
	User     *CSV `json:"user,omitempty"` // nil if none was downloaded
	Resource *CSV `json:"resource,omitempty"`

	// UserStatus and ResourceStatus are the last statuses of both: known ones, or "other".
	UserStatus     string `json:"user_status,omitempty"` // "" if none was created
	ResourceStatus string `json:"resource_status,omitempty"`

	// MissingRows is "user", "resource" or "both" if those reports do not have rows about the
	// user and the server that the other report has, and "" if they do not differ.
	MissingRows string `json:"missing_rows,omitempty"`

	// Conditions are the distinct conditions cells of both, and Words those of other
	// columns by their names.
	Conditions []Conditions        `json:"conditions"`
	Words      map[string][]string `json:"words"`
}

// CSV describes the text of a report.
type CSV struct {
	BOM        bool     `json:"bom"`
	JSONString bool     `json:"json_string"`
	Delimiter  string   `json:"delimiter"`
	LineEnd    string   `json:"line_end"` // LF, CRLF, CR, mixed or none
	Quoting    string   `json:"quoting"`  // none, some, all, or "" if unclear
	HasHeader  bool     `json:"has_header"`
	Header     []string `json:"header"` // masked
	Columns    int      `json:"columns"`
	Rows       string   `json:"rows"`  // none, one or several
	Order      string   `json:"order"` // sorted, reversed, other, or "" if there are not several distinct rows
}

// Conditions is a conditions cell and what it requires.
type Conditions struct {
	Text       string   `json:"text"`     // masked
	Requires   []string `json:"requires"` // of gateway, recording, approval and mfa
	Understood bool     `json:"understood"`
}

// Timing has durations and other numbers, in coarse steps: 1, 2, 5, 10, 20, 50 and so on.
// Only the size of a page is exact.
type Timing struct {
	UserReportMS     int `json:"user_report_ms"` // at most; 0 if it was complete at once
	ResourceReportMS int `json:"resource_report_ms"`
	TokenLifetimeS   int `json:"token_lifetime_s"` // about
	ClockSkewS       int `json:"clock_skew_s"`     // of the Date header; 0 below 5 seconds
	ReportClockSkewS int `json:"report_clock_skew_s"`
	RateLimit        int `json:"rate_limit"` // X-RateLimit-Limit, about
	PageSize         int `json:"page_size"`  // of a list with a further page
}

// String returns the profile as indented JSON, the same text for equal profiles.
func (p Profile) String() string { return jsonOf(p) }

// jsonOf returns a value of a profile as indented JSON.
func jsonOf(value any) string {
	var b bytes.Buffer
	encoder := json.NewEncoder(&b)
	encoder.SetEscapeHTML(false)
	encoder.SetIndent("", "  ")
	if err := encoder.Encode(value); err != nil {
		panic(err) // a profile has only texts, numbers, lists and maps
	}
	return b.String()
}

// maxStep is the largest step. What is larger is not plausible, and might not fit into
// the int of a 32-bit platform.
const maxStep = 1_000_000_000

// atMost returns the smallest step that is at least n: 0, 1, 2, 5, 10, 20, 50 and so on.
func atMost(n int64) int {
	if n <= 0 {
		return 0
	}
	limited := int(min(n, maxStep))
	for step := 1; ; step *= 10 {
		for _, factor := range []int{1, 2, 5} {
			if limited <= factor*step {
				return factor * step
			}
		}
	}
}

// about returns the nearest step, with the sign of n.
func about(n int64) int {
	if n < 0 {
		return -about(-max(n, -maxStep))
	}
	limited := int(min(n, maxStep))
	upper := atMost(n)
	lower := 0
	for step := 1; step < upper; step *= 10 {
		for _, factor := range []int{1, 2, 5} {
			if factor*step < upper {
				lower = factor * step
			}
		}
	}
	if upper-limited <= limited-lower {
		return upper
	}
	return lower
}
