package opasim

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// strictObject decodes a JSON object that may have no other keys than these. The
// API may ignore unknown keys (API.md, create-unknown-fields). The simulator
// rejects them, so that a test notices a misspelled key.
func strictObject[V any](body []byte, keys ...string) (map[string]V, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var object map[string]V
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("invalid JSON: %w", err)
	}
	if _, err := decoder.Token(); err != io.EOF {
		return nil, errors.New("more than one JSON value")
	}
	for _, key := range slices.Sorted(maps.Keys(object)) {
		if !slices.Contains(keys, key) {
			return nil, fmt.Errorf("unknown field %q", key)
		}
	}
	return object, nil
}
