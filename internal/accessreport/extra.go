package accessreport

import (
	"cmp"
	"encoding/binary"
	"iter"
	"maps"
	"slices"
	"unique"
)

// Extra contains the cells of a row in unknown columns, by header text. The zero value
// is empty. Values are equal (==) if they have the same cells.
type Extra struct {
	// names are the header texts, sorted and encoded. Rows of a report share them.
	names unique.Handle[string]
	cells string // encoded, in the order of the names
}

// NewExtra returns an Extra with the cells of a map by header text.
func NewExtra(cells map[string]string) Extra {
	if len(cells) == 0 {
		return Extra{}
	}
	names := slices.Sorted(maps.Keys(cells))
	values := make([]string, len(names))
	for i, name := range names {
		values[i] = cells[name]
	}
	return Extra{unique.Make(encodeTexts(names)), encodeTexts(values)}
}

// All yields the header texts, sorted, with their cells.
func (e Extra) All() iter.Seq2[string, string] {
	return func(yield func(name, cell string) bool) {
		if e == (Extra{}) {
			return
		}
		names, cells := e.names.Value(), e.cells
		for names != "" {
			var name, cell string
			name, names = nextText(names)
			cell, cells = nextText(cells)
			if !yield(name, cell) {
				return
			}
		}
	}
}

// Names returns the header texts, sorted.
func (e Extra) Names() (names []string) {
	for name := range e.All() {
		names = append(names, name)
	}
	return names
}

// Len returns the number of cells.
func (e Extra) Len() (n int) {
	for range e.All() {
		n++
	}
	return n
}

// Equal reports whether both have the same cells.
func (e Extra) Equal(other Extra) bool { return e == other }

// sameNames reports whether both have cells in the same columns.
func (e Extra) sameNames(other Extra) bool { return e.names == other.names }

// extraNames returns the header texts of the unknown columns that any of the rows has,
// sorted.
func extraNames(rows []Row) []string {
	names := map[string]bool{}
	var last Extra
	for i := range rows {
		if rows[i].Extra.sameNames(last) {
			continue
		}
		last = rows[i].Extra
		for name := range last.All() {
			names[name] = true
		}
	}
	return slices.Sorted(maps.Keys(names))
}

// compare orders values by their header texts and cells.
func (e Extra) compare(other Extra) int {
	if e == other {
		return 0
	}
	next, stop := iter.Pull2(other.All())
	defer stop()
	for name, cell := range e.All() {
		otherName, otherCell, ok := next()
		if !ok {
			return 1
		}
		if order := cmp.Or(cmp.Compare(name, otherName), cmp.Compare(cell, otherCell)); order != 0 {
			return order
		}
	}
	return -1
}

// encodeTexts returns the concatenated texts, each with its length before it.
func encodeTexts(texts []string) string {
	size := 0
	for _, text := range texts {
		size += binary.MaxVarintLen32 + len(text)
	}
	encoded := make([]byte, 0, size)
	for _, text := range texts {
		encoded = binary.AppendUvarint(encoded, uint64(len(text)))
		encoded = append(encoded, text...)
	}
	return string(encoded)
}

// nextText returns the first text of an encoding by encodeTexts, and the rest.
func nextText(encoded string) (text, rest string) {
	var length uint64
	for i, shift := 0, 0; ; i, shift = i+1, shift+7 {
		length |= uint64(encoded[i]&0x7f) << shift
		if encoded[i] < 0x80 {
			encoded = encoded[i+1:]
			return encoded[:length], encoded[length:]
		}
	}
}
