package client

import "sync"

// progress is the state of a run, for callers who stop waiting for it. A nil
// *progress records nothing.
type progress struct {
	callers int // that wait for the run; guarded by progressTable.mu

	mu      sync.Mutex
	report  Report
	failure error // of the request that is being retried, nil if there is none
}

// begin resets the progress for a new run.
func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report, p.failure = Report{}, nil
}

// at records the state of the report, and reports whether it changed.
func (p *progress) at(report Report) (changed bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	changed = p.report.ID != report.ID || p.report.Status != report.Status
	p.report = report
	return changed
}

// tried records the result of an attempt at a request.
func (p *progress) tried(err error) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = err
}

// last returns the last state of the report and the last failure.
func (p *progress) last() (Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.report, p.failure
}

// progressTable has the progress of all jobs that callers wait for.
type progressTable struct {
	mu sync.Mutex
	of map[job]*progress
}

// join returns the progress of a job, which all its callers share. The caller must
// call leave when it stops waiting.
func (t *progressTable) join(j job) (p *progress, leave func()) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.of == nil {
		t.of = map[job]*progress{}
	}
	p, ok := t.of[j]
	if !ok {
		p = new(progress)
		t.of[j] = p
	}
	p.callers++
	return p, func() {
		t.mu.Lock()
		defer t.mu.Unlock()
		p.callers--
		if p.callers == 0 {
			delete(t.of, j)
		}
	}
}
