package main

import (
	"fmt"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/accessreport"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// csv measures how fast one core decodes a report.
func (b *bench) csv() {
	var text strings.Builder
	text.WriteString(strings.Join(accessreport.ColumnNames(), ",") + "\n")
	for i := range 100_000 {
		fmt.Fprintf(&text, "user-%04d,human,ACTIVE,server-%04d.example.com,server,root,user,Okta Gateway with Session Recording\n", i%1000, i)
	}
	result := testing.Benchmark(func(tb *testing.B) {
		tb.SetBytes(int64(text.Len()))
		for tb.Loop() {
			if _, err := accessreport.Decode(tb.Context(), text.String(), nil); err != nil {
				tb.Fatal(err)
			}
		}
	})
	speed := float64(text.Len()) * float64(result.N) / result.T.Seconds() / 1e6
	b.add("CSV, 100,000 rows", fmt.Sprintf("%.0f MB/s", speed), "150 MB/s", 150/speed, 1)
	b.add("CSV, allocations per row", fmt.Sprintf("%.4f", float64(result.AllocsPerOp())/100_000), "1", float64(result.AllocsPerOp())/100_000, 1)
}

// rows measures a plan with a report of many rows.
func (b *bench) rows() {
	perRow := map[int]float64{}
	sizes := []int{1_000, 10_000, 100_000, 300_000}
	if b.short {
		sizes = sizes[1:2]
	}
	for _, n := range sizes {
		world := opasim.GenerateWorld(1, n)
		var peak memory
		floor := b.median(func() time.Duration { return b.floor(n) })
		measured := b.median(func() time.Duration {
			stop := b.watch(&peak)
			defer stop()
			_, took := b.plan(world, 0, `data "opa_user_access_report" "it" { user_name = "`+world.Users()[0].Name+`" }`)
			return took
		})
		perRow[n] = float64(measured.Microseconds()) / float64(n)
		most := 1.5
		if n > 10_000 {
			most = 2
		}
		if n > 1_000 {
			b.add(fmt.Sprintf("%d rows", n), seconds(measured), seconds(floor), measured.Seconds()/floor.Seconds(), most)
		}
		if n >= 100_000 {
			each := float64(peak.provider) / float64(n)
			b.add(fmt.Sprintf("%d rows: peak memory of the provider per row", n), fmt.Sprintf("%.1f KB", each/1000), "6 KB", each/6000, 1)
		}
	}
	if !b.short {
		ratio := perRow[300_000] / perRow[100_000]
		b.add("time per row, 300,000 compared with 100,000 rows", fmt.Sprintf("%.1f µs", perRow[300_000]), fmt.Sprintf("%.1f µs", perRow[100_000]), ratio, 1.25)
	}
}

// start measures the start and configuration of the provider.
func (b *bench) start() {
	world := opasim.GenerateWorld(1, 1)
	measured := b.median(func() time.Duration {
		_, took := b.planWith(world, 0, 0, `data "opa_user" "it" { name = "`+world.Users()[0].Name+`" }`)
		return took
	})
	floor := b.median(func() time.Duration { return b.floor(1) })
	b.add("start until the first read", milliseconds(measured), milliseconds(floor), measured.Seconds()/floor.Seconds(), 1.1)
	size := must(os.Stat(b.program("opa"))).Size()
	b.show("size of the provider", fmt.Sprintf("%.1f MB", float64(size)/1e6))
}
