package opasim

import (
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
)

// Limits of a profile.
const (
	maxMaskedWord   = 1000          // characters of a word that a mask stands for
	maxMaskedTotal  = 1 << 20       // characters of all words that masks stand for
	maxColumns      = 1000          // of a report
	maxProfiledPage = 1_000_000     // elements
	maxStep         = 1_000_000_000 // the largest step of a duration or another number
)

// The words of a profile, apart from masked texts.
var (
	profileCredentials = []string{"api_key", "bearer_token", "workload_identity"}
	checkStatuses      = []string{"pass", "warn", "fail", "skipped"}
	checkNames         = []string{
		"sign_in", "list_users", "list_groups", "list_servers", "list_reports", "user_by_name", "user_by_id", "user_in_list",
		"server_by_hostname", "server_by_canonical_name", "server_by_id", "create_user_report", "create_resource_report", "download_early",
		"user_report", "user_rows", "resource_report", "resource_rows", "conditions", "compare_reports", "reuse_report",
		"read_user_report_again", "read_resource_report_again",
	}
	profileStatuses = []string{StatusCreated, StatusInProgress, StatusError, StatusCompleted, StatusCompletedButEmpty, "other"}
	missingRows     = []string{"", "user", "resource", "both"}
	wordColumns     = []string{string(ColumnUserType), string(ColumnUserStatus), string(ColumnResourceType), string(ColumnPrivileges)}

	csvDelimiters = []string{"", ",", ";", "\t", "|"}
	csvLineEnds   = []string{"LF", "CRLF", "CR", "mixed", "none"}
	csvQuotings   = []string{"", "none", "some", "all"}
	csvRows       = []string{"", "none", "one", "several"}
	csvOrders     = []string{"", "sorted", "reversed", "other"}
)

// observedFacts maps the facts in a profile to the texts that describe what was observed.
// Those of create-response and download-early begin with a status (see checkObserved).
var observedFacts = map[string][]string{
	"create-response":      profileStatuses,
	"csv-header":           {"recognized", "not recognized", "there is no header", otherCells, repeatedColumns, "the text cannot be decoded"},
	"download-early":       {string(emptyBody), string(htmlBody), string(csvBody), string(textBody), string(largeBody), string(jsonBody)},
	"download-lag":         {"a completed report could not be downloaded at first", "a completed report could be downloaded at once"},
	"download-length":      {string(FramingLength), string(FramingChunked), string(FramingClose)},
	"download-media-type":  {"text/csv", "another media type"},
	"link-pagination":      {"several header lines", "one header line"},
	"link-undeclared":      {"lists of servers or reports have pages"},
	"page-size":            {"the parameter count is refused", "the parameter count is accepted"},
	"rate-limit-headers":   {"present", "missing"},
	"redirects":            {"a response is a redirect", "no response is a redirect"},
	"report-deleted-at":    {"deleted_at is set", "deleted_at is null or missing"},
	"report-details":       {"present", "missing"},
	"report-fields":        {"created_at is present", "created_at is missing"},
	"report-list-lag":      {"new reports are in the list", "new reports are not in the list yet"},
	"report-list-order":    {"newest first", "oldest first", "other"},
	"report-list-shape":    {"nested", "flat"},
	"report-read-lag":      {"a new report was not found at first", "a new report was found at once"},
	"report-status":        {"only known statuses", "an unknown status"},
	"server-clock":         {"every response has a Date header", "a response has no Date header"},
	"servers-filters":      {"the filter id is ignored", "the filter id is applied"},
	"token-lifetime":       {"expires_at is present", "expires_at is missing"},
	"users-by-id":          {"the endpoint exists", "the endpoint does not exist, or is refused"},
	"users-default-status": {"the list has users who are not active", "the list has active users only"},
	"users-filters":        {"the filter contains is ignored", "the filter contains is applied"},
	"users-service-users":  {"include_service_users adds service users", "include_service_users returns only service users"},
}

// Reports that cannot be decoded (see observedFacts).
const (
	otherCells      = "a row has another number of cells than the header"
	repeatedColumns = "columns are repeated"
)

// checkWord returns an error if a word is not one of the known ones.
func checkWord(what, word string, known []string) error {
	if slices.Contains(known, word) {
		return nil
	}
	return fmt.Errorf("%s %q: want one of %s", what, word, quoted(known))
}

// quoted returns words in quotes, separated by commas.
func quoted(words []string) string {
	list := make([]string, len(words))
	for i, word := range words {
		list[i] = strconv.Quote(word)
	}
	return strings.Join(list, ", ")
}

// inRange returns an error if a number is not in a range.
func inRange(what string, n, least, most int) error {
	if least <= n && n <= most {
		return nil
	}
	return fmt.Errorf("%s: got %d, want %d to %d", what, n, least, most)
}

// checkObserved returns an error if a text does not describe what can be observed of a fact.
func checkObserved(name, observed string) error {
	var least, most int
	switch name {
	case "create-response":
		least, most = http.StatusOK, 299
	case "download-early":
		least, most = minStatus, maxStatus
	default:
		return checkWord("observed", observed, observedFacts[name])
	}
	separator := ", "
	if name == "create-response" {
		separator = ", status "
	}
	text, word, ok := strings.Cut(observed, separator)
	status, err := strconv.Atoi(text)
	if !ok || err != nil || strconv.Itoa(status) != text {
		return fmt.Errorf("observed %q: want a status from %d to %d, followed by %q and a word", observed, least, most, separator)
	}
	if err := inRange("observed status", status, least, most); err != nil {
		return err
	}
	return checkWord("observed", word, observedFacts[name])
}

// checkRequestName returns an error for a request that the provider does not send. "other" are
// all that the API does not have.
func checkRequestName(name string) error {
	base, query, hasQuery := strings.Cut(withoutArguments(name), "?")
	known := name == "other" || slices.ContainsFunc(routes, func(r route) bool { return base == r.method+" /"+withoutArguments(r.path) })
	if !known {
		return fmt.Errorf("%q: want a request of the API, such as %q, or %q", name, "GET /users/{name}", "other")
	}
	if !hasQuery {
		return nil
	}
	given := strings.Split(query, "&")
	inOrder := filter(profiledParameters, func(parameter string) bool { return slices.Contains(given, parameter) })
	if !slices.Equal(given, inOrder) {
		return fmt.Errorf("%q: want parameters of %s, each once and in this order", name, strings.Join(profiledParameters, ", "))
	}
	return nil
}

// headerToken matches the name of a header (RFC 9110, section 5.6.2).
var headerToken = regexp.MustCompile("^[!#$%&'*+.^_`|~0-9A-Za-z-]+$")
