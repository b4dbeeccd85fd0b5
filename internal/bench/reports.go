package main

import (
	"context"
	"fmt"
	"log"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// single measures the time of a report on one user in addition to the generation time, and
// the polls compared with a client that polls without a pause.
func (b *bench) single() {
	start := b.median(func() time.Duration { return b.floor(1) })
	for _, generation := range []time.Duration{
		300 * time.Millisecond, 2500 * time.Millisecond, 7300 * time.Millisecond, 20 * time.Second, 45 * time.Second,
	} {
		if b.short && generation > 2500*time.Millisecond {
			continue
		}
		world := opasim.GenerateWorld(1, rowsPerReport)
		var polls, requests int
		over := b.median(func() time.Duration {
			sim, took := b.plan(world, generation, `data "opa_user_access_report" "it" { user_name = "`+world.Users()[0].Name+`" }`)
			polls, requests = sim.Count("GET", "/access_reports/{id}"), len(sim.Requests())
			return took - generation
		})
		// Four requests, and half of a poll interval: on average, 250 ms or 1.5 %.
		most := start + max(390*time.Millisecond, 140*time.Millisecond+generation*15/1000)
		without := 1 + int(generation/latency)
		b.add(fmt.Sprintf("one user, %s: additional time", generation), milliseconds(over), milliseconds(most), over.Seconds()/most.Seconds(), 1)
		b.add(fmt.Sprintf("one user, %s: polls, of those without a pause", generation), strconv.Itoa(polls), strconv.Itoa(without), float64(polls)/float64(without), 0.3)
		b.add(fmt.Sprintf("one user, %s: requests in addition to polls", generation), strconv.Itoa(requests-polls), "6", float64(requests-polls)/6, 1)
	}
}

// rateLimit measures reports on ten users with a limit of ten requests per second.
func (b *bench) rateLimit() {
	const perSecond = 10
	world := opasim.GenerateWorld(10, rowsPerReport)
	var requests, refused int
	measured := b.median(func() time.Duration {
		sim := must(must(opasim.New(opasim.Options{
			World: world, Generation: 500 * time.Millisecond, Latency: latency, RateLimit: opasim.RateLimit{PerSecond: perSecond},
		})).Listen(context.Background(), "127.0.0.1:0"))
		defer sim.Close()
		took := b.planOn(sim, `data "opa_user_access_reports" "all" { group_name = "all-users" }`)
		requests, refused = len(sim.Requests()), 0
		for _, request := range sim.Requests() {
			if request.Status == http.StatusTooManyRequests {
				refused++
			}
		}
		return took
	})
	// The time of Terraform itself, and that of the requests at this rate.
	limit := b.median(func() time.Duration { return b.floor(1) }) + time.Duration(requests-refused)*time.Second/perSecond
	b.add(fmt.Sprintf("10 users at %d requests/s", perSecond), seconds(measured), seconds(limit), measured.Seconds()/limit.Seconds(), 1.1)
	b.add(fmt.Sprintf("10 users at %d requests/s: requests", perSecond), strconv.Itoa(requests), "35", float64(requests)/35, 1.1)
	b.add(fmt.Sprintf("10 users at %d requests/s: refused", perSecond), strconv.Itoa(refused), "3", float64(refused)/3, 1)
}

// batch measures reports on many users in one read.
func (b *bench) batch() {
	const generation = 2 * time.Second
	for _, test := range []struct {
		users int
		most  float64
	}{{10, 1.15}, {100, 1.15}, {500, 1.25}, {1000, 1.25}} {
		if b.short && test.users != 100 {
			continue
		}
		world := opasim.GenerateWorld(test.users, rowsPerReport)
		terraform := b.median(func() time.Duration { return b.floor(test.users * rowsPerReport) })
		limit := terraform + b.median(func() time.Duration {
			sim := b.simulate(world, generation)
			defer sim.Close()
			took, err := newIdealClient(sim.URL).run(usersOf(world), generation, 500)
			if err != nil {
				log.Fatal(err)
			}
			return took
		})
		var requests, logins int
		measured := b.median(func() time.Duration {
			sim, took := b.plan(world, generation, `data "opa_user_access_reports" "all" { group_name = "all-users" }`)
			requests, logins = len(sim.Requests()), sim.Logins()
			return took
		})
		b.add(fmt.Sprintf("%d users", test.users), seconds(measured), seconds(limit), measured.Seconds()/limit.Seconds(), test.most)
		bound := 3.2*float64(test.users) + 25
		b.add(fmt.Sprintf("%d users: requests", test.users), strconv.Itoa(requests), fmt.Sprintf("%.0f", bound), float64(requests)/bound, 1)
		b.add(fmt.Sprintf("%d users: logins", test.users), strconv.Itoa(logins), "1", float64(logins), 1)
	}
	world := opasim.GenerateWorld(100, rowsPerReport)
	names := make([]string, 0, len(world.Users()))
	for _, user := range world.Users() {
		names = append(names, strconv.Quote(user.Name))
	}
	sim, _ := b.plan(world, generation, `data "opa_user_access_reports" "all" { user_names = [`+strings.Join(names, ", ")+`] }`)
	b.add("100 users by name: requests", strconv.Itoa(len(sim.Requests())), "345", float64(len(sim.Requests()))/345, 1)
}
