// Package accessreport is what an access report of Okta Privileged Access says:
// its rows, how they are read from the CSV that the API hands out and written
// again, and how they are compared and shown.
//
// The package is pure: no network, no clock, nothing of Terraform. Its one rule
// is that a text is either read whole or refused: no row is ever dropped, and
// nothing that was not understood is passed over in silence.
package accessreport
