package provider_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
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

// A tenant whose objects have keys that no field has can be replayed, also if they are in the
// details of reports, which then are masked completely.
func TestReplayOfObjectsWithOtherKeys(t *testing.T) {
	t.Parallel()
	var add func(value any)
	add = func(value any) {
		switch value := value.(type) {
		case []any:
			for _, element := range value {
				add(element)
			}
		case map[string]any:
			for _, element := range value {
				add(element)
			}
			if _, ok := value["id"]; ok {
				value["10.1.2.3"], value["web-01"], value["zone"], value["role"] = 1, map[string]any{"x": 1}, "z", nil
			}
		}
	}
	want := profileBehindProxy(t, opasim.Options{}, func(r *http.Response) {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			t.Error(err)
		}
		var value any
		if json.Unmarshal(body, &value) == nil {
			add(value)
			if body, err = json.Marshal(value); err != nil {
				t.Error(err)
			}
		}
		r.Body, r.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))
		r.Header.Set("Content-Length", strconv.Itoa(len(body)))
	})
	if !strings.Contains(want, `"user": "map"`) {
		t.Errorf("got a profile without masked details:\n%s", want)
	}
	got := profileOf(t, replayed(t, want), pairToCheck, nil)
	if diff := gocmp.Diff(want, got); diff != "" {
		t.Errorf("profile (-want +got):\n%s", diff)
	}
}
