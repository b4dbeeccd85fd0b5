package accessreport

import (
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"strings"
	"unique"
)

// Extra holds the cells of a row in columns that the provider does not know, by
// their header texts. The zero value says that there are no such columns. Two
// Extras are equal by == if they hold the same texts.
//
// The header texts are shared by all rows of a report, so that many or long ones
// do not cost their size for each row.
type Extra struct {
	headers unique.Handle[string] // packed, sorted; the zero Handle where there are none
	cells   string                // packed, in the order of headers
}

// NewExtra returns an Extra with a cell for each header text.
func NewExtra(cells map[string]string) Extra {
	if len(cells) == 0 {
		return Extra{}
	}
	headers := slices.Sorted(maps.Keys(cells))
	var packedHeaders, packedCells []byte
	for _, header := range headers {
		packedHeaders = pack(packedHeaders, header)
		packedCells = pack(packedCells, cells[header])
	}
	return Extra{unique.Make(string(packedHeaders)), string(packedCells)}
}

// IsZero reports whether there are no extra columns.
func (e Extra) IsZero() bool { return e == Extra{} }

// Equal reports whether both hold the same header texts and cells, as == does.
func (e Extra) Equal(other Extra) bool { return e == other }

// All iterates over header texts and cells, sorted by header text.
func (e Extra) All() iter.Seq2[string, string] {
	return func(yield func(header, cell string) bool) {
		if e.IsZero() {
			return
		}
		headers, cells := e.headers.Value(), e.cells
		var header, cell string
		for headers != "" {
			header, headers = unpack(headers)
			cell, cells = unpack(cells)
			if !yield(header, cell) {
				return
			}
		}
	}
}

// Map returns the cells by their header texts, nil where there are none.
func (e Extra) Map() map[string]string {
	if e.IsZero() {
		return nil
	}
	return maps.Collect(e.All())
}

// Len returns the number of extra columns.
func (e Extra) Len() (n int) {
	for range e.All() {
		n++
	}
	return n
}

// compareExtra orders by header texts first, then by cells.
func compareExtra(a, b Extra) int {
	switch {
	case a == b:
		return 0
	case a.IsZero():
		return -1
	case b.IsZero():
		return 1
	case a.headers != b.headers:
		return comparePacked(a.headers.Value(), b.headers.Value())
	}
	return comparePacked(a.cells, b.cells)
}

func comparePacked(a, b string) int {
	for a != "" && b != "" {
		var x, y string
		x, a = unpack(a)
		y, b = unpack(b)
		if order := strings.Compare(x, y); order != 0 {
			return order
		}
	}
	return strings.Compare(a, b) // one is empty: the one with fewer texts is first
}

// pack appends a text to packed ones: its length, then the text.
func pack(packed []byte, text string) []byte {
	return append(binary.AppendUvarint(packed, uint64(len(text))), text...)
}

// unpack returns the first of packed texts, and the rest.
func unpack(packed string) (text, rest string) {
	length, shift := 0, 0
	for i := 0; ; i++ {
		length |= int(packed[i]&0x7f) << shift
		shift += 7
		if packed[i] < 0x80 {
			rest = packed[i+1:]
			return rest[:length], rest[length:]
		}
	}
}
