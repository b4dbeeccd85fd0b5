package opasim

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
)

// shape is what the values at one place of a JSON text are: scalars of some kinds,
// objects or lists.
type shape struct {
	kinds  []string
	object map[string]field // by masked name; nil if no value is an object
	list   *shape           // of the elements; nil if no value is a list
}

// field is a field of objects.
type field struct {
	shape    *shape
	optional bool
	pattern  *regexp.Regexp // of a masked name
}

// shapeKinds are the kinds of scalars, in the order in which one replaces a value.
var shapeKinds = []string{"text", "uuid", "timestamp", "number", "bool", "map", "empty text", "zero timestamp", "null", "more", "unknown"}

// compileShape returns the shape that a profile writes as JSON: a text for scalars, such
// as "null | timestamp", an object with a shape for each field, a list with the shape of
// its elements, or {"any_of": […]} of several. A field with a question mark is optional.
func compileShape(value any) (*shape, error) {
	s := &shape{}
	err := s.add(value)
	return s, err
}

func (s *shape) add(value any) error {
	switch value := value.(type) {
	case string:
		if s.kinds != nil {
			return errors.New("body: any_of has kinds of scalars twice")
		}
		s.kinds = strings.Split(value, " | ")
		for _, kind := range s.kinds {
			if !slices.Contains(shapeKinds, kind) {
				return fmt.Errorf("body: kind %q: want one of %s", kind, strings.Join(shapeKinds, ", "))
			}
		}
	case map[string]any:
		if alternatives, ok := value["any_of"]; ok && len(value) == 1 {
			return s.addAlternatives(alternatives)
		}
		return s.addFields(value)
	case []any:
		switch {
		case s.list != nil:
			return errors.New("body: any_of has two lists")
		case len(value) > 1:
			return errors.New("body: a list has more than one shape")
		}
		s.list = &shape{}
		if len(value) == 1 {
			return s.list.add(value[0])
		}
	default:
		return fmt.Errorf("body: got %v, want a shape: a text, an object or a list", value)
	}
	return nil
}

// addAlternatives adds the shapes of any_of. The name of a real field would be masked.
func (s *shape) addAlternatives(value any) error {
	alternatives, ok := value.([]any)
	if !ok || len(alternatives) < 2 {
		return errors.New("body: any_of: want a list of two or three shapes")
	}
	for _, alternative := range alternatives {
		if err := s.add(alternative); err != nil {
			return err
		}
	}
	return nil
}

func (s *shape) addFields(object map[string]any) error {
	if s.object != nil {
		return errors.New("body: any_of has two objects")
	}
	s.object = map[string]field{}
	for written, value := range object {
		name, optional := strings.CutSuffix(written, "?")
		if _, twice := s.object[name]; twice {
			return fmt.Errorf("body: the field %q occurs twice", name)
		}
		f := field{shape: &shape{}, optional: optional, pattern: maskPattern(name)}
		if err := f.shape.add(value); err != nil {
			return err
		}
		s.object[name] = f
	}
	return nil
}

// empty reports whether no value was observed.
func (s *shape) empty() bool { return s.kinds == nil && s.object == nil && s.list == nil }

// accepts reports whether a value needs no replacement, apart from its fields or elements.
func (s *shape) accepts(value any) bool {
	switch value.(type) {
	case map[string]any:
		return s.object != nil || slices.Contains(s.kinds, "map")
	case []any:
		return s.list != nil
	}
	return slices.Contains(s.kinds, kindOfValue(value))
}

// mapFields are the fields whose keys are no names of fields.
var mapFields = []string{"labels", "tags", "attributes", "annotations", "metadata", "properties"}

// kindOfValue returns the kind of a scalar.
func kindOfValue(value any) string {
	switch value := value.(type) {
	case nil:
		return "null"
	case bool:
		return "bool"
	case float64:
		return "number"
	case string:
		switch at, err := time.Parse(time.RFC3339, value); {
		case value == "":
			return "empty text"
		case err == nil && at.Year() <= 1:
			return "zero timestamp"
		case err == nil:
			return "timestamp"
		case len(value) == 36 && uuidText.MatchString(value):
			return "uuid"
		}
		return "text"
	}
	return "unknown"
}

var uuidText = regexp.MustCompile(`^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$`)

// alternative returns a placeholder of one of the alternatives of a shape.
func (s *shape) alternative(n int) any {
	count := len(s.kinds)
	if s.object != nil {
		count++
	}
	if s.list != nil {
		count++
	}
	if count == 0 {
		return nil
	}
	switch n %= count; {
	case n < len(s.kinds):
		return placeholderOf(s.kinds[n])
	case n == len(s.kinds) && s.object != nil:
		return map[string]any{}
	case s.list.empty():
		return []any{}
	}
	return []any{s.list.alternative(0)}
}

// placeholderOf returns a value of a kind.
func placeholderOf(kind string) any {
	switch kind {
	case "text":
		return "simulated"
	case "uuid":
		return idOf("placeholder")
	case "timestamp":
		return defaultRegisteredAt
	case "number":
		return float64(1)
	case "bool":
		return true
	case "map":
		return map[string]any{"simulated": "simulated"}
	case "empty text":
		return ""
	case "zero timestamp":
		return zeroTimestamp
	case "more":
		return map[string]any{}
	}
	return nil
}

// replacement returns the value in place of one that the shape does not accept.
func (s *shape) replacement(value any, name string) any {
	text, isText := value.(string)
	none := value == nil || isText && (text == "" || text == zeroTimestamp)
	if isText && slices.Contains(identifyingFields, name) {
		return value // the tenant would not be about the objects of the world
	}
	kinds := shapeKinds
	switch {
	case name == "deleted_at" && !none:
		return value // an object is not restored
	case name == "deleted_at":
		kinds = noneKinds // and not deleted
	case none:
		kinds = slices.Concat(noneKinds, shapeKinds)
	}
	for _, kind := range kinds {
		if slices.Contains(s.kinds, kind) {
			return placeholderOf(kind)
		}
	}
	if name == "deleted_at" {
		return nil
	}
	return s.alternative(0)
}

// noneKinds are the kinds of values that mean none.
var noneKinds = []string{"null", "zero timestamp", "empty text"}

// identifyingFields are the fields by which objects are found. Their texts are not replaced,
// and they are not removed from some objects of a list.
var identifyingFields = []string{"id", "name", "hostname", "status", "details"}

// conform returns values of the shape: the given ones where they have it, with the fields
// that objects of the shape have, otherwise placeholders. name is the field of the values.
func (s *shape) conform(values []any, name string) []any {
	values = slices.Clone(values)
	var objects []map[string]any
	var elements []any
	for i, value := range values {
		if !s.accepts(value) {
			values[i] = s.replacement(value, name)
		}
		switch value := values[i].(type) {
		case map[string]any:
			switch {
			case s.object == nil && slices.Contains(s.kinds, "map") && !slices.Contains(mapFields, name):
				values[i] = withOtherKey(value)
			case s.object != nil && (name != "details" || !s.hasOtherSubject(value)):
				objects = append(objects, value)
			}
		case []any:
			if s.list == nil {
				continue
			}
			if s.list.empty() {
				values[i] = []any{}
				continue
			}
			elements = append(elements, value...)
		}
	}
	s.conformFields(objects)
	if s.list == nil || s.list.empty() {
		return values
	}
	elements = s.list.conform(elements, "")
	for i, value := range values {
		if list, ok := value.([]any); ok {
			values[i], elements = append([]any{}, elements[:len(list)]...), elements[len(list):]
		}
	}
	return values
}

// withOtherKey returns an object of the API as one whose keys may be names in a tenant. Its
// fields remain, because it may identify an object of the world.
func withOtherKey(object map[string]any) map[string]any {
	object = maps.Clone(object)
	object["simulated-key"] = "simulated" // no name of a field has a hyphen
	return object
}

// hasOtherSubject reports whether the details of a report are about a kind of subject that
// the shape does not have. They remain: the report would be about nothing.
func (s *shape) hasOtherSubject(details map[string]any) bool {
	for kind, other := range map[string]string{"user": "resource", "resource": "user"} {
		_, has := details[kind]
		_, known := s.object[kind]
		if _, ofOther := s.object[other]; has && !known && ofOther {
			return true
		}
	}
	return false
}

// conformFields adds the missing fields of objects, removes others, and replaces values.
func (s *shape) conformFields(objects []map[string]any) {
	if len(objects) == 0 {
		return
	}
	keep := map[string]bool{}
	for at, masked := range slices.Sorted(maps.Keys(s.object)) {
		f := s.object[masked]
		name := s.fieldName(masked, f, objects, at)
		keep[name] = true
		f.addTo(objects, name)
		var with []map[string]any
		var values []any
		for _, object := range objects {
			if value, ok := object[name]; ok {
				with, values = append(with, object), append(values, value)
			}
		}
		for i, value := range f.shape.conform(values, name) {
			with[i][name] = value
		}
	}
	for _, object := range objects {
		maps.DeleteFunc(object, func(name string, _ any) bool { return !keep[name] })
	}
}

// fieldName returns the name of a field. A masked name is that of the objects' field which
// it stands for, otherwise a placeholder.
func (s *shape) fieldName(masked string, f field, objects []map[string]any, number int) string {
	if f.pattern == nil {
		return masked
	}
	for _, object := range objects {
		for _, name := range slices.Sorted(maps.Keys(object)) {
			if _, literal := s.object[name]; !literal && f.pattern.MatchString(name) {
				return name
			}
		}
	}
	return unmask(masked, number)
}

// addTo adds the field to the objects without it. An optional field is missing in some of
// several objects.
func (f field) addTo(objects []map[string]any, name string) {
	var without []map[string]any
	for _, object := range objects {
		if _, ok := object[name]; !ok {
			without = append(without, object)
		}
	}
	last := objects[len(objects)-1]
	switch {
	case !f.optional:
		for i, object := range without {
			object[name] = f.shape.alternative(i)
		}
	case len(objects) == 1:
	case len(without) == len(objects):
		objects[0][name] = f.shape.alternative(0)
	case len(without) == 0 && !slices.Contains(identifyingFields, name):
		delete(last, name)
	}
}

// distance returns how much values differ from the shape. 0 means that they have it.
func (s *shape) distance(values []any) (d int) {
	var objects []map[string]any
	var elements []any
	seen := map[string]bool{}
	for _, value := range values {
		if !s.accepts(value) {
			d += 2
			continue
		}
		switch value := value.(type) {
		case map[string]any:
			seen["object"] = true
			objects = append(objects, value)
		case []any:
			seen["list"] = true
			elements = append(elements, value...)
		default:
			seen[kindOfValue(value)] = true
		}
	}
	for _, kind := range s.kinds {
		if !seen[kind] && kind != "map" {
			d++
		}
	}
	if s.object != nil && len(objects) > 0 {
		d += s.distanceOfFields(objects)
	}
	if s.list != nil && (len(elements) > 0) == s.list.empty() && len(values) > 0 {
		d += 2
	}
	if s.list != nil && len(elements) > 0 {
		d += s.list.distance(elements)
	}
	return d
}

func (s *shape) distanceOfFields(objects []map[string]any) (d int) {
	known := map[string]bool{}
	for at, masked := range slices.Sorted(maps.Keys(s.object)) {
		f := s.object[masked]
		name := s.fieldName(masked, f, objects, at)
		known[name] = true
		var values []any
		for _, object := range objects {
			if value, ok := object[name]; ok {
				values = append(values, value)
			}
		}
		switch missing := len(objects) - len(values); {
		case f.optional && (missing == 0 || len(values) == 0):
			d++
		case !f.optional:
			d += 2 * min(missing, 1)
		}
		if len(values) > 0 {
			d += f.shape.distance(values)
		}
	}
	unknown := map[string]bool{}
	for _, object := range objects {
		for name := range object {
			if !known[name] {
				unknown[name] = true
			}
		}
	}
	return d + 2*len(unknown)
}
