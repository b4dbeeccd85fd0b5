// Package tenantprofile describes how a tenant answers, without the data of the tenant:
// which statuses, headers and JSON fields its responses have, how its reports are
// written, and which assumptions about the API hold. A [Recorder] observes the requests
// of a client, and [Recorder.Profile] returns the description, which internal/opasim can
// replay.
//
// A profile is made to be published, so it is built from allow-lists: only words of a
// glossary of the API, numbers in coarse steps, and fixed texts of this package are in
// it. Any other word of a response is replaced by its class and its length. Names in
// comments, as in (API.md, NAME), are those of internal/opasim/API.md.
package tenantprofile
