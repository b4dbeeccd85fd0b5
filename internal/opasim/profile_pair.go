package opasim

import (
	"cmp"
	"slices"
)

// reportPair are the entitlements in the reports on a user and on a server. A profile is of
// such a pair.
type reportPair struct {
	user, server []int // indexes of the entitlements in each report
}

// both returns the indexes of the entitlements in either report.
func (p reportPair) both() []int {
	all := slices.Concat(p.user, p.server)
	slices.Sort(all)
	return slices.Compact(all)
}

// largestPairs returns pairs of reports, those with the most rows first. In a large world,
// these are not all. omits reports whether the report of a kind does not have a row.
func largestPairs(all []entitlement, omits func(kind string, e *entitlement) bool) []reportPair {
	users, servers := &rowIndex[*User]{}, &rowIndex[*Host]{}
	for i := range all {
		if e := &all[i]; !omits("user", e) {
			users.add(e.user, i)
		}
		if e := &all[i]; !omits("resource", e) {
			servers.add(e.server, i)
		}
	}
	type sizedPair struct {
		reportPair

		rows int
	}
	ofUsers, ofServers := users.largest(), servers.largest()
	sized := make([]sizedPair, 0, len(ofUsers)*len(ofServers))
	for _, user := range ofUsers {
		for _, server := range ofServers {
			pair := reportPair{user, server}
			sized = append(sized, sizedPair{pair, len(pair.both())})
		}
	}
	slices.SortStableFunc(sized, func(a, b sizedPair) int { return cmp.Compare(b.rows, a.rows) })
	pairs := make([]reportPair, len(sized))
	for i := range sized {
		pairs[i] = sized[i].reportPair
	}
	return pairs
}

// rowIndex has the indexes of the entitlements of subjects.
type rowIndex[S comparable] struct {
	numbers map[S]int
	rows    [][]int
}

func (x *rowIndex[S]) add(subject S, row int) {
	if x.numbers == nil {
		x.numbers = map[S]int{}
	}
	n, ok := x.numbers[subject]
	if !ok {
		n = len(x.rows)
		x.numbers[subject] = n
		x.rows = append(x.rows, nil)
	}
	x.rows[n] = append(x.rows[n], row)
}

// largest returns the entitlements of the subjects with the most.
func (x *rowIndex[S]) largest() [][]int {
	const most = 20
	sorted := slices.Clone(x.rows)
	slices.SortStableFunc(sorted, func(a, b []int) int { return cmp.Compare(len(b), len(a)) })
	return sorted[:min(len(sorted), most)]
}

// matching matches texts of a profile with different places in reports.
type matching struct {
	options map[int][]int // places of each text, the preferred first
	texts   map[int]int   // by place
}

func newMatching() *matching { return &matching{map[int][]int{}, map[int]int{}} }

// add matches a text with one of its places. Other texts move to another one of theirs if
// necessary. It reports whether this is possible.
func (m *matching) add(text int, places []int) bool {
	m.options[text] = places
	return m.augment(text, map[int]bool{})
}

func (m *matching) augment(text int, visited map[int]bool) bool {
	for _, place := range m.options[text] {
		if _, taken := m.texts[place]; !taken {
			m.texts[place] = text
			return true
		}
	}
	for _, place := range m.options[text] {
		if visited[place] {
			continue
		}
		visited[place] = true
		if m.augment(m.texts[place], visited) {
			m.texts[place] = text
			return true
		}
	}
	return false
}

// preferring returns places, first those that are preferred.
func preferring(places []int, preferred func(place int) bool) []int {
	return slices.Concat(
		filter(places, preferred),
		filter(places, func(place int) bool { return !preferred(place) }),
	)
}
