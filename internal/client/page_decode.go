package client

import (
	"context"
	"encoding/json"
	"io"
	"slices"
	"strings"
	"unicode/utf8"
)

// decodePage decodes one page of a list: {"list": [ … ]}, where the list may contain
// lists (API.md, report-list-shape). The list may be null, and it may be missing in
// an empty object (API.md, list-shape). Any other response is an error, not an empty
// list.
//
// claim is the field of the page that indicates another page; empty for none.
func decodePage[T any](ctx context.Context, r *response, large slot) (elements []T, claim ServerText, err error) {
	if len(r.body) > largeBody {
		if err := large.take(ctx); err != nil {
			return nil, ServerText{}, err
		}
		defer large.release()
	}
	switch {
	case !utf8.ValidString(r.body):
		return nil, ServerText{}, protocolErrorf("JSON that is not UTF-8")
	case strings.Count(r.body, ",") > maxPageValues:
		return nil, ServerText{}, protocolErrorf("a page of a list has more than %d values", maxPageValues)
	}
	source := &pageSource{rest: r.body, ended: ctx.Err}
	d := &pageDecoder[T]{response: r, source: source, json: json.NewDecoder(source)}
	d.json.UseNumber()
	if err := d.page(); err != nil {
		return nil, ServerText{}, err
	}
	return slices.Concat(append(d.full, d.elements)...), d.claim, nil
}

// pageSource passes a page to the decoder in small pieces, so that decoding stops when
// the context ends or a value is too large.
type pageSource struct {
	rest  string
	ended func() error // the context's Err
	read  int64
	value int64 // start of the value that is being decoded
	err   error // why reading stopped before the end
}

// readAhead is the maximum size of a piece.
const readAhead = 64 << 10

func (s *pageSource) Read(p []byte) (int, error) {
	if s.err = s.ended(); s.err == nil && s.read-s.value > maxObject {
		s.err = protocolErrorf("a page of a list has a value larger than 1 MiB")
	}
	switch {
	case s.err != nil:
		return 0, s.err
	case s.rest == "":
		return 0, io.EOF
	}
	n := copy(p[:min(len(p), readAhead)], s.rest)
	s.rest = s.rest[n:]
	s.read += int64(n)
	return n, nil
}

// pageDecoder decodes a page in one pass, value by value.
type pageDecoder[T any] struct {
	response *response
	source   *pageSource
	json     *json.Decoder

	// Elements are collected in pieces, because growing a slice allocates several times its
	// size.
	full     [][]T
	elements []T
	lists    int // begun so far
	claim    ServerText
}

func (d *pageDecoder[T]) page() error {
	start, err := d.token()
	switch {
	case err != nil:
		return d.fail(d.response.describe()+" in an unknown format", err)
	case start != json.Delim('{'):
		return protocolErrorf("JSON without a list")
	}
	found, others := false, false
	for d.json.More() {
		name, err := d.token()
		if err != nil {
			return d.fail("JSON in an unknown format", err)
		}
		switch {
		case name != "list":
			others = true
			err = d.other(name.(string)) //nolint:forcetypeassert,errcheck // names of fields are texts
		case found:
			err = protocolErrorf("JSON with two lists")
		default:
			found = true
			err = d.list()
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return d.fail("JSON in an unknown format", err)
	}
	if _, err := d.token(); err != io.EOF { //nolint:errorlint // as Token returns it
		return d.fail("JSON with trailing data", err)
	}
	if others && !found {
		return protocolErrorf("JSON without a list")
	}
	return nil
}

// other reads a field besides the list.
func (d *pageDecoder[T]) other(name string) error {
	var value any
	if err := d.decode(&value); err != nil {
		return d.fail("JSON in an unknown format", err)
	}
	if d.claim == (ServerText{}) {
		d.claim = d.response.redact(continuation(name, value))
	}
	return nil
}

// list reads the value of the field "list".
func (d *pageDecoder[T]) list() error {
	switch d.next() {
	case 'n':
		return d.null()
	case '[':
		return d.array(1)
	}
	return protocolErrorf("a list in an unknown format")
}

// null reads null, or fails.
func (d *pageDecoder[T]) null() error {
	if _, err := d.token(); err != nil {
		return d.fail("a list in an unknown format", err)
	}
	return nil
}

// array reads a list, and the lists in it if there are any.
func (d *pageDecoder[T]) array(depth int) error {
	if _, err := d.token(); err != nil {
		return d.fail("a list in an unknown format", err)
	}
	d.lists++
	if d.lists > maxPageElements {
		return protocolErrorf("a page of a list has more than %d nested lists", maxPageElements)
	}
	for d.json.More() {
		var err error
		switch kind := d.next(); {
		case kind == 'n':
			err = protocolErrorf("a list has a null element")
		case kind == '[' && depth == maxListDepth:
			err = protocolErrorf("a list is nested more than twice")
		case kind == '[':
			err = d.array(depth + 1)
		default:
			err = d.element()
		}
		if err != nil {
			return err
		}
	}
	if _, err := d.token(); err != nil {
		return d.fail("a list in an unknown format", err)
	}
	return nil
}

// maxListDepth allows a list of lists.
const maxListDepth = 2

const elementsPiece = 1000

func (d *pageDecoder[T]) element() error {
	if len(d.elements) == elementsPiece {
		d.full, d.elements = append(d.full, d.elements), make([]T, 0, elementsPiece)
	}
	if len(d.full)*elementsPiece+len(d.elements) == maxPageElements {
		return protocolErrorf("a page of a list has more than %d elements", maxPageElements)
	}
	var element T
	if err := d.decode(&element); err != nil {
		return d.fail("a list with an element in an unknown format", err)
	}
	d.elements = append(d.elements, element)
	return nil
}

func (d *pageDecoder[T]) token() (json.Token, error) {
	d.source.value = d.json.InputOffset()
	return d.json.Token()
}

func (d *pageDecoder[T]) decode(into any) error {
	d.source.value = d.json.InputOffset()
	return d.json.Decode(into)
}

// next returns the first byte of the next value, or 0 at the end. The decoder cannot peek.
// Reading the value checks the commas before it.
func (d *pageDecoder[T]) next() byte {
	rest := strings.TrimLeft(d.response.body[d.json.InputOffset():], " \t\r\n,:")
	if rest == "" {
		return 0
	}
	return rest[0]
}

// fail returns the error of the source, or an error for a malformed page.
func (d *pageDecoder[T]) fail(what string, err error) error {
	switch {
	case d.source.err != nil:
		return d.source.err
	case err == nil:
		return protocolErrorf("%s", what)
	}
	return protocolErrorf("%s (%s)", what, d.response.redact(err.Error()))
}
