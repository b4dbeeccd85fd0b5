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
	done chan struct{} // closed when the server has stopped accepting connections
}

// TB is the part of testing.TB that [Start] needs. It is declared here so that
// the opasim command does not link package testing.
type TB interface {
	Helper()
	Cleanup(func())
	Fatalf(format string, args ...any)
}

// Start starts a simulator that listens on a free port until the test ends. In a
// testing/synctest bubble, use [Sim.RoundTripper] instead, because virtual time
// does not work with sockets.
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

// Listen serves the simulator on an address such as 127.0.0.1:0 until Close. The
// context only applies to listening itself. Listen returns an error for an address
// that is not a loopback address, because the default key is not a secret.
func (s *Sim) Listen(ctx context.Context, address string) (*Server, error) {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("listen on %q: want host:port: %w", address, err)
	}
	if ip := net.ParseIP(host); host != "localhost" && (ip == nil || !ip.IsLoopback()) {
		return nil, fmt.Errorf("listen on %q: want a loopback address, such as 127.0.0.1:0", address)
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

// Close stops listening and closes all connections.
func (s *Server) Close() {
	_ = s.http.Close()
	<-s.done
}
