package client

import (
	"math"
	"net/http"
	"strconv"
	"time"
)

// pace limits the rate of requests after a 429. It models the limit of the tenant as a
// bucket of tokens, of which each request takes one, and learns its rate from the
// requests that were accepted and from the headers of responses (API.md,
// rate-limit-headers). Before the first 429, it only limits how many requests are in
// flight when few tokens remain.
type pace struct {
	until   time.Time     // no request is sent earlier, as a 429 requested
	refused time.Time     // the last 429
	hold    time.Duration // minimum delay after it

	since    time.Time // start of the measurement of the rate
	tokens0  int       // at the start
	accepted int       // requests since the start
	before   int       // requests that were accepted in the second before the start

	rate     float64 // tokens per second; 0 before the first 429
	capacity float64
	tokens   float64
	at       time.Time // when there were that many tokens

	quota      quota     // as the last responses report it
	quotaAt    time.Time // when they were received
	exhausted  int       // responses in a row that report no remaining requests
	misleading bool      // whether the headers contradict a 429
}

const (
	// Requests that are in flight before the first 429 although none remain.
	minInFlight = 2
	// An unknown or implausible rate is between these, in requests per second.
	minRate, maxRate = 0.1, 1000
	// Without headers, the rate grows by this factor with each accepted request.
	rateGrowth = 1.02
	// A measurement needs this number of requests. The first rate, which is the number
	// of requests in a second, is not lower.
	minMeasured = 4
)

// mostInFlight returns the maximum number of requests in flight.
func (p *pace) mostInFlight() int {
	if p.rate > 0 || !p.quota.known {
		return math.MaxInt
	}
	// If requests are accepted although none remain, the headers mean something else.
	return max(p.quota.remaining, minInFlight+p.exhausted)
}

// take takes a token for a request, or returns the delay until there is one.
func (p *pace) take() (delay time.Duration) {
	now := time.Now()
	if delay := p.until.Sub(now); delay > 0 || p.rate == 0 {
		return delay
	}
	p.tokens = min(p.tokens+p.rate*now.Sub(p.at).Seconds(), p.capacity)
	p.at = now
	if p.tokens < 1 {
		return max(seconds((1-p.tokens)/p.rate), time.Millisecond)
	}
	p.tokens--
	return 0
}

// accept records a response other than a 429. inFlight is the number of other requests in
// flight.
func (p *pace) accept(a attempt, inFlight int) {
	now := time.Now()
	if a.sent.Before(p.refused) {
		return // it may have been accepted before the 429
	}
	p.hold = 0
	p.noteQuota(a, now)
	if p.rate == 0 {
		if elapsed := now.Sub(p.since); elapsed > time.Second {
			p.before = 0
			if elapsed < 2*time.Second {
				p.before = p.accepted
			}
			p.since, p.accepted = now, 0
		}
		p.accepted++
		return
	}
	p.accepted++
	if !p.quota.known {
		p.setRate(p.rate * rateGrowth)
		return
	}
	p.tokens, p.at = float64(p.quota.remaining-inFlight), now
	tokens := p.accepted + p.quota.remaining - p.tokens0
	switch {
	case p.quota.remaining >= p.quota.limit-1: // the bucket was full
		p.since, p.accepted, p.tokens0 = now, 0, p.quota.remaining
	case tokens >= minMeasured && now.Sub(p.since) > minHold:
		p.setRate(float64(tokens) / now.Sub(p.since).Seconds())
	}
}

// noteQuota records the headers of a response. Responses to requests that were in flight
// together can arrive in any order, so the lowest number of remaining requests counts.
func (p *pace) noteQuota(a attempt, now time.Time) {
	quota := parseQuota(a.header)
	if quota.known && p.quota.known && a.sent.Before(p.quotaAt) {
		quota.remaining = min(quota.remaining, p.quota.remaining)
	} else {
		p.quotaAt = now
	}
	quota.known = quota.known && !p.misleading
	p.quota = quota
	p.exhausted++
	if quota.remaining > 0 {
		p.exhausted = 0
	}
}

// refuse records a 429.
func (p *pace) refuse(a attempt) {
	now := time.Now()
	if !a.sent.Before(p.refused) { // others were in flight when it became known
		p.measureRefusal(now)
		p.hold = min(max(2*p.hold, minHold), maxBackoff)
		p.refused, p.since, p.accepted, p.tokens0 = now, now, 0, 0
		quota := parseQuota(a.header)
		p.misleading = p.misleading || quota.known && quota.remaining > 0
	}
	delay := max(a.retryAfter, p.hold) + randomBetween(0, maxHoldJitter)
	if until := now.Add(delay); until.After(p.until) {
		p.until = until
	}
	// One request, because the bucket may be almost empty.
	p.tokens, p.at = 1, p.until
}

// measureRefusal sets the rate at a 429, when the bucket is empty.
func (p *pace) measureRefusal(now time.Time) {
	tokens, elapsed := float64(p.accepted-p.tokens0), now.Sub(p.since).Seconds()
	switch {
	case p.rate == 0:
		p.setRate(float64(max(p.accepted, p.before, minMeasured)))
	case p.hold > 0: // none was accepted since the last 429
	case tokens > p.rate/2*elapsed:
		p.setRate(tokens / elapsed)
	default: // a few requests are no exact measurement
		p.setRate(p.rate / 2)
	}
}

func (p *pace) setRate(rate float64) {
	p.rate = max(minRate, min(rate, maxRate))
	p.capacity = max(1, p.rate)
	if p.quota.known {
		p.capacity = float64(p.quota.limit)
	}
}

func seconds(s float64) time.Duration { return time.Duration(s * float64(time.Second)) }

// quota is what the headers of a response say about the rate limit.
type quota struct {
	limit, remaining int
	known            bool
}

// parseQuota returns the quota of a response. It is not known if it is not plausible. A
// limit of one request shows nothing, because none remains after each request.
func parseQuota(header http.Header) quota {
	limit, err := strconv.Atoi(header.Get("X-RateLimit-Limit"))
	remaining, err2 := strconv.Atoi(header.Get("X-RateLimit-Remaining"))
	if err != nil || err2 != nil || limit < 2 || remaining < 0 || remaining > limit {
		return quota{}
	}
	return quota{limit, remaining, true}
}
