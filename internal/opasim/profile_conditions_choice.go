package opasim

import (
	"cmp"
	"math/bits"
	"slices"
)

// textChoice is a choice of a text for each entitlement of a world. A profile has the texts
// of two reports, but not on which user and server, so the reports on any two should have as
// many of the texts as possible.
type textChoice struct {
	*conditionTexts

	places   []textPlace
	byUser   []*textCounts
	byServer []*textCounts
	byPair   map[[2]int]*textCounts
	possible [][]bool // by user and server: whether their reports should have all texts
	access   map[entitlementKey][]int
}

// textPlace is an entitlement with the texts that it can have.
type textPlace struct {
	key          entitlementKey
	access       entitlementKey // without conditions
	user, server int
	requires     requirements
	candidates   []int
	chosen       int
	fixed        bool // whether chosen must not change
}

// textCounts has how many entitlements of a user, a server or both have each text.
type textCounts struct {
	counts []int
	able   []bool                // whether any of them can have the text
	sets   map[requirements]bool // of their conditions
}

// choose returns the texts for all entitlements of a world that can have one. The pairs are the
// largest ones of their reports.
func (t *conditionTexts) choose(all []entitlement, pairs []reportPair) map[entitlementKey]int {
	c := t.newChoice(all)
	for i := range c.places {
		c.place(i)
	}
	// The time for a pass is proportional to the number of entitlements and of users and
	// servers. A large world needs no search, because its reports have many rows.
	const maxPasses, maxSteps = 50, 50_000_000
	steps := max(len(c.places), 1) * (len(c.byUser) + len(c.byServer)) * len(t.texts)
	passes := min(maxPasses, maxSteps/max(steps, 1))
	if passes > 0 {
		c.findPossible()
	}
	c.improve(passes)
	if c.complete(all, pairs) {
		c.improve(passes)
	}
	chosen := make(map[entitlementKey]int, len(c.places))
	for i := range c.places {
		chosen[c.places[i].key] = c.places[i].chosen
	}
	return chosen
}

// newChoice returns a choice without texts.
func (t *conditionTexts) newChoice(all []entitlement) *textChoice {
	c := &textChoice{conditionTexts: t, byPair: map[[2]int]*textCounts{}, access: map[entitlementKey][]int{}}
	users, servers := map[*User]int{}, map[*Host]int{}
	for i := range all {
		e := &all[i]
		set := requirementsOf(e.conditions, kindBits)
		candidates := t.candidates(set)
		if candidates == nil {
			continue // the default text
		}
		p := textPlace{key: e.key(), requires: set, candidates: candidates, chosen: -1}
		p.access = p.key
		p.access.conditions = ""
		p.user, c.byUser = numbered(users, e.user, c.byUser, len(t.texts))
		p.server, c.byServer = numbered(servers, e.server, c.byServer, len(t.texts))
		pair := [2]int{p.user, p.server}
		if c.byPair[pair] == nil {
			c.byPair[pair] = newTextCounts(len(t.texts))
		}
		for _, counts := range []*textCounts{c.byUser[p.user], c.byServer[p.server]} {
			counts.sets[set] = true
			for _, candidate := range candidates {
				counts.able[candidate] = true
			}
		}
		c.access[p.access] = append(c.access[p.access], len(c.places))
		c.places = append(c.places, p)
	}
	return c
}

// numbered returns the number of a subject, and the counts of all.
func numbered[S comparable](numbers map[S]int, subject S, all []*textCounts, texts int) (number int, counts []*textCounts) {
	number, ok := numbers[subject]
	if !ok {
		number = len(all)
		numbers[subject] = number
		all = append(all, newTextCounts(texts))
	}
	return number, all
}

func newTextCounts(texts int) *textCounts {
	return &textCounts{counts: make([]int, texts), able: make([]bool, texts), sets: map[requirements]bool{}}
}

// findPossible finds the users and servers whose reports should have all texts: those that can
// have them, and have as many sets of requirements. The conditions of a tenant have one text
// for each set, unless some are not understood. If there are more texts, it finds those with
// the most sets.
func (c *textChoice) findPossible() {
	sets := func(u, s int) int {
		n := len(c.byServer[s].sets)
		for set := range c.byUser[u].sets {
			if !c.byServer[s].sets[set] {
				n++
			}
		}
		return n
	}
	most := 0
	c.possible = make([][]bool, len(c.byUser))
	for u, user := range c.byUser {
		c.possible[u] = make([]bool, len(c.byServer))
		for s, server := range c.byServer {
			able := true
			for text := range c.texts {
				able = able && (user.able[text] || server.able[text])
			}
			c.possible[u][s] = able
			if able {
				most = max(most, sets(u, s))
			}
		}
	}
	for u := range c.byUser {
		for s := range c.byServer {
			c.possible[u][s] = c.possible[u][s] && sets(u, s) >= min(most, len(c.texts))
		}
	}
}

// complete ensures that the reports of one pair have all texts, or as many as possible, and
// reports whether it changed any. The pair is the largest one whose reports can have most. An
// understood text is also on an entitlement that requires more if it has no other place.
func (c *textChoice) complete(all []entitlement, pairs []reportPair) bool {
	numbers := make(map[entitlementKey]int, len(c.places))
	for i := range c.places {
		numbers[c.places[i].key] = i
	}
	best := newMatching()
	for _, pair := range pairs {
		var places []int
		for _, i := range pair.both() {
			if place, ok := numbers[all[i].key()]; ok {
				places = append(places, place)
			}
		}
		m := c.match(places)
		if len(m.texts) > len(best.texts) {
			best = m
		}
		if len(best.texts) == len(c.texts) {
			break
		}
	}
	changed := false
	for place, text := range best.texts {
		changed = changed || c.places[place].chosen != text
		c.set(place, text)
		c.places[place].fixed = true
	}
	return changed
}

// match matches the texts with places, their present ones if possible.
func (c *textChoice) match(places []int) *matching {
	m := newMatching()
	var rest []int
	for text := range c.texts {
		able := filter(places, func(i int) bool { return slices.Contains(c.places[i].candidates, text) })
		if !m.add(text, preferring(able, func(i int) bool { return c.places[i].chosen == text })) {
			rest = append(rest, text)
		}
	}
	for _, text := range rest {
		m.add(text, filter(places, func(i int) bool { return c.texts[text].requires&^c.places[i].requires == 0 }))
	}
	return m
}

// place sets the text of an entitlement to the candidate that its user and its server have least.
func (c *textChoice) place(i int) {
	p := &c.places[i]
	user, server := c.byUser[p.user].counts, c.byServer[p.server].counts
	best := slices.MinFunc(p.candidates, func(a, b int) int {
		return cmp.Or(c.repeated(i, a)-c.repeated(i, b), user[a]+server[a]-user[b]-server[b], c.compare(a, b))
	})
	c.set(i, best)
}

// set sets the text of an entitlement.
func (c *textChoice) set(i, text int) {
	p := &c.places[i]
	for _, counts := range []*textCounts{c.byUser[p.user], c.byServer[p.server], c.byPair[[2]int{p.user, p.server}]} {
		if p.chosen >= 0 {
			counts.counts[p.chosen]--
		}
		counts.counts[text]++
	}
	p.chosen = text
}

// repeated returns how many other entitlements with the same access have a text. Their rows
// would be equal.
func (c *textChoice) repeated(i, text int) (n int) {
	for _, other := range c.access[c.places[i].access] {
		if other != i && c.places[other].chosen == text {
			n++
		}
	}
	return n
}

// improve improves the texts until none changes, at most a number of times.
func (c *textChoice) improve(passes int) {
	for range passes {
		if !c.improveOnce() {
			return
		}
	}
}

// improveOnce changes the texts of single entitlements if more reports then have all texts,
// and reports whether it changed any.
func (c *textChoice) improveOnce() (changed bool) {
	for i := range c.places {
		p := &c.places[i]
		if p.fixed {
			continue
		}
		best, most := p.chosen, 0
		for _, candidate := range p.candidates {
			if candidate == p.chosen {
				continue
			}
			// A repeated row is worse than a missing text in two pairs of reports.
			gain := c.gain(p, candidate) - 3*(c.repeated(i, candidate)-c.repeated(i, p.chosen))
			if gain > most {
				best, most = candidate, gain
			}
		}
		if best != p.chosen {
			c.set(i, best)
			changed = true
		}
	}
	return changed
}

// gain returns how many more texts the possible pairs of reports have with another text.
func (c *textChoice) gain(p *textPlace, text int) (gain int) {
	add := func(u, s int) {
		if !c.possible[u][s] {
			return
		}
		if c.count(u, s, text) == 0 {
			gain++
		}
		if c.count(u, s, p.chosen) == 1 {
			gain--
		}
	}
	for s := range c.byServer {
		add(p.user, s)
	}
	for u := range c.byUser {
		if u != p.user {
			add(u, p.server)
		}
	}
	return gain
}

// count returns how many entitlements of a user or a server have a text.
func (c *textChoice) count(u, s, text int) int {
	n := c.byUser[u].counts[text] + c.byServer[s].counts[text]
	if both := c.byPair[[2]int{u, s}]; both != nil {
		n -= both.counts[text]
	}
	return n
}

// compare orders texts for entitlements: first those that are not understood, then those
// that require more.
func (t *conditionTexts) compare(a, b int) int {
	x, y := t.texts[a], t.texts[b]
	return cmp.Or(boolOrder(!x.understood, !y.understood), bits.OnesCount(uint(y.requires))-bits.OnesCount(uint(x.requires)), a-b)
}

// boolOrder orders true before false.
func boolOrder(a, b bool) int {
	switch {
	case a == b:
		return 0
	case a:
		return -1
	}
	return 1
}
