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

// strictObject reads a JSON object that has no keys but these, spelt exactly
// so. The API itself may ignore what it does not know (§1.1); the simulator
// does not, because a misspelt key would there go unnoticed.
func strictObject[V any](body []byte, keys ...string) (map[string]V, error) {
	decoder := json.NewDecoder(bytes.NewReader(body))
	var object map[string]V
	if err := decoder.Decode(&object); err != nil {
		return nil, fmt.Errorf("not the JSON expected: %w", err)
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
