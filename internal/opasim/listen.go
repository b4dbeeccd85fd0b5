package opasim

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"time"
)

// Server is a simulator that listens on a loopback address.
type Server struct {
	*Sim
	// URL is its base URL, such as http://127.0.0.1:40123.
	URL string

	http *http.Server
	done chan struct{} // closed when nothing is accepted any more
}

// TB is the part of testing.TB that [Start] needs. It stands here so that the
// opasim command does not link the testing package.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start makes a simulator that listens on a free port until the test ends. In a
// bubble of testing/synctest use [Sim.RoundTripper]: sockets know no virtual
// time.
func Start(tb TB, opts Options) *Server {
	tb.Helper()
	s, err := New(opts)
	if err != nil {
		tb.Fatalf("%v", err)
	}
	server, err := s.Listen(context.Background(), "127.0.0.1:0")
	if err != nil {
		tb.Fatalf("%v", err)
	}
	tb.Cleanup(server.Close)
	return server
}

// Listen serves the simulator on an address such as 127.0.0.1:0, until Close;
// the context is for the listening alone. It refuses an address that is not
// loopback, because the default key is no secret.
func (s *Sim) Listen(ctx context.Context, address string) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want host:port: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: only loopback addresses, such as 127.0.0.1:0, are served", address)
	}
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", address)
	if err != nil {
		return nil, err
	}
	server := &Server{
		Sim: s, URL: "http://" + listener.Addr().String(),
		http: &http.Server{Handler: s, ReadHeaderTimeout: 10 * time.Second},
		done: make(chan struct{}),
	}
	go func() {
		defer close(server.done)
		_ = server.http.Serve(listener) // ends with Close
	}()
	return server, nil
}

// Close ends all connections and stops listening.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}
