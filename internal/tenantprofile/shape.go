package tenantprofile

import (
	"bytes"
	"cmp"
	"encoding/json"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// Limits of a shape. What is beyond is "more".
const (
	maxDepth  = 6
	maxFields = 100
)

// mapFields are the fields whose keys are texts of a tenant.
var mapFields = []string{"label", "labels", "tags", "attributes", "annotations", "metadata", "properties"}

// shapes is what the values at one place of a JSON text are: the kinds of its scalars,
// the fields of its objects, and the elements of its lists.
type shapes struct {
	scalars map[string]bool
	objects int // how many
	fields  map[string]*shapes
	present map[string]int // how many objects have the field
	list    *shapes        // nil if there is no list
}

// maxTokens is the number of tokens of a JSON text beyond which it has no shape. A page of
// three thousand servers has fewer.
const maxTokens = 200_000

// isLarge reports whether a text begins with more tokens of JSON than maxTokens. Decoding
// many small values needs much more memory than their text.
func isLarge(text []byte) bool {
	tokens := json.NewDecoder(bytes.NewReader(text))
	tokens.UseNumber()
	for range maxTokens {
		if _, err := tokens.Token(); err != nil {
			return false
		}
	}
	return true
}

// shapeOf returns the shape of a JSON text, and whether it is one.
func shapeOf(text []byte) (shape any, ok bool) {
	var value any
	if json.Unmarshal(text, &value) != nil {
		return nil, false
	}
	s := &shapes{}
	s.add(value, 0)
	return s.encode(), true
}

// add adds a value.
func (s *shapes) add(value any, depth int) {
	switch value := value.(type) {
	case map[string]any:
		s.objects++
		if depth == maxDepth {
			s.addScalar("more")
			return
		}
		for _, name := range sortedFields(value) {
			s.addField(name, value[name], depth)
		}
	case []any:
		if s.list == nil {
			s.list = &shapes{}
		}
		if depth == maxDepth {
			s.addScalar("more")
			return
		}
		for _, element := range value {
			s.list.add(element, depth+1)
		}
	default:
		s.addScalar(kindOf(value))
	}
}

func (s *shapes) addScalar(kind string) {
	if s.scalars == nil {
		s.scalars = map[string]bool{}
	}
	s.scalars[kind] = true
}

func (s *shapes) addField(name string, value any, depth int) {
	if s.fields == nil {
		s.fields, s.present = map[string]*shapes{}, map[string]int{}
	}
	masked := fieldNameOf(name)
	object, isObject := value.(map[string]any)
	isMap := isObject && (slices.Contains(mapFields, strings.ToLower(name)) || hasOtherKeys(name, object))
	if s.fields[masked] == nil {
		if len(s.fields) == maxFields {
			masked = "<more>"
		}
		s.fields[masked] = &shapes{}
	}
	s.present[masked]++
	if isMap {
		s.fields[masked].addScalar("map")
		return
	}
	s.fields[masked].add(value, depth+1)
}

// sortedFields returns the names of the fields of an object in the order of their masked
// names, so that the names decide nothing: of many fields, only the first are in a shape.
func sortedFields(object map[string]any) []string {
	return slices.SortedFunc(maps.Keys(object), func(a, b string) int {
		return cmp.Or(strings.Compare(fieldNameOf(a), fieldNameOf(b)), strings.Compare(a, b))
	})
}

var fieldName = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]*$`)

// hasOtherKeys reports whether the keys of an object may be names in a tenant: one cannot
// be the name of a field, none is a known one, or the object is in an unknown field, and
// not all are.
func hasOtherKeys(name string, object map[string]any) bool {
	known := 0
	for key := range object {
		if !fieldName.MatchString(key) {
			return true
		}
		if knownFields[key] {
			known++
		}
	}
	return known < len(object) && (known == 0 || !knownFields[name])
}

// encode returns the shape as JSON: a text for scalars, such as "null | timestamp", an
// object with the shape of each field, a list with the shape of its elements, or a list
// {"any_of": [...]} of several. The name of a field that some objects do not have ends
// with a question mark.
func (s *shapes) encode() any {
	var alternatives []any
	if len(s.scalars) > 0 {
		kinds := make([]string, 0, len(s.scalars))
		for kind := range s.scalars {
			kinds = append(kinds, kind)
		}
		slices.Sort(kinds)
		alternatives = append(alternatives, strings.Join(kinds, " | "))
	}
	if s.objects > 0 {
		object := map[string]any{}
		for name, field := range s.fields {
			if s.present[name] < s.objects {
				name += "?"
			}
			object[name] = field.encode()
		}
		alternatives = append(alternatives, object)
	}
	if s.list != nil {
		elements := []any{}
		if element := s.list.encode(); element != nil {
			elements = append(elements, element)
		}
		alternatives = append(alternatives, elements)
	}
	switch len(alternatives) {
	case 0:
		return nil
	case 1:
		return alternatives[0]
	}
	return map[string]any{"any_of": alternatives}
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{4}-[0-9a-fA-F]{12}$`)

// kindOf returns the kind of a scalar.
func kindOf(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case string:
		return kindOfText(value)
	}
	return "unknown"
}

func kindOfText(text string) string {
	switch at, err := time.Parse(time.RFC3339, text); {
	case text == "":
		return "empty text"
	case err == nil && at.Year() <= 1:
		return "zero timestamp" // (API.md, zero-timestamp)
	case err == nil:
		return "timestamp"
	case uuidText.MatchString(text):
		return "uuid"
	}
	return "text"
}
