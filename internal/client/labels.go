package client

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// WithLabels returns those of some servers that have all of the given labels, in the
// same order. The API cannot filter by labels (API.md, server-labels).
//
// If none of the servers has any label, it returns a *NoLabelsError, because the tenant
// may not return labels. Labels in an unknown format are a *ProtocolError.
func (c *Client) WithLabels(servers []Server, labels map[string]string) ([]Server, error) {
	var matching []Server
	labeled := false
	for _, s := range servers {
		if s.Labels.Ignored {
			return nil, protocolErrorf("the server %s has labels in an unknown format, so the filter cannot be applied", c.secrets.redact(s.ID))
		}
		labeled = labeled || len(s.Labels.Value) > 0
		if hasLabels(s, labels) {
			matching = append(matching, s)
		}
	}
	if len(servers) > 0 && !labeled {
		return nil, &NoLabelsError{Servers: len(servers)}
	}
	return matching, nil
}

func hasLabels(s Server, labels map[string]string) bool {
	for name, want := range labels {
		if value, ok := s.Labels.Value[name]; !ok || value != want {
			return false
		}
	}
	return true
}

// NoLabelsError is a filter on labels for servers of which none has any label.
type NoLabelsError struct {
	Servers int // how many
}

func (e *NoLabelsError) Error() string {
	if e.Servers == 1 {
		return "the server has no labels"
	}
	return fmt.Sprintf("none of the %d servers has any label", e.Servers)
}

// FormatLabels returns labels in the form name=value, sorted.
func FormatLabels(labels map[string]string) string {
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(labels)) {
		parts = append(parts, name+"="+labels[name])
	}
	return strings.Join(parts, ", ")
}
