package provider_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"strconv"
	"strings"
	"testing"

	gocmp "github.com/google/go-cmp/cmp"

	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// profileBehindProxy returns the profile of a simulated tenant behind a proxy that changes
// responses.
func profileBehindProxy(t *testing.T, options opasim.Options, change func(*http.Response)) string {
	t.Helper()
	sim := opasim.Start(t, options)
	target, err := url.Parse(sim.URL)
	if err != nil {
		t.Fatal(err)
	}
	proxy := httptest.NewServer(&httputil.ReverseProxy{
		Rewrite:        func(r *httputil.ProxyRequest) { r.SetURL(target) },
		ModifyResponse: func(r *http.Response) error { change(r); return nil },
	})
	t.Cleanup(proxy.Close)
	state, diags := configured(t, sim, config{"base_url": proxy.URL}).read("opa_tenant_check", pairToCheck)
	if state == nil {
		t.Fatal(diags)
	}
	return state["profile"].(string)
}

// A profile of whatever a proxy answers can be replayed.
func TestReplayOfUnusualStatuses(t *testing.T) {
	t.Parallel()
	for _, status := range []int{599, 600, 999} {
		t.Run(strconv.Itoa(status), func(t *testing.T) {
			t.Parallel()
			want := profileBehindProxy(t, opasim.Options{}, func(r *http.Response) {
				if strings.HasSuffix(r.Request.URL.Path, "/groups") {
					r.StatusCode = status
				}
			})
			if text := fmt.Sprintf(`"status": %d,`, status); !strings.Contains(want, text) {
				t.Errorf("got a profile without %s", text)
			}
			got := profileOf(t, replayed(t, want), pairToCheck, nil)
			if diff := gocmp.Diff(want, got); diff != "" {
				t.Errorf("profile (-want +got):\n%s", diff)
			}
		})
	}
}
