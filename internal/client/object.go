package client

import "fmt"

// Object is a kind of object of the API.
type Object int

// The kinds of objects that errors name.
const (
	ObjectUser Object = iota
	ObjectGroup
	ObjectServer
	ObjectReport
	ObjectResourceGroup
)

// String returns the kind in words.
func (o Object) String() string {
	if names := []string{"user", "group", "server", "report", "resource group"}; o >= 0 && int(o) < len(names) {
		return names[o]
	}
	return fmt.Sprintf("object %d", int(o))
}

// Key is a kind of key for looking up objects.
type Key int

// The kinds of keys.
const (
	KeyName Key = iota
	KeyID
	KeyHostname
	KeyCanonicalName
	KeyEmail
)

// String returns the key in words.
func (k Key) String() string {
	if names := []string{"name", "ID", "hostname", "canonical name", "email address"}; k >= 0 && int(k) < len(names) {
		return names[k]
	}
	return fmt.Sprintf("key %d", int(k))
}
