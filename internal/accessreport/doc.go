// Package accessreport decodes and encodes the CSV of access reports of Okta Privileged
// Access, compares their rows, and renders them as Markdown and HTML.
//
// The package uses no network, no clock and nothing of Terraform. It decodes a text
// completely or returns an error: it never drops a row, and it reports everything that
// it does not understand. Names in comments, as in (API.md, NAME), are those of
// internal/opasim/API.md.
package accessreport
