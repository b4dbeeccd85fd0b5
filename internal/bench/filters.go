package main

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"net/http"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// filteredRows measures a plan with a report of many rows of which a filter keeps few,
// compared with a plan with a report of few rows.
func (b *bench) filteredRows() {
	const rows, kept = 100_000, 100
	if b.short {
		return
	}
	plan := func(world *opasim.World, filter string, peak *memory) time.Duration {
		return b.median(func() time.Duration {
			defer b.watch(peak)()
			_, took := b.plan(world, 0, fmt.Sprintf("data \"opa_user_access_report\" \"it\" {\n  user_name = %q\n  %s\n}", world.Users()[0].Name, filter))
			return took
		})
	}
	var few, many memory
	small, large := opasim.GenerateWorld(1, kept), opasim.GenerateWorld(1, rows)
	limit := plan(small, "", &few)
	measured := plan(large, `include_rows = { resource_name = ["server-00*", "server-0100"] }`, &many)
	apart := b.median(func() time.Duration { return b.readFiltered(large) - b.readFiltered(small) })
	b.add(fmt.Sprintf("%d of %d rows kept, without %s for the tenant, the download and decoding", kept, rows, milliseconds(apart)),
		seconds(measured-apart), seconds(limit), (measured-apart).Seconds()/limit.Seconds(), 1.3)
	b.addMemory(fmt.Sprintf("%d of %d rows kept: peak memory of the CLI", kept, rows), many.cli, few.cli, 1.5)
	b.addMemory(fmt.Sprintf("%d of %d rows kept: peak memory of the CLI and the provider", kept, rows), many.cli+many.provider, few.cli+few.provider, 1.5)
}

// readFiltered returns the time that a report on the first user takes: creating and
// downloading it, and decoding it with a filter that keeps no row.
func (b *bench) readFiltered(world *opasim.World) time.Duration {
	sim := b.simulate(world, 0)
	client := must(newIdealClient(sim.URL).signIn())
	none := new(accessreport.Match)
	none.AddCell(accessreport.Account, []string{"no-such-account"})
	started := time.Now()
	report := must(client.create(usersOf(world)[0]))
	var text bytes.Buffer
	if err := client.do(http.MethodGet, "/access_reports/"+report+"/report", nil, &text); err != nil {
		log.Fatal(err)
	}
	must(accessreport.DecodeFiltered(context.Background(), text.String(), nil, &accessreport.Filter{Include: none}))
	took := time.Since(started)
	sim.Close()
	return took
}

// manyUsers measures reports on thousands of users in one read, with and without a filter
// that keeps 1 % of the rows.
func (b *bench) manyUsers() {
	const generation = 2 * time.Second
	const filter = `include_rows = { resource_name = ["server-0001"], user_name = ["*1", "*3", "*5", "*7", "*9"] }`
	for _, users := range []int{1000, 5000} {
		if b.short {
			return
		}
		world := opasim.GenerateWorld(users, rowsPerReport)
		ideal := b.median(func() time.Duration { return b.ideal(world, usersOf(world), generation) })
		for _, test := range []struct {
			about, filter string
			rows          int
			most          float64
		}{{"1 % of the rows kept", filter, users * rowsPerReport / 100, 1.10}, {"all rows", "", users * rowsPerReport, 1.25}} {
			var peak memory
			measured := b.median(func() time.Duration {
				defer b.watch(&peak)()
				_, took := b.plan(world, generation, `data "opa_user_access_reports" "all" {
					group_name = "all-users"
					timeouts   = { read = "30m" }
					`+test.filter+`
				}`)
				return took
			})
			limit := ideal + b.median(func() time.Duration { return b.floor(test.rows) })
			about := fmt.Sprintf("%d users, %s", users, test.about)
			b.add(about, seconds(measured), seconds(limit), measured.Seconds()/limit.Seconds(), test.most)
			if test.filter != "" {
				b.addMemory(about+": peak memory of the CLI", peak.cli, 150e6, 1)
			} else {
				b.show(about+": peak memory of the CLI", megabytes(peak.cli))
			}
			b.show(about+": peak memory of the provider", megabytes(peak.provider))
		}
	}
}

// ideal returns the time of an ideal client.
func (b *bench) ideal(world *opasim.World, targets []target, generation time.Duration) time.Duration {
	sim := b.simulate(world, generation)
	defer sim.Close()
	return must(newIdealClient(sim.URL).run(targets, generation, 500))
}
