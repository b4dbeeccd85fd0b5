package accessreport

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// ApprovalAttributes are the names of the attributes of an approval that have a meaning,
// by their normalized names. Upper and lower case, spaces and underscores do not matter,
// because Encode writes headings such as "User Name".
type ApprovalAttributes struct {
	byName  map[string]string
	columns []string // unknown columns of the rows, which limit an approval
}

// NewApprovalAttributes returns the attributes of an approval. More are the names of
// attributes that the caller reads.
func NewApprovalAttributes(more ...string) ApprovalAttributes {
	a := ApprovalAttributes{byName: map[string]string{}}
	for _, name := range slices.Concat(ColumnNames(), []string{approvalSubjectID, approvalExpiresAt, approvalApprovedBy, approvalReason}, more) {
		a.byName[normalize(name)] = name
	}
	return a
}

// With returns the attributes of an approval of rows: their unknown columns limit it.
func (a ApprovalAttributes) With(rows []Row) ApprovalAttributes {
	a.columns = extraNames(rows)
	return a
}

// Names returns the attributes with a meaning among those of an approval: their names by
// the names that NewApproval uses. If two have the same meaning, or if other attributes
// are neither informational nor unknown columns of the rows, it returns the problem as the
// rest of a sentence. It names all of them, because an export can have many.
func (a ApprovalAttributes) Names(written []string) (known map[string]string, problem string) {
	known = map[string]string{}
	var others []string
	for _, name := range slices.Sorted(slices.Values(written)) {
		meaning, ok := a.byName[normalize(name)]
		switch other, again := known[meaning]; {
		case !ok:
			others = append(others, name)
		case again:
			problem = fmt.Sprintf("has the attributes %s and %s, which mean the same. Remove one of them", quoteCell(other), quoteCell(name))
		default:
			known[meaning] = name
		}
	}
	var unknown []string
	for _, name := range others {
		if slices.ContainsFunc(a.columns, func(column string) bool { return sameName(name, column) }) {
			continue // limitBy checks it
		}
		if like := a.misspelled(name, known); like != "" {
			problem = cmp.Or(problem, fmt.Sprintf("has the attribute %s, which is not known. If it means %s, correct its name. %s", quoteName(name), like, otherwise))
		} else if !isInformational(name) {
			unknown = append(unknown, name)
		}
	}
	return known, cmp.Or(problem, problemOfUnknown(unknown))
}

const otherwise = "Otherwise, move its text to reason, or remove it"

// maxUnknownNames is the maximum number of names in an error. An export can have many.
const maxUnknownNames = 40

// problemOfUnknown returns why other attributes cannot be kept, or "".
func problemOfUnknown(names []string) string {
	const limit = "use privileges, conditions or expires_at"
	switch len(names) {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("has the attribute %s, which is not known and would be ignored. If it limits the approval, %s. %s", quoteName(names[0]), limit, otherwise)
	}
	var quoted []string
	for _, name := range names[:min(len(names), maxUnknownNames)] {
		quoted = append(quoted, quoteName(name))
	}
	first, last := quoted[:len(quoted)-1], quoted[len(quoted)-1]
	if more := len(names) - len(quoted); more > 0 {
		first, last = quoted, fmt.Sprintf("%d more", more)
	}
	list := strings.Join(first, ", ") + " and " + last
	return fmt.Sprintf("has the attributes %s, which are not known and would be ignored. If one of them limits the approval, %s. %s", list, limit, otherwise)
}

// WithinProblem returns why an attribute at a path within the value of another attribute
// cannot be kept, as the rest of a sentence, or "". Tags may have any name that does not
// look like a limit.
func (a ApprovalAttributes) WithinProblem(other, path, name string) string {
	meaning, known := a.byName[normalize(name)]
	if !known {
		meaning = a.misspelled(name, map[string]string{UserName.String(): ""})
	}
	switch {
	case meaning != "":
		return fmt.Sprintf("has the attribute %s, which would be ignored there. If it means %s, move it to the approval itself. Otherwise, rename or remove it", quoteName(path), meaning)
	case isTags(other) && !isLimit(name):
	case isTags(other):
		return fmt.Sprintf("has the tag %s, whose name looks like a limit or a decision, which would be ignored. "+
			"If it limits the approval, use privileges, conditions or expires_at. Otherwise, rename or remove it", quoteName(path))
	case !isInformational(NameWithin(other, name)):
		return fmt.Sprintf("has the attribute %s, which is not known and would be ignored. Move its text to reason, or remove it", quoteName(path))
	}
	return ""
}

// NameWithin returns the name of an attribute within the value of another attribute. It
// includes the name of the other one if its meaning depends on it: "owner name" for the
// name of an owner.
func NameWithin(other, name string) string {
	outer, inner := nameWords(other), nameWords(name)
	if len(outer) == 0 || !namedWords[outer[len(outer)-1]] || len(inner) == 0 || !allIn(inner, namingWords) {
		return name
	}
	return other + " " + name
}

// isTags reports whether an attribute has this name because its value has tags.
func isTags(name string) bool {
	return slices.Contains([]string{"tag", "tags", "label", "labels"}, normalize(name))
}

// sameName reports whether an attribute has the header text of a column, or a similar one.
func sameName(name, column string) bool {
	return normalize(name) == normalize(column) || foldCell(name) == foldCell(column)
}

// quoteName quotes the name of an attribute. Letters of other scripts, which may look like
// ASCII letters, are also shown as escapes.
func quoteName(name string) string {
	quoted := quoteCell(name)
	if isASCII := strings.IndexFunc(name, func(r rune) bool { return r > unicode.MaxASCII }) < 0; isASCII {
		return quoted
	}
	runes := []rune(name)
	return quoted + " (" + strconv.QuoteToASCII(string(runes[:min(len(runes), maxQuotedRunes)])) + ")"
}

// misspelled returns the attribute that an unknown name may mean, or "". Limits are
// compared less strictly, because an approval without them approves more.
func (a ApprovalAttributes) misspelled(name string, known map[string]string) string {
	written := normalize(name)
	for c := range columnCount {
		if _, ok := known[c.String()]; !ok && slices.Contains(columns[c].spellings, written) {
			return c.String()
		}
	}
	for _, meaning := range slices.Sorted(maps.Values(a.byName)) {
		_, set := known[meaning]
		most := 1
		if slices.Contains([]string{Privileges.String(), Conditions.String(), approvalExpiresAt}, meaning) {
			most, set = 2, false
		}
		if !set && distance(written, normalize(meaning)) <= most {
			return meaning
		}
	}
	return ""
}

// distance returns the number of letters to insert, remove, replace or swap with their
// neighbor to get from one ASCII text to another.
func distance(a, b string) int {
	rows := make([][]int, len(a)+1)
	for i := range rows {
		rows[i] = make([]int, len(b)+1)
		rows[i][0] = i
	}
	for j := range rows[0] {
		rows[0][j] = j
	}
	for i := 1; i <= len(a); i++ {
		for j := 1; j <= len(b); j++ {
			replaced := rows[i-1][j-1]
			if a[i-1] != b[j-1] {
				replaced++
			}
			rows[i][j] = min(replaced, rows[i-1][j]+1, rows[i][j-1]+1)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				rows[i][j] = min(rows[i][j], rows[i-2][j-2]+1)
			}
		}
	}
	return rows[len(a)][len(b)]
}
