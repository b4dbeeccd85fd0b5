package client

import (
	"context"
	"sync"
)

// progress is what is known of a run while it is under way, for those who must
// say where it stood when they stopped waiting for it.
type progress struct {
	mu      sync.Mutex
	report  Report
	failure error // of the request that is being tried again, nil if none is
}

// begin forgets an earlier run of the same.
func (p *progress) begin() {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.report, p.failure = Report{}, nil
}

// at notes where the report stands, and says whether that is news.
func (p *progress) at(report Report) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	news := p.report.ID != report.ID || p.report.Status != report.Status
	p.report = report
	return news
}

// tried notes how a try at a request ended.
func (p *progress) tried(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.failure = err
}

func (p *progress) last() (Report, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.report, p.failure
}

type progressKey struct{}

// withProgress makes the requests under a context note how they fare, as
// net/http/httptrace does.
func withProgress(ctx context.Context, p *progress) context.Context {
	return context.WithValue(ctx, progressKey{}, p)
}

// progressOf is the progress that is kept under a context; where none is, one
// that nobody will ask.
func progressOf(ctx context.Context) *progress {
	if p, ok := ctx.Value(progressKey{}).(*progress); ok {
		return p
	}
	return new(progress)
}
