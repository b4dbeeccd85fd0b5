package main

import (
	"fmt"
	"strconv"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// team measures reports on a whole team with few servers, and with few users. The
// provider must create the reports on the fewer ones.
func (b *bench) team() {
	const generation = 2 * time.Second
	for _, size := range []struct{ users, servers int }{{2000, 40}, {40, 2000}} {
		if b.short {
			return
		}
		world := opasim.GenerateWorld(size.users, size.servers)
		targets := usersOf(world)
		if size.servers < size.users {
			targets = serversOf(world)
		}
		var created int
		measured := b.median(func() time.Duration {
			sim, took := b.plan(world, generation, `data "opa_team_access_report" "all" { include_rows = { user_name = ["user-0001"] } }`)
			created = sim.Count("POST", "/access_reports")
			return took
		})
		// The ideal client does not list the team: 10 pages of 200 users, with one request each.
		pages := time.Duration((size.users+199)/200) * latency
		ideal := b.median(func() time.Duration { return b.ideal(world, targets, generation) })
		limit := pages + ideal + b.median(func() time.Duration { return b.floor(size.servers) })
		about := fmt.Sprintf("team of %d users and %d servers", size.users, size.servers)
		b.add(about, seconds(measured), seconds(limit), measured.Seconds()/limit.Seconds(), 1.25)
		b.add(about+": reports", strconv.Itoa(created), strconv.Itoa(len(targets)), float64(created)/float64(len(targets)), 1)
	}
}

// listing measures the list of many users. Pages of it can only be read one after the
// other.
func (b *bench) listing() {
	const users = 20_000
	if b.short {
		return
	}
	world := opasim.GenerateWorld(users, 1)
	var requests int
	measured := b.median(func() time.Duration {
		sim, took := b.plan(world, 0, `data "opa_users" "all" { user_type = "human" }`)
		requests = sim.Count("GET", "/users")
		return took
	})
	limit := users/200*latency + b.median(func() time.Duration { return b.floor(users) })
	b.add(fmt.Sprintf("list of %d users", users), seconds(measured), seconds(limit), measured.Seconds()/limit.Seconds(), 1.75)
	b.add(fmt.Sprintf("list of %d users: requests", users), strconv.Itoa(requests), strconv.Itoa(users/200), float64(requests)/(users/200), 1)
}
