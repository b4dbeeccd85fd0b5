package opasim

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/http"
)

// bodyKind is what a body is.
type bodyKind string

// The kinds of bodies that a profile names. Any other body is the shape of a JSON text.
const (
	emptyBody bodyKind = "empty"
	htmlBody  bodyKind = "html"
	csvBody   bodyKind = "csv"
	textBody  bodyKind = "text"
	largeBody bodyKind = "large"
	jsonBody  bodyKind = "json"
)

// bodyWords are the kinds that a profile names. "text" can also be a JSON string, which no
// response of the API is.
var bodyWords = []bodyKind{emptyBody, htmlBody, csvBody, textBody, largeBody}

// kindOfBody returns the kind of the body of a response, and the value of a JSON text.
func kindOfBody(resp *response, download bool) (kind bodyKind, value any) {
	text := bytes.TrimSpace(resp.body)
	switch {
	case len(resp.body) == 0:
		return emptyBody, nil
	case bytes.HasPrefix(text, []byte("<")):
		return htmlBody, nil
	case download && resp.status == http.StatusOK && text[0] != '{' && text[0] != '[':
		return csvBody, nil
	case json.Unmarshal(text, &value) == nil:
		return jsonBody, value
	}
	return textBody, nil
}

// bodyOf returns a body of the kind and the shape of a response.
func (r *profileResponse) bodyOf() []byte {
	switch r.kind {
	case emptyBody:
		return nil
	case htmlBody:
		return []byte("<!DOCTYPE html>\n<title>Simulated page</title>\n")
	case jsonBody:
		value := r.shape.conform([]any{map[string]any{}}, "")[0]
		r.setError(value)
		return encodeJSON(value)
	case csvBody, textBody, largeBody:
	}
	return []byte("simulated\n")
}

// setError sets the fields of an error that have a meaning.
func (r *profileResponse) setError(value any) {
	object, ok := value.(map[string]any)
	if !ok || r.Status < 400 {
		return
	}
	if _, ok := object["code"].(float64); ok {
		object["code"] = r.Status
	}
	for _, name := range []string{"type", "nottype"} {
		if _, ok := object[name].(string); ok && r.ErrorType != "" {
			object[name] = unmask(r.ErrorType, 0)
			return
		}
	}
}

// conformBody returns a JSON value in the shape of a response. The elements of a list are
// those of the value: a profile has the shape of elements, not their number.
func (s *shape) conformBody(value any) any {
	object, ok := value.(map[string]any)
	list, isList := object["list"]
	elements := leaves(list)
	if !ok || !isList || s.object == nil || len(elements) == 0 {
		return s.conform([]any{value}, "")[0]
	}
	if element := s.element(); element != nil {
		conformed := element.conform(elements, "")
		list, _ = replaceLeaves(list, conformed)
	}
	others := &shape{object: maps.Clone(s.object)}
	delete(others.object, "list")
	rest := maps.Clone(object)
	delete(rest, "list")
	others.conformFields([]map[string]any{rest})
	rest["list"] = list
	return rest
}

// distanceOfBody returns how much a JSON value differs from the shape.
func (s *shape) distanceOfBody(value any) int {
	object, ok := value.(map[string]any)
	list, isList := object["list"]
	if !ok || !isList || s.object == nil {
		return s.distance([]any{value})
	}
	const otherList = 1000 // more than elements with other fields
	switch elements, element := leaves(list), s.element(); {
	case len(elements) == 0 && element != nil, len(elements) > 0 && element == nil:
		return otherList
	case len(elements) == 0:
		return s.distance([]any{value})
	default:
		return element.distance(elements)
	}
}

// element returns the shape of the elements of a list, or nil if none was observed.
func (s *shape) element() *shape {
	at := s.object["list"].shape
	for at != nil && at.list != nil && at.object == nil {
		at = at.list
	}
	if at == nil || at.object == nil {
		return nil
	}
	return at
}

// leaves returns the elements of a list that may be nested.
func leaves(value any) (elements []any) {
	list, ok := value.([]any)
	if !ok {
		return nil
	}
	for _, element := range list {
		if _, nested := element.([]any); nested {
			elements = append(elements, leaves(element)...)
			continue
		}
		elements = append(elements, element)
	}
	return elements
}

// replaceLeaves returns a list with other elements, and the elements that remain.
func replaceLeaves(value any, elements []any) (replaced any, rest []any) {
	list, ok := value.([]any)
	if !ok {
		return elements[0], elements[1:]
	}
	copied := make([]any, len(list))
	for i := range list {
		copied[i], elements = replaceLeaves(list[i], elements)
	}
	return copied, elements
}

func encodeJSON(value any) []byte {
	body, err := json.Marshal(value)
	if err != nil {
		panic("opasim: " + err.Error())
	}
	return body
}
