package client_test

import (
	"compress/gzip"
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/opasim"
)

// A request stops when its context ends, whatever a stalled server has sent so far.
func TestServersThatStall(t *testing.T) {
	for name, serve := range map[string]func(w http.ResponseWriter, r *http.Request){
		"without a byte": func(http.ResponseWriter, *http.Request) {},
		"in the body": func(w http.ResponseWriter, _ *http.Request) {
			_, _ = fmt.Fprint(w, `{"list":[{"id":"a"},`)
		},
		"in a compressed body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			compressed := gzip.NewWriter(w)
			_, _ = fmt.Fprint(compressed, `{"list":[{"id":"a"},`)
			_ = compressed.Flush()
		},
		"after a compressed body": func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Encoding", "gzip")
			compressed := gzip.NewWriter(w)
			_, _ = fmt.Fprint(compressed, `{"list":[]}`)
			_ = compressed.Close()
		},
	} {
		t.Run(name, func(t *testing.T) {
			stalled := make(chan struct{})
			c := onSocket(t, func(w http.ResponseWriter, r *http.Request) {
				serve(w, r)
				if flusher, ok := w.(http.Flusher); ok && name != "without a byte" {
					flusher.Flush()
				}
				close(stalled)
				<-r.Context().Done()
			})
			ctx, cancel := context.WithCancel(t.Context())
			go func() {
				<-stalled
				cancel()
			}()
			if servers, err := c.Servers(ctx, client.ServerFilter{}); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v, %v, want %v", servers, err, context.Canceled)
			}
		})
	}
}

// The size of headers is limited, too.
func TestHeadersAreBounded(t *testing.T) {
	c := onSocket(t, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("X-Large", strings.Repeat("x", 2<<20))
		_, _ = fmt.Fprint(w, `{"list":[]}`)
	})
	if servers, err := c.Servers(t.Context(), client.ServerFilter{}); err == nil || !strings.Contains(err.Error(), "headers exceeded 1048576 bytes") {
		t.Errorf("got %v, %v, want an error that names 1048576 bytes", servers, err)
	}
}

// onSocket returns a client of a server on a socket.
func onSocket(t *testing.T, serve http.HandlerFunc) *client.Client {
	t.Helper()
	server := httptest.NewServer(serve)
	t.Cleanup(server.Close)
	c, err := client.New(client.Config{
		BaseURL: server.URL, Team: opasim.DefaultTeam, BearerToken: "a-ready-token",
		RequestTimeout: time.Minute, MaxConcurrentRequests: 1, MaxPendingReports: 1,
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}
