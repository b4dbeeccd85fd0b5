package browser

import (
	"context"
	"slices"
	"testing"
	"time"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/performance"
	"github.com/chromedp/chromedp"
	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
)

// mainThread returns the time that the main thread of the page has needed for tasks so
// far: scripts, style, layout and parsing.
func (p *page) mainThread() time.Duration {
	p.Helper()
	// The last changes are painted.
	p.do(chromedp.Evaluate[chromedp.Void](`new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))`, chromedp.EvalAwaitPromise))
	metrics := got(p, func(ctx context.Context, target *chromedp.Target) ([]*performance.Metric, error) {
		result, err := cdp.Call(ctx, target, performance.GetMetrics, cdp.Empty{})
		return result.Metrics, err
	})
	i := slices.IndexFunc(metrics, func(m *performance.Metric) bool { return m.Name == "TaskDuration" })
	if i < 0 {
		p.Fatalf("got metrics without TaskDuration, want it")
	}
	return time.Duration(metrics[i].Value * float64(time.Second))
}

func enableMetrics(ctx context.Context, target *chromedp.Target) (chromedp.Void, error) {
	_, err := cdp.Call(ctx, target, performance.Enable, performance.EnableParams{TimeDomain: performance.EnableTimeDomainThreadTicks})
	return chromedp.Void{}, err
}

// Opening, sorting and searching 10,000 rows need a small part of the time that a browser
// needs to create and lay out all rows, which the page does only if asked for.
func TestSpeed(t *testing.T) {
	const size = 10_000
	similar := manyRows(size)
	for i := range similar {
		similar[i].UserName = similar[i%300].UserName
	}
	for name, many := range map[string][]accessreport.Row{"300 users": similar, "10,000 users": manyRows(size)} {
		p := open(t, many, nil, enableMetrics)
		before := time.Duration(0)
		measure := func(action func()) time.Duration {
			action()
			now := p.mainThread()
			needed := now - before
			before = now
			return needed
		}
		click := func(selector string) func() {
			return func() {
				p.do(chromedp.Evaluate[chromedp.Void](`document.querySelector("` + selector + `").click()`))
			}
		}
		search := func(text string) func() {
			return func() {
				p.do(chromedp.Evaluate[chromedp.Void](`(() => { const field = document.getElementById("search"); field.value = "` + text + `"; field.dispatchEvent(new Event("input")); })()`))
			}
		}
		steps := []struct {
			name   string
			action func()
		}{
			{"open", func() {}},
			{"sort by user", click("#list th:nth-child(1) button")},
			{"sort by resource", click("#list th:nth-child(2) button")},
			{"reverse the order", click("#list th:nth-child(2) button")},
			{"sort by conditions", click("#list th:nth-child(5) button")},
			{"search with many hits", search("mfa")},
			{"search with some hits", search("admin user-0001")},
			{"end the search", search("")},
		}
		needed := map[string]time.Duration{}
		for _, step := range steps {
			needed[step.name] = measure(step.action)
		}
		all := measure(click("[data-list=list] .rest button:last-of-type"))
		if rows := value[int](p, `document.querySelectorAll("#list tbody tr").length`); rows != size {
			t.Fatalf("got %d rows, want all", rows)
		}
		t.Logf("%s: show all rows: %s", name, all.Round(time.Millisecond))
		for _, step := range steps {
			t.Logf("%s: %s: %s", name, step.name, needed[step.name].Round(time.Millisecond))
			if needed[step.name] > all/3 {
				t.Errorf("%s: %s: got %s, want less than a third of the time to show all rows, %s", name, step.name, needed[step.name], all)
			}
		}
	}
}
