// Package repo tests the repository as a whole: who imports whom, what its
// documents refer to, its workflows and its release scripts.
package repo
