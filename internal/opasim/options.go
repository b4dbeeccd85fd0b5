package opasim

import "time"

// The defaults of [Options].
const (
	DefaultTeam = "demo"

	// DefaultKeyID and DefaultKeySecret are the default API key. Only a simulator
	// accepts it.
	DefaultKeyID     = "deadbeef-0000-4000-8000-000000000000"
	DefaultKeySecret = "simulator-only-key-secret"

	// DefaultWorkloadJWT is the default JWT of a workload. It looks like a JWT, but is
	// not a valid one.
	DefaultWorkloadJWT = "simulator-only.workload.identity"

	DefaultTokenLifetime = time.Hour
)

// ServiceUserName is the name of the service user that the API key belongs to.
const ServiceUserName = "terraform-reporter"

// Past is the world of a tenant in the past.
type Past struct {
	World *World
	Age   time.Duration // of the reports
}

// Options selects the behavior of the simulated tenant. The zero value is a tenant
// that behaves well: the default world, no limits, and reports that are complete at
// once.
type Options struct {
	// Profile makes the tenant answer as a profile describes. Other options that are set
	// take precedence over it. Of CSV, these are Delimiter, Header and ContentType.
	Profile *Profile
	// World contains the objects of the tenant. nil means [DefaultWorld].
	World *World
	// Past are worlds of the past. The tenant has completed reports of that age on every
	// user and server in them that was not deleted.
	Past []Past
	// Team is the team name in every path. "" means [DefaultTeam].
	Team string
	// KeyID and KeySecret are the only API key that service_token accepts.
	KeyID, KeySecret string
	// WorkloadConnection is the only connection that issues tokens to workloads
	// (API.md, workload-token). "" means none.
	WorkloadConnection string
	// WorkloadJWT is the only JWT that the connection accepts. "" means
	// [DefaultWorkloadJWT].
	WorkloadJWT string
	// WorkloadRole is the role that a workload's requests must have in
	// X-OPA-Workload-Role, and the only valid role_hint. "" accepts any role and none
	// (API.md, workload-role-required).
	WorkloadRole string
	// TokenLifetime is the lifetime of an issued token. 0 means
	// [DefaultTokenLifetime].
	TokenLifetime time.Duration
	// StaticTokens are bearer tokens that are accepted without service_token, until
	// [Sim.RevokeTokens].
	StaticTokens []string
	// MissingRole removes the security_admin role from the service user and the
	// workload, who keep resource_admin. Requests for users and groups still succeed.
	// Requests for all_servers and access_reports get a 401
	// (API.md, missing-role-401).
	MissingRole bool

	// Generation is the time from the creation of a report to its final status. The
	// report is CREATED for the first quarter, then IN PROGRESS. With 0, the response
	// to the create has the final status.
	Generation time.Duration
	// GenerationFor, if set, replaces Generation by the subject's id.
	GenerationFor func(subjectID string) time.Duration
	// FailCreate, if set, returns the HTTP status of an error for a create, or 0. It
	// is called for every create whose subject exists, with the id in lower case.
	FailCreate func(subjectID string) int
	// FinalStatus, if set, returns the final status of a subject's report. attempt
	// counts its reports from 1. "" means COMPLETED, or COMPLETED_BUT_EMPTY without
	// rows. Any text is valid (API.md, report-status-other).
	FinalStatus func(subjectID string, attempt int) string
	// OmitRow, if set, reports whether a row is missing from a subject's report, although
	// the user has the access. kind is "user" or "resource", and attempt counts the
	// subject's reports from 1. The reports of the other kind still have the row.
	OmitRow func(kind, subjectID string, attempt int, row Row) bool
	// CreateStatus is the HTTP status of a create. 0 means 201 (API.md, create-response).
	CreateStatus int
	// FirstStatus and SecondStatus are the statuses of a report that is not complete. ""
	// means CREATED and IN PROGRESS (API.md, report-status-other).
	FirstStatus, SecondStatus string
	// NotReadyStatus is the HTTP status of a download of a report that is not
	// COMPLETED (API.md, download-early). 0 means 409.
	NotReadyStatus int
	// NotReadyCSV returns a CSV without rows in place of an error for such a download.
	NotReadyCSV bool
	// CSV is the dialect of the downloads.
	CSV CSV
	// ResourceCSV, if set, replaces CSV for reports on resources.
	ResourceCSV *CSV
	// Shuffle returns the rows of each download in a random order
	// (API.md, csv-row-order).
	Shuffle bool

	// PageSize is the maximum size of a page of a list. With 0, users and groups have
	// pages of 100 (or count, up to 200), and servers and reports, whose pagination is
	// not documented, have a single page (API.md, page-size, link-undeclared).
	PageSize int
	// DeclaredPages makes servers and reports have a single page, whatever PageSize is.
	DeclaredPages bool
	// NoCount refuses the parameter count with a 400 (API.md, page-size).
	NoCount bool
	// LinkLines sends each link in a separate Link header line.
	LinkLines bool
	// NestedList wraps the list of reports in a second array
	// (API.md, report-list-shape).
	NestedList bool
	// ListOrder is the order of the list of reports (API.md, report-list-order).
	ListOrder ListOrder
	// ListLag is the time until the list of reports contains a new report
	// (API.md, report-list-lag).
	ListLag time.Duration
	// ListPartialReports omits details from the reports in the list, but not from a
	// single report.
	ListPartialReports bool
	// NoReportDetails omits details from every report (API.md, report-fields).
	NoReportDetails bool
	// NullCreatedAt writes null for the created_at of every report.
	NullCreatedAt bool
	// DatabaseSkew is how far the clock of created_at and updated_at of reports is
	// ahead of the clock of the Date header (API.md, report-clock).
	DatabaseSkew time.Duration
	// NoUsersByID returns 404 for users_by_id (API.md, users-by-id).
	NoUsersByID bool
	// OnlyServiceUsers makes include_service_users=true return only service users
	// (API.md, users-service-users). Otherwise it returns humans, too.
	OnlyServiceUsers bool
	// OneStatus uses only the first status of a filter with several
	// (API.md, users-status-repeated).
	OneStatus bool
	// ActiveByDefault returns only ACTIVE users in the list of users if a request has no
	// status (API.md, users-default-status).
	ActiveByDefault bool
	// IgnoreServerFilters ignores every filter of users, groups and servers
	// (API.md, servers-filters).
	IgnoreServerFilters bool
	// ZeroDeletedAt writes 0001-01-01T00:00:00Z instead of null for objects that were
	// not deleted (API.md, zero-timestamp). Reports then have deleted_at, too, which
	// they otherwise have only if they were deleted.
	ZeroDeletedAt bool

	// Latency is the time that every request takes.
	Latency time.Duration
	// RateLimit limits the requests of all clients together. The zero value means no
	// limit.
	RateLimit RateLimit
	// RetryHint is the header of a 429 that contains the time to retry
	// (API.md, retry-at-header, retry-after-header).
	RetryHint RetryHint
	// MaxConcurrent is the maximum number of concurrent requests. A request beyond it
	// is delayed for a second and then gets a 429 (API.md, concurrent-request-limit).
	// 0 means no limit.
	MaxConcurrent int
	// ClockSkew is how far all clocks of the server are ahead: the Date header,
	// timestamps, expiry and retry hints.
	ClockSkew time.Duration

	// Faults are the initial rules.
	Faults []Fault
	// Seed is the seed of all randomness (Shuffle, Fault.Probability).
	Seed uint64
	// OnRequest, if set, is called with each request before its response is sent, by
	// the goroutine that serves it.
	OnRequest func(Request)
}

// RateLimit is a token bucket.
type RateLimit struct {
	// PerSecond is the number of requests per second.
	PerSecond float64
	// Burst is the size of the bucket. 0 means PerSecond, rounded up.
	Burst int
}

// RetryHint is the header of a 429 that contains the time to retry.
type RetryHint string

// The retry hints.
const (
	RetryAt           RetryHint = "retry-at"         // X-RateLimit-Retry-At, unix seconds; the default
	RetryAfterSeconds RetryHint = "retry-after"      // Retry-After, seconds
	RetryAfterDate    RetryHint = "retry-after-date" // Retry-After, an HTTP date
	RetryNone         RetryHint = "none"             // no hint
)

// ListOrder is an order of the list of reports.
type ListOrder string

// The list orders.
const (
	NewestFirst ListOrder = "newest-first" // the default
	OldestFirst ListOrder = "oldest-first"
	Unordered   ListOrder = "unordered" // by id, which does not depend on age
)
