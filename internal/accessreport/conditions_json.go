package accessreport

import (
	"encoding/json"
	"io"
	"strings"
)

// json parses a cell that is a JSON array or object, and reports whether it is
// one. An array is a list of groups. A member of an object is a term and whether
// it is required; a member that is not understood makes the complete cell unclear,
// because it may disable the others.
func (p *conditionsParser) json(cell string) bool {
	cell = strings.TrimSpace(cell)
	if !strings.HasPrefix(cell, "[") && !strings.HasPrefix(cell, "{") || !json.Valid([]byte(cell)) {
		return false
	}
	// Read tokens, because a map would contain only the last of equal names.
	decoder := json.NewDecoder(strings.NewReader(cell))
	decoder.UseNumber()
	for {
		token, err := decoder.Token()
		if err == io.EOF {
			return true
		}
		if err != nil {
			p.ambiguous = true
			return true
		}
		switch token := token.(type) {
		case string:
			p.text(token, 1)
		case json.Delim:
			if token == '{' {
				p.object(decoder)
			}
		case nil: // none
		default:
			p.ambiguous = true
		}
	}
}

// object parses the members of an object, whose start has been read.
func (p *conditionsParser) object(decoder *json.Decoder) {
	for decoder.More() {
		name, _ := decoder.Token()
		var value json.RawMessage
		if decoder.Decode(&value) != nil {
			p.ambiguous = true
			return
		}
		text, _ := name.(string)
		c := readPlainTerm(text)
		kind := kindOfValue(unquote(string(value)))
		switch {
		case c.kind == clauseRequires && kind == clauseRequires:
			p.required = append(p.required, c.terms)
		case c.kind == clauseRequires && kind == clauseNegates, c.kind == clauseNegates && kind == clauseRequires:
			p.denied = p.denied.or(c.terms)
		default:
			p.ambiguous = true
		}
	}
}
