// Package opasim simulates the part of the Okta Privileged Access API that the
// provider speaks: tokens, users, groups, servers and access reports.
//
// It holds a small [World] of users, groups, servers and security policies,
// computes from the policies who has access to what, and serves the result as a
// tenant would. Where the API leaves something open (the spelling of the CSV
// header, the shape of the list of reports, paging, clock, rate limits), an
// option of [Options] chooses, so that a client can be shown every shape it
// must cope with. [Fault] rules make requests fail as networks and proxies do.
//
// The simulator is strict. A request that the API contract does not cover is
// answered with an error and kept in [Sim.Violations], and every request is
// kept in [Sim.Requests], so that a test can also assert what was not sent.
//
// It runs on a loopback socket ([Start], [Sim.Listen]) or in memory
// ([Sim.RoundTripper]). All its waiting uses the time package and obeys the
// request's context, and it starts no goroutines in memory, so that it works in
// the virtual time of testing/synctest.
//
// Section numbers in comments (§1.2, say) are those of the API contract that
// the project keeps with its design notes.
package opasim
