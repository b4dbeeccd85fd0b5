// Package opasim simulates the part of the Okta Privileged Access API that the
// provider uses: tokens, users, groups, servers and access reports.
//
// It contains a small [World] of users, groups, servers and security policies,
// computes from the policies who has access to what, and serves the result like
// a tenant. Where the behavior of the API is unknown (the header of the CSV, the
// shape of the list of reports, pagination, clocks, rate limits), a field of
// [Options] selects it, so that a client can be tested with every plausible
// behavior. [Fault] rules make requests fail as networks and proxies do.
//
// The simulator is strict. It rejects a request that the API does not document
// and records it in [Sim.Violations]. It records every request in
// [Sim.Requests], so that a test can also verify that a request was not sent.
//
// It listens on a loopback address ([Start], [Sim.Listen]) or works in memory
// ([Sim.RoundTripper]). In memory it starts no goroutines, and all waiting uses
// package time and ends with the request's context, so that it works in the
// virtual time of testing/synctest.
//
// API.md in this folder describes the API. A comment such as
// (API.md, csv-header) refers to a fact on that page by its name.
package opasim
