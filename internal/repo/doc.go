// Package repo tests the repository: the imports of its packages, the references in
// its documents, its workflows and its release scripts.
package repo
