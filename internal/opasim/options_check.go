package opasim

import (
	"cmp"
	"fmt"
	"math"
	"net/http"
	"slices"
)

// withDefaults returns a copy with defaults in place of zero values.
func (o Options) withDefaults() Options {
	if o.Profile != nil {
		o = o.Profile.options(o)
	}
	if o.World == nil {
		o.World = DefaultWorld()
	}
	o.Team = cmp.Or(o.Team, DefaultTeam)
	o.KeyID = cmp.Or(o.KeyID, DefaultKeyID)
	o.KeySecret = cmp.Or(o.KeySecret, DefaultKeySecret)
	o.WorkloadJWT = cmp.Or(o.WorkloadJWT, DefaultWorkloadJWT)
	o.TokenLifetime = cmp.Or(o.TokenLifetime, DefaultTokenLifetime)
	o.CreateStatus = cmp.Or(o.CreateStatus, http.StatusCreated)
	o.FirstStatus = cmp.Or(o.FirstStatus, StatusCreated)
	o.SecondStatus = cmp.Or(o.SecondStatus, StatusInProgress)
	o.NotReadyStatus = cmp.Or(o.NotReadyStatus, http.StatusConflict)
	o.RetryHint = cmp.Or(o.RetryHint, RetryAt)
	o.ListOrder = cmp.Or(o.ListOrder, NewestFirst)
	o.RateLimit.Burst = cmp.Or(o.RateLimit.Burst, int(math.Ceil(o.RateLimit.PerSecond)))
	o.CSV = o.CSV.withDefaults()
	if o.ResourceCSV == nil {
		o.ResourceCSV = &o.CSV
	}
	resource := o.ResourceCSV.withDefaults()
	o.ResourceCSV = &resource
	return o
}

// check returns an error that names the first invalid option.
func (o Options) check() error {
	if !slices.Contains([]RetryHint{RetryAt, RetryAfterSeconds, RetryAfterDate, RetryNone}, o.RetryHint) {
		return fmt.Errorf("retry hint %q: want %s, %s, %s or %s",
			o.RetryHint, RetryAt, RetryAfterSeconds, RetryAfterDate, RetryNone)
	}
	if !slices.Contains([]ListOrder{NewestFirst, OldestFirst, Unordered}, o.ListOrder) {
		return fmt.Errorf("list order %q: want %s, %s or %s", o.ListOrder, NewestFirst, OldestFirst, Unordered)
	}
	if !teamName.MatchString(o.Team) {
		return fmt.Errorf("team %q: want letters, digits, - _ and . only", o.Team)
	}
	if o.WorkloadConnection != "" && !teamName.MatchString(o.WorkloadConnection) {
		return fmt.Errorf("workload connection %q: want letters, digits, - _ and . only", o.WorkloadConnection)
	}
	for _, number := range []struct {
		name  string
		value float64
	}{
		{"page size", float64(o.PageSize)},
		{"rate limit", o.RateLimit.PerSecond},
		{"burst", float64(o.RateLimit.Burst)},
		{"concurrent requests", float64(o.MaxConcurrent)},
		{"latency", float64(o.Latency)},
		{"generation", float64(o.Generation)},
		{"list lag", float64(o.ListLag)},
		{"token lifetime", float64(o.TokenLifetime)},
	} {
		if number.value < 0 {
			return fmt.Errorf("%s: must not be negative", number.name)
		}
	}
	for i, f := range o.Faults {
		if err := f.check(); err != nil {
			return fmt.Errorf("fault %d: %w", i+1, err)
		}
	}
	return cmp.Or(o.CSV.check(), o.ResourceCSV.check())
}
