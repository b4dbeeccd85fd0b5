package opasim

import "sync"

// replayedRows are the rows of a tenant that replays a profile: they have the texts and words
// of the profile.
type replayedRows struct {
	conditions *conditionTexts
	words      []*columnWords

	mu     sync.Mutex
	worlds map[*World]*worldRows
}

// worldRows has the cells of a world. They do not depend on the order in which reports are
// created, and the reports on a user and on a server have the same cells for the same
// entitlement.
type worldRows struct {
	texts map[entitlementKey]int    // indexes of conditions
	words map[Column]map[any]string // by what columnWords.subject returns
}

func newReplayedRows(p *Profile) *replayedRows {
	return &replayedRows{
		conditions: newConditionTexts(p.file.Reports.Conditions), words: p.columnWords(), worlds: map[*World]*worldRows{},
	}
}

// assign sets the cells of entitlements of a world.
func (r *replayedRows) assign(w *World, list []entitlement) {
	rows := r.of(w)
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
}

// of returns the cells of a world.
func (r *replayedRows) of(w *World) *worldRows {
	r.mu.Lock()
	defer r.mu.Unlock()
	if rows := r.worlds[w]; rows != nil {
		return rows
	}
	all := w.entitlements(w.users, w.servers)
	omits := func(string, *entitlement) bool { return false }
	rows := &worldRows{words: map[Column]map[any]string{}}
	if len(r.conditions.texts) > 0 { // otherwise the default texts
		rows.texts = r.conditions.choose(all, omits)
	}
	pairs := largestPairs(all, omits)
	for _, c := range r.words {
		rows.words[c.column] = c.choose(all, pairs)
	}
	r.worlds[w] = rows
	return rows
}
