package opasim

import "sync"

// replayedRows are the rows of a tenant that replays a profile: they have the texts and words
// of the profile.
type replayedRows struct {
	conditions *conditionTexts
	words      []*columnWords
	missing    string          // the reports that do not have rows of the other ones, as in a profile
	empty      map[string]bool // by the kind of report

	mu     sync.Mutex
	worlds map[*World]*worldRows
}

// worldRows has the cells of a world. They do not depend on the order in which reports are
// created, and the reports on a user and on a server have the same cells for the same
// entitlement.
type worldRows struct {
	texts map[entitlementKey]int    // indexes of conditions
	words map[Column]map[any]string // by what columnWords.subject returns

	omitted map[string]map[entitlementKey]bool // by the kind of report
}

func newReplayedRows(p *Profile) *replayedRows {
	return &replayedRows{
		conditions: newConditionTexts(p.file.Reports.Conditions), words: p.columnWords(),
		missing: p.file.Reports.MissingRows, empty: map[string]bool{"user": p.empty("user"), "resource": p.empty("resource")}, worlds: map[*World]*worldRows{},
	}
}

// replay sets the cells of the entitlements in a report, and returns those that it has.
func (r *replayedRows) replay(w *World, kind string, list []entitlement) []entitlement {
	if r.empty[kind] {
		return nil
	}
	rows := r.of(w)
	list = filter(list, func(e entitlement) bool { return !rows.omits(kind, &e) })
	for i := range list {
		e := &list[i]
		if at, ok := rows.texts[e.key()]; ok {
			e.text = &r.conditions.texts[at].text
		}
		e.words = map[Column]string{}
		for _, c := range r.words {
			if word, ok := rows.words[c.column][c.subject(e)]; ok {
				e.words[c.column] = word
			}
		}
	}
	return list
}

// of returns the cells of a world.
func (r *replayedRows) of(w *World) *worldRows {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rows := r.worlds[w]; rows != nil {
		return rows
	}
	all := w.entitlements(w.users, w.servers)
	rows := &worldRows{words: map[Column]map[any]string{}, omitted: r.omitted(all)}
	pairs := largestPairs(all, rows.omits)
	if len(r.conditions.texts) > 0 { // otherwise the default texts
		rows.texts = r.conditions.choose(all, pairs)
	}
	for _, c := range r.words {
		rows.words[c.column] = c.choose(all, pairs)
	}
	r.worlds[w] = rows
	return rows
}

// omits reports whether the report of a kind does not have the row of an entitlement.
func (r *worldRows) omits(kind string, e *entitlement) bool { return r.omitted[kind][e.key()] }

// omitted returns the entitlements that are missing in the reports of each kind: one of each
// user on each server, if there are several. The reports of both kinds omit different ones.
func (r *replayedRows) omitted(all []entitlement) map[string]map[entitlementKey]bool {
	if r.missing == "" {
		return nil
	}
	type pair struct {
		user   *User
		server *Host
	}
	first, last := map[pair]entitlementKey{}, map[pair]entitlementKey{}
	for _, e := range all {
		p := pair{e.user, e.server}
		last[p] = e.key()
		if _, ok := first[p]; !ok {
			first[p] = e.key()
		}
	}
	omitted := map[string]map[entitlementKey]bool{"user": {}, "resource": {}}
	for p := range first {
		if first[p] == last[p] {
			continue
		}
		if r.missing == "user" || r.missing == "both" {
			omitted["user"][first[p]] = true
		}
		if r.missing == "resource" || r.missing == "both" {
			omitted["resource"][last[p]] = true
		}
	}
	return omitted
}
