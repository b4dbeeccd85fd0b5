package client

import (
	"context"
	"log/slog"
	"sync"
	"time"
)

// batchProgress counts the reports of a batch that have ended, and logs their number.
type batchProgress struct {
	log   *slog.Logger
	total int

	mu                sync.Mutex
	completed, failed int
}

// progressInterval is the time between two log lines on a batch.
const progressInterval = 10 * time.Second

// watch logs the progress every 10 seconds until stop is called.
func (p *batchProgress) watch(ctx context.Context) (stop func()) {
	started, done := time.Now(), make(chan struct{})
	var wait sync.WaitGroup
	wait.Go(func() {
		ticker := time.NewTicker(progressInterval)
		defer ticker.Stop()
		for {
			select {
			case <-done:
				return
			case <-ticker.C:
			}
			p.mu.Lock()
			p.log.LogAttrs(ctx, slog.LevelInfo, "Waiting for access reports",
				slog.Int("completed", p.completed), slog.Int("failed", p.failed), slog.Int("total", p.total),
				slog.Int64("elapsed_ms", time.Since(started).Milliseconds()))
			p.mu.Unlock()
		}
	})
	return func() {
		close(done)
		wait.Wait()
	}
}

// ended counts a report that was completed, or that failed with an error.
func (p *batchProgress) ended(err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		p.completed++
	} else {
		p.failed++
	}
}
