package opasim

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"time"
)

// What a zero [Options] stands for.
const (
	DefaultTeam = "demo"

	// DefaultKeyID and DefaultKeySecret are the API key that is accepted unless
	// Options says otherwise. They open nothing but a simulator.
	DefaultKeyID     = "deadbeef-0000-4000-8000-000000000000"
	DefaultKeySecret = "simulator-only-key-secret"

	// DefaultWorkloadJWT is the same for a workload. It has the shape of a JWT,
	// no more.
	DefaultWorkloadJWT = "simulator-only.workload.identity"

	DefaultTokenLifetime = time.Hour
)

// ServiceUserName is the service user that the API key belongs to, as
// current_user tells.
const ServiceUserName = "terraform-reporter"

// Options says what tenant is simulated. The zero value is a well-behaved one:
// the default world, no limits, reports that are finished at once.
type Options struct {
	// World is who and what the tenant knows; nil is [DefaultWorld].
	World *World
	// Team is the team name in every path; "" is [DefaultTeam].
	Team string
	// KeyID and KeySecret are the only API key that service_token accepts.
	KeyID, KeySecret string
	// WorkloadConnection is the only connection by which a workload gets a token
	// (§3.3); "" is none.
	WorkloadConnection string
	// WorkloadJWT is the text of the only JWT that the connection accepts; "" is
	// [DefaultWorkloadJWT].
	WorkloadJWT string
	// WorkloadRole is the role that a workload's requests must ask for, in
	// X-OPA-Workload-Role, and the only one that its role_hint may name; "" lets
	// them ask for any or none. Whether a tenant insists is unknown.
	WorkloadRole string
	// TokenLifetime is how long an issued token is accepted; 0 is
	// [DefaultTokenLifetime].
	TokenLifetime time.Duration
	// StaticTokens are bearer tokens that are accepted without service_token,
	// until [Sim.RevokeTokens].
	StaticTokens []string
	// MissingRole takes the security_admin role from the service user and the
	// workload, who keep resource_admin: users and groups still answer,
	// all_servers and access_reports give a 401 of type authorization_error (§3.1).
	MissingRole bool

	// Generation is the time from the create to the final status of a report:
	// CREATED for its first quarter, then IN PROGRESS. With 0 the answer to the
	// create has the final status.
	Generation time.Duration
	// GenerationFor, if set, replaces Generation for each subject's id.
	GenerationFor func(subjectID string) time.Duration
	// FailCreate, if set, chooses the HTTP status that refuses a report on a
	// subject that exists; 0 is none. It is asked at every create, with the id in
	// lower case.
	FailCreate func(subjectID string) int
	// FinalStatus, if set, chooses the final status of the attempt-th report
	// (from 1) on a subject. "" leaves it to the world: COMPLETED, or
	// COMPLETED_BUT_EMPTY without rows. Any text may be returned.
	FinalStatus func(subjectID string, attempt int) string
	// NotReadyStatus answers the download of a report that is not COMPLETED;
	// 0 is 409. What a real tenant answers is unknown (§1.4).
	NotReadyStatus int
	// CSV is the dialect of the downloads.
	CSV CSV
	// Shuffle gives the rows of each download in another random order.
	Shuffle bool

	// PageSize is the largest page of a list. With 0, users and groups come in
	// pages of 100 (or count, up to 200), and servers and reports, for which no
	// paging is declared, in one (§9.2).
	PageSize int
	// LinkLines sends each link as a Link header line of its own.
	LinkLines bool
	// NestedList wraps the list of reports in a second array (§1.3).
	NestedList bool
	// ListOrder is the order of the list of reports.
	ListOrder ListOrder
	// ListLag is how long it takes until the list of reports shows a new report.
	ListLag time.Duration
	// ListPartialReports leaves details out of the reports in the list. A single
	// report has them.
	ListPartialReports bool
	// NoReportDetails leaves details out of every report (§1.2: all fields are
	// optional).
	NoReportDetails bool
	// NullCreatedAt writes null for the created_at of every report.
	NullCreatedAt bool
	// DatabaseSkew is how far the clock behind created_at and updated_at of
	// reports runs ahead of the clock behind the Date header.
	DatabaseSkew time.Duration
	// NoUsersByID makes users_by_id answer 404, for a tenant without it (§4).
	NoUsersByID bool
	// OnlyServiceUsers makes include_service_users=true leave out the humans, as
	// the specification's wording has it; else both kinds are given (§4).
	OnlyServiceUsers bool
	// IgnoreServerFilters makes every filter of users, groups and servers a
	// no-op, for a tenant that does not know them (§6.1).
	IgnoreServerFilters bool
	// ZeroDeletedAt writes 0001-01-01T00:00:00Z for what is not deleted, as some
	// of the specification's examples do, in place of null. Reports then have
	// deleted_at too, which they else lack unless they are deleted.
	ZeroDeletedAt bool

	// Latency is how long the tenant takes for a request.
	Latency time.Duration
	// RateLimit limits the requests of all clients together; the zero value is
	// no limit. RetryHint is what a 429 says about when to come back (§8).
	RateLimit RateLimit
	RetryHint RetryHint
	// MaxConcurrent is how many requests are served at a time; the surplus is
	// held for a second and then answered with 429 (§8). 0 is no limit.
	MaxConcurrent int
	// ClockSkew is how far the server's whole clock runs ahead: Date header,
	// time stamps, expiry and retry hints.
	ClockSkew time.Duration

	// Faults are the rules that are in force from the start.
	Faults []Fault
	// Seed is the start of all randomness (Shuffle, Fault.Probability).
	Seed uint64
	// OnRequest, if set, is called with each request once its answer is ready
	// and before it is sent, by the goroutine that serves it.
	OnRequest func(Request)
}

// RateLimit is a token bucket.
type RateLimit struct {
	// PerSecond is the refill in requests per second.
	PerSecond float64
	// Burst is the size of the bucket; 0 is PerSecond rounded up.
	Burst int
}

// RetryHint names the header by which a 429 says when to come back.
type RetryHint string

// What a RetryHint can be.
const (
	RetryAt           RetryHint = "retry-at"         // X-RateLimit-Retry-At, unix seconds; the default
	RetryAfterSeconds RetryHint = "retry-after"      // Retry-After, seconds
	RetryAfterDate    RetryHint = "retry-after-date" // Retry-After, an HTTP date
	RetryNone         RetryHint = "none"             // no hint
)

// ListOrder is an order of the list of reports.
type ListOrder string

// What a ListOrder can be.
const (
	NewestFirst ListOrder = "newest-first" // the default
	OldestFirst ListOrder = "oldest-first"
	Unordered   ListOrder = "unordered" // by id, which says nothing about age
)

// withDefaults returns a copy with every zero value that stands for something
// else replaced, or an error that names the option that makes no sense.
func (o Options) withDefaults() (Options, error) {
	if o.World == nil {
		o.World = DefaultWorld()
	}
	o.Team = cmp.Or(o.Team, DefaultTeam)
	o.KeyID = cmp.Or(o.KeyID, DefaultKeyID)
	o.KeySecret = cmp.Or(o.KeySecret, DefaultKeySecret)
	o.WorkloadJWT = cmp.Or(o.WorkloadJWT, DefaultWorkloadJWT)
	o.TokenLifetime = cmp.Or(o.TokenLifetime, DefaultTokenLifetime)
	o.NotReadyStatus = cmp.Or(o.NotReadyStatus, http.StatusConflict)
	o.RetryHint = cmp.Or(o.RetryHint, RetryAt)
	o.ListOrder = cmp.Or(o.ListOrder, NewestFirst)
	o.RateLimit.Burst = cmp.Or(o.RateLimit.Burst, int(math.Ceil(o.RateLimit.PerSecond)))
	o.CSV = o.CSV.withDefaults()

	switch o.RetryHint {
	case RetryAt, RetryAfterSeconds, RetryAfterDate, RetryNone:
	default:
		return o, fmt.Errorf("retry hint %q: want %s, %s, %s or %s",
			o.RetryHint, RetryAt, RetryAfterSeconds, RetryAfterDate, RetryNone)
	}
	switch o.ListOrder {
	case NewestFirst, OldestFirst, Unordered:
	default:
		return o, fmt.Errorf("list order %q: want %s, %s or %s", o.ListOrder, NewestFirst, OldestFirst, Unordered)
	}
	if !teamName.MatchString(o.Team) {
		return o, fmt.Errorf("team %q: want letters, digits, - _ and . only", o.Team)
	}
	if o.WorkloadConnection != "" && !teamName.MatchString(o.WorkloadConnection) {
		return o, fmt.Errorf("workload connection %q: want letters, digits, - _ and . only", o.WorkloadConnection)
	}
	for _, number := range []struct {
		name  string
		value float64
	}{
		{"page size", float64(o.PageSize)},
		{"rate limit", o.RateLimit.PerSecond},
		{"burst", float64(o.RateLimit.Burst)},
		{"concurrent requests", float64(o.MaxConcurrent)},
		{"latency", float64(o.Latency)},
		{"generation", float64(o.Generation)},
		{"list lag", float64(o.ListLag)},
		{"lifetime of a token", float64(o.TokenLifetime)},
	} {
		if number.value < 0 {
			return o, fmt.Errorf("%s: must not be negative", number.name)
		}
	}
	for i, f := range o.Faults {
		if err := f.check(); err != nil {
			return o, fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	return o, o.CSV.check()
}
