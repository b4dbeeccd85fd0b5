package opasim

import (
	"fmt"
	"math/rand/v2"
	"sync"
)

// faults contains the active rules.
type faults struct {
	mu    sync.Mutex
	rand  *rand.Rand
	rules []*faultRule
}

// faultRule is a rule, with the number of requests that it matched and that it
// applied to.
type faultRule struct {
	Fault

	path             pathPattern
	matched, applied int
}

// SetFaults replaces all rules. It panics on an invalid rule; New returns an error.
func (s *Sim) SetFaults(rules ...Fault) {
	for i, f := range rules {
		if err := f.check(); err != nil {
			panic(fmt.Sprintf("opasim: fault %d: %v", i+1, err))
		}
	}
	s.faults.set(rules)
}

func (f *faults) set(rules []Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.rules = nil
	for _, rule := range rules {
		path, _ := compilePattern(rule.Path) // the caller has checked it
		f.rules = append(f.rules, &faultRule{Fault: rule, path: path})
	}
}

// match returns the rule that applies to the request, or the zero Fault, which
// changes nothing.
func (f *faults) match(method, path string) Fault {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, rule := range f.rules {
		if !methodMatches(rule.Method, method) || !rule.path.matches(path) {
			continue
		}
		rule.matched++
		due := rule.matched >= rule.Nth && (rule.Times == 0 || rule.applied < rule.Times)
		if due && (rule.Probability == 0 || f.rand.Float64() < rule.Probability) {
			rule.applied++
			return rule.Fault
		}
	}
	return Fault{}
}
