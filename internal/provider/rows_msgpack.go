package provider

import (
	"bytes"
	"errors"
	"fmt"

	"github.com/vmihailenco/msgpack/v5"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// This file writes rows as MessagePack. It relies on three properties of the
// protocol and of the framework:
//
//   - The framework encodes the object of a response as a map from attribute names
//     to values (DynamicValue.MsgPack, never its JSON).
//   - A null value is the single byte 0xc0, so the attribute rows can be found in
//     the encoded object. Exactly one attribute must match.
//   - In an object, every attribute is present, in any order. Terraform decodes it
//     by the names and the types of the schema.

// withRows returns an object of Terraform's protocol, in MessagePack, with its
// null attribute rows replaced by the rows.
func withRows(object []byte, rows []accessreport.Row) ([]byte, error) {
	in := msgpack.NewDecoder(bytes.NewReader(object))
	n, err := in.DecodeMapLen()
	if err != nil {
		return nil, fmt.Errorf("reading an object: %w", err)
	}
	places := 0
	var out bytes.Buffer
	out.Grow(min(len(object)+len(rows)*bytesOfRow, maxResponse))
	w := rowWriter{Encoder: msgpack.NewEncoder(&out), out: &out}
	w.note(w.EncodeMapLen(n))
	for range n {
		name, err := in.DecodeString()
		if err != nil {
			return nil, fmt.Errorf("reading an object: %w", err)
		}
		value, err := in.DecodeRaw()
		if err != nil {
			return nil, fmt.Errorf("reading an object: %w", err)
		}
		w.note(w.EncodeString(name))
		if name == "rows" && len(value) == 1 && value[0] == msgpackNil {
			places++
			w.rows(rows)
		} else {
			w.note(w.Encode(value))
		}
	}
	switch {
	case w.failure != nil:
		return nil, fmt.Errorf("writing an object: %w", w.failure)
	case places != 1:
		return nil, errors.New("the response has no null attribute rows")
	}
	return out.Bytes(), nil
}

// msgpackNil is null in MessagePack.
const msgpackNil = 0xc0

// bytesOfRow is the estimated size of a row, including the names of its
// attributes.
const bytesOfRow = 400

// rowWriter writes rows, and stores the first error.
type rowWriter struct {
	*msgpack.Encoder
	out     *bytes.Buffer
	failure error
}

func (w *rowWriter) note(err error) {
	if w.failure == nil {
		w.failure = err
	}
}

func (w *rowWriter) rows(rows []accessreport.Row) {
	w.note(w.EncodeArrayLen(len(rows)))
	for i := range rows {
		if w.out.Len() > maxResponse {
			return // insert returns an error for this size
		}
		w.row(&rows[i])
	}
}

func (w *rowWriter) row(row *accessreport.Row) {
	w.note(w.EncodeMapLen(len(rowTexts) + len(rowFlags) + 2))
	for _, text := range rowTexts {
		w.text(text.column.String(), row.Cell(text.column), row.MissingColumns.Has(text.column))
	}
	for _, flag := range rowFlags {
		w.note(w.EncodeString(flag.name))
		if flag.null(row) {
			w.note(w.EncodeNil())
		} else {
			w.note(w.EncodeBool(flag.value(row)))
		}
	}
	w.text(subjectIDName, row.SubjectID, row.SubjectID == "")
	w.note(w.EncodeString(extraName))
	if row.Extra == (accessreport.Extra{}) {
		w.note(w.EncodeNil())
		return
	}
	w.note(w.EncodeMapLen(row.Extra.Len()))
	for name, cell := range row.Extra.All() {
		w.note(w.EncodeString(name))
		w.note(w.EncodeString(cell))
	}
}

// text writes an attribute that is a text or null.
func (w *rowWriter) text(name, text string, null bool) {
	w.note(w.EncodeString(name))
	if null {
		w.note(w.EncodeNil())
	} else {
		w.note(w.EncodeString(text))
	}
}
