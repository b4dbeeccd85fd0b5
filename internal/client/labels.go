package client

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// The API has no filter for labels (API.md, server-labels), so they are compared here.

// NoLabelsError is a selection of servers by labels in a list in which no server has a
// label. A tenant may not return labels, so an empty selection would mean nothing.
type NoLabelsError struct {
	Servers int // that OPA returned
}

func (e *NoLabelsError) Error() string {
	if e.Servers == 1 {
		return "the only server that OPA returned has no labels"
	}
	return fmt.Sprintf("none of the %d servers that OPA returned has labels", e.Servers)
}

// LabelMismatchError is a lookup of a server that exists, but does not have all labels of
// the filter.
type LabelMismatchError struct {
	Key    Key
	Value  string // of the key
	Labels map[string]string
}

func (e *LabelMismatchError) Error() string {
	return fmt.Sprintf("the server with the %s %q does not have the %s", e.Key, e.Value, DescribeLabels(e.Labels))
}

// DescribeLabels returns labels in words: label env = "prod".
func DescribeLabels(labels map[string]string) string {
	parts := make([]string, 0, len(labels))
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, fmt.Sprintf("%s = %q", name, labels[name]))
	}
	if len(parts) == 1 {
		return "label " + parts[0]
	}
	return "labels " + strings.Join(parts, " and ")
}

// hasLabels reports whether the server has all of the labels.
func (s Server) hasLabels(labels map[string]string) bool {
	for name, value := range labels {
		if has, ok := s.Labels.Value[name]; !ok || has != value {
			return false
		}
	}
	return true
}

// withLabels returns the servers that have all of the labels. A server whose labels
// cannot be read may have them, so it is an error.
func (c *Client) withLabels(servers []Server, labels map[string]string) ([]Server, error) {
	if len(labels) == 0 {
		return servers, nil
	}
	for _, s := range servers {
		if s.Labels.Invalid {
			return nil, protocolErrorf("the server %s has labels in an unknown format, so the filter cannot be applied", c.secrets.redact(s.ID))
		}
	}
	return slices.DeleteFunc(servers, func(s Server) bool { return !s.hasLabels(labels) }), nil
}

// unlabeled returns the number of servers that were not deleted if none of them has a
// label, else 0.
func unlabeled(servers []Server) (n int) {
	for _, s := range servers {
		switch {
		case s.Deleted():
		case len(s.Labels.Value) > 0:
			return 0
		default:
			n++
		}
	}
	return n
}
