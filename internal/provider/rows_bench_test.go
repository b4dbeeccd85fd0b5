package provider_test

import (
	"strconv"
	"testing"

	"github.com/hashicorp/terraform-plugin-go/tfprotov6"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// BenchmarkRead measures a read of many rows, from the download to the encoded
// response.
func BenchmarkRead(b *testing.B) {
	for _, rows := range []int{1_000, 10_000, 100_000} {
		b.Run(strconv.Itoa(rows), func(b *testing.B) {
			world := opasim.GenerateWorld(1, rows)
			sim := opasim.Start(b, opasim.Options{World: world})
			s := configured(b, sim)
			typ := s.schema.DataSourceSchemas["opa_user_access_report"].ValueType()
			arguments := s.dynamic(typ, config{"user_name": world.Users()[0].Name})
			b.ReportAllocs()
			for b.Loop() {
				response, err := s.ReadDataSource(b.Context(), &tfprotov6.ReadDataSourceRequest{TypeName: "opa_user_access_report", Config: arguments})
				if err != nil || len(response.Diagnostics) > 0 {
					b.Fatal(err, diagnostics(response.Diagnostics))
				}
				b.SetBytes(int64(len(response.State.MsgPack)))
			}
			b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/float64(rows), "ns/row")
		})
	}
}
