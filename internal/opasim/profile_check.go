package opasim

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"mime"
	"slices"
	"strings"
	"unicode"
)

// The statuses of a response that net/http can send. Those below 200 are not final.
const (
	minStatus = 200
	maxStatus = 999
)

// profileKeys are the parts of a profile that must not be missing.
var profileKeys = []string{"credentials", "checks", "assumptions", "requests", "reports", "timing"}

// checkTexts checks all texts and names in the JSON of a profile, whatever they are for: its
// parts must not be missing, and its masks must not stand for excessive texts.
func checkTexts(text []byte) error {
	var profile map[string]any
	if err := json.Unmarshal(text, &profile); err != nil {
		return err
	}
	for _, key := range profileKeys {
		if profile[key] == nil {
			return fmt.Errorf("%s is missing. Use the complete attribute profile of opa_tenant_check", key)
		}
	}
	budget := maxMaskedTotal
	return checkTextsOf(profile, "", &budget)
}

// checkTextsOf checks the texts of a value at a place. budget is the number of characters
// that its masks may stand for.
func checkTextsOf(value any, place string, budget *int) error {
	switch value := value.(type) {
	case string:
		return checkText(value, place, budget)
	case []any:
		for i, element := range value {
			if err := checkTextsOf(element, fmt.Sprintf("%s[%d]", place, i), budget); err != nil {
				return err
			}
		}
	case map[string]any:
		for _, name := range slices.Sorted(maps.Keys(value)) {
			below := strings.TrimPrefix(place+"."+name, ".")
			if err := checkText(name, below, budget); err != nil {
				return err
			}
			if err := checkTextsOf(value[name], below, budget); err != nil {
				return err
			}
		}
	}
	return nil
}

func checkText(text, place string, budget *int) error {
	length, err := maskedLength(text)
	*budget -= length
	switch {
	case err != nil:
	case *budget < 0:
		err = fmt.Errorf("the masked words of the profile have more than %d characters together", maxMaskedTotal)
	case strings.ContainsFunc(text, func(r rune) bool { return unicode.IsControl(r) && r != '\n' && r != '\t' }):
		err = errors.New("control characters are not allowed, apart from line feeds and tabs")
	default:
		return nil
	}
	if runes := []rune(place); len(runes) > 80 {
		place = string(runes[:80]) + "…"
	}
	return fmt.Errorf("%q: %w", place, err)
}

// check checks the profile, and prepares its responses.
func (p *Profile) check() error {
	if err := checkWord("credentials", p.file.Credentials, profileCredentials); err != nil {
		return err
	}
	if err := p.checkFacts(); err != nil {
		return err
	}
	for i := range p.file.Requests {
		request := &p.file.Requests[i]
		if err := p.addRequest(request); err != nil {
			return fmt.Errorf("requests: %w", err)
		}
	}
	if err := p.file.Reports.check(); err != nil {
		return fmt.Errorf("reports: %w", err)
	}
	if err := p.file.Timing.check(); err != nil {
		return fmt.Errorf("timing: %w", err)
	}
	return nil
}

// checkFacts checks the checks and the assumptions.
func (p *Profile) checkFacts() error {
	seen := map[string]bool{}
	for _, c := range p.file.Checks {
		if seen[c.Name] {
			return fmt.Errorf("checks: %q occurs twice", c.Name)
		}
		seen[c.Name] = true
		if err := checkWord("name", c.Name, checkNames); err != nil {
			return fmt.Errorf("checks: %w", err)
		}
		if err := checkWord("status", c.Status, checkStatuses); err != nil {
			return fmt.Errorf("checks: %s: %w", c.Name, err)
		}
	}
	clear(seen)
	for _, a := range p.file.Assumptions {
		if seen[a.Name] {
			return fmt.Errorf("assumptions: %q occurs twice", a.Name)
		}
		seen[a.Name] = true
		if err := checkWord("name", a.Name, slices.Sorted(maps.Keys(observedFacts))); err != nil {
			return fmt.Errorf("assumptions: %w", err)
		}
		if err := checkObserved(a.Name, a.Observed); err != nil {
			return fmt.Errorf("assumptions: %s: %w", a.Name, err)
		}
	}
	return nil
}

// addRequest checks a request, prepares its responses, and adds it.
func (p *Profile) addRequest(request *profileRequest) error {
	if err := checkRequestName(request.Request); err != nil {
		return err
	}
	name := withoutArguments(request.Request)
	switch {
	case p.requests[name] != nil:
		return fmt.Errorf("%q occurs twice", request.Request)
	case len(request.Responses) == 0:
		return fmt.Errorf("%q: want at least one response", request.Request)
	}
	for i := range request.Responses {
		if err := request.Responses[i].prepare(); err != nil {
			return fmt.Errorf("response %d of %q: %w", i+1, request.Request, err)
		}
	}
	p.requests[name] = request
	return nil
}

// prepare checks a response, and compiles the shape of its body.
func (r *profileResponse) prepare() (err error) {
	switch {
	case r.Status < minStatus || r.Status > maxStatus:
		return fmt.Errorf("status %d: want %d to %d", r.Status, minStatus, maxStatus)
	case !slices.Contains([]Framing{FramingLength, FramingChunked, FramingClose}, r.Framing):
		return fmt.Errorf("framing %q: want %s, %s or %s", r.Framing, FramingLength, FramingChunked, FramingClose)
	}
	if err := r.checkHeaders(); err != nil {
		return err
	}
	var body any
	if err := json.Unmarshal(r.Body, &body); err != nil {
		return fmt.Errorf("body: %w", err)
	}
	if word, ok := body.(string); ok && slices.Contains(bodyWords, bodyKind(word)) {
		r.kind = bodyKind(word)
		return nil
	}
	r.kind = jsonBody
	r.shape, err = compileShape(body)
	return err
}

// checkHeaders checks the names of headers and the media type.
func (r *profileResponse) checkHeaders() error {
	seen := map[string]bool{}
	for _, name := range r.Headers {
		switch {
		case !headerToken.MatchString(unmask(name, 0)):
			return fmt.Errorf("header %q: want a name of a header: letters, digits and the characters !#$%%&'*+.^_`|~-", name)
		case slices.ContainsFunc(unprofiledHeaders, func(other string) bool { return strings.EqualFold(name, other) }):
			return fmt.Errorf("header %q: want none of %s, which are part of the framing", name, strings.Join(unprofiledHeaders, ", "))
		case seen[name]:
			return fmt.Errorf("header %q occurs twice", name)
		}
		seen[name] = true
	}
	if r.MediaType == "" || r.MediaType == "invalid" {
		return nil
	}
	if _, _, err := mime.ParseMediaType(unmask(r.MediaType, 0)); err != nil {
		return fmt.Errorf("media_type %q: want one such as %q, %q, or none", r.MediaType, "text/csv; charset=utf-8", "invalid")
	}
	return nil
}

// unprofiledHeaders are headers that a client does not see, or that the framing implies.
var unprofiledHeaders = []string{"Content-Length", "Transfer-Encoding"}

func (r *profileReports) check() error {
	if r.Conditions == nil || r.Words == nil {
		return errors.New("conditions or words are missing. Use the complete attribute profile of opa_tenant_check")
	}
	for _, kind := range []struct {
		name, status string
		csv          *profileCSV
	}{{"user", r.UserStatus, r.User}, {"resource", r.ResourceStatus, r.Resource}} {
		if kind.status != "" {
			if err := checkWord(kind.name+"_status", kind.status, profileStatuses); err != nil {
				return err
			}
		}
		if kind.csv != nil {
			if err := kind.csv.check(); err != nil {
				return fmt.Errorf("%s: %w", kind.name, err)
			}
		}
	}
	if err := checkWord("missing_rows", r.MissingRows, missingRows); err != nil {
		return err
	}
	for _, c := range r.Conditions {
		for _, name := range c.Requires {
			if requirementBits[name] == 0 {
				return fmt.Errorf("conditions: requirement %q: want gateway, recording, approval or mfa", name)
			}
		}
	}
	for _, column := range slices.Sorted(maps.Keys(r.Words)) {
		if err := checkWord("column", column, wordColumns); err != nil {
			return fmt.Errorf("words: %w", err)
		}
	}
	return nil
}

func (c *profileCSV) check() error {
	for _, word := range []struct {
		what, word string
		known      []string
	}{
		{"delimiter", c.Delimiter, csvDelimiters},
		{"line_end", c.LineEnd, csvLineEnds},
		{"quoting", c.Quoting, csvQuotings},
		{"rows", c.Rows, csvRows},
		{"order", c.Order, csvOrders},
	} {
		if err := checkWord(word.what, word.word, word.known); err != nil {
			return err
		}
	}
	switch {
	case c.HasHeader && len(c.Header) == 0:
		return errors.New("header: want at least one cell, because has_header is true")
	case len(c.Header) > 0 && c.Columns != len(c.Header):
		return fmt.Errorf("columns: got %d, want %d, the number of cells of the header", c.Columns, len(c.Header))
	}
	return inRange("columns", c.Columns, 0, maxColumns)
}

func (t *profileTiming) check() error {
	for _, number := range []struct {
		what           string
		n, least, most int
	}{
		{"user_report_ms", t.UserReportMS, 0, maxStep},
		{"resource_report_ms", t.ResourceReportMS, 0, maxStep},
		{"token_lifetime_s", t.TokenLifetimeS, 0, maxStep},
		{"clock_skew_s", t.ClockSkewS, -maxStep, maxStep},
		{"report_clock_skew_s", t.ReportClockSkewS, -maxStep, maxStep},
		{"rate_limit", t.RateLimit, 0, maxStep},
		{"page_size", t.PageSize, 0, maxProfiledPage},
	} {
		if err := inRange(number.what, number.n, number.least, number.most); err != nil {
			return err
		}
	}
	return nil
}
