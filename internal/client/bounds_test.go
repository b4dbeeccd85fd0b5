package client

import (
	"bytes"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"runtime"
	"runtime/debug"
	"runtime/metrics"
	"strings"
	"testing"
	"time"
)

const mebibyte = 1 << 20

// peak returns the maximum number of bytes of the heap that are in use while f runs, in
// addition to those before. With a smaller gcPercent, less of it is garbage, and it
// takes longer.
func peak(gcPercent int, f func()) (most uint64) {
	defer debug.SetGCPercent(debug.SetGCPercent(gcPercent))
	inUse := func() uint64 {
		sample := []metrics.Sample{{Name: "/memory/classes/heap/objects:bytes"}}
		metrics.Read(sample)
		return sample[0].Value.Uint64()
	}
	runtime.GC()
	before := inUse()
	done, watched := make(chan struct{}), make(chan uint64)
	go func() {
		ticks := time.NewTicker(time.Millisecond)
		defer ticks.Stop()
		var most uint64
		for {
			select {
			case <-ticks.C:
				most = max(most, inUse())
			case <-done:
				watched <- max(most, inUse())
				return
			}
		}
	}()
	f()
	close(done)
	return max(<-watched, before) - before
}

// allowed returns the maximum memory for decoding a body.
func allowed(decompressed int) uint64 { return uint64(4*decompressed + 64*mebibyte) } //nolint:gosec // never negative

func testClient() *Client { return &Client{largeBody: newSlot(), largeList: newSlot()} }

func responseWith(accept string, header http.Header, body io.Reader) *http.Response {
	if header == nil {
		header = http.Header{}
	}
	return &http.Response{
		StatusCode: http.StatusOK, ProtoMajor: 2, ContentLength: -1, Body: io.NopCloser(body), Header: header,
		Request: &http.Request{Header: http.Header{"Accept": {accept}}},
	}
}

// read reads the body of a response.
func read(ctx context.Context, c *Client, resp *http.Response) (string, error) {
	defer resp.Body.Close()
	return c.readBody(ctx, resp)
}

// An endless body causes an error that names the limit, and uses no more memory than
// the limit allows.
func TestBodiesAreBounded(t *testing.T) {
	bomb := zipped(t, 300*mebibyte)
	for name, test := range map[string]struct {
		accept string
		status int
		header http.Header
		body   io.Reader
		limit  string
		size   int
	}{
		"JSON":                 {mediaJSON, 200, nil, zeros{}, "32 MiB", 32 * mebibyte},
		"CSV":                  {mediaCSV, 200, nil, zeros{}, "256 MiB", 256 * mebibyte},
		"an error":             {mediaCSV, 500, nil, zeros{}, "1 MiB", mebibyte},
		"compressed JSON":      {mediaJSON, 200, gzipped(), bytes.NewReader(bomb), "32 MiB", 32 * mebibyte},
		"compressed CSV":       {mediaCSV, 200, gzipped(), bytes.NewReader(bomb), "256 MiB", 256 * mebibyte},
		"wrong Content-Length": {mediaJSON, 200, http.Header{"Content-Length": {"1"}}, zeros{}, "32 MiB", 32 * mebibyte},
	} {
		resp := responseWith(test.accept, test.header, test.body)
		resp.StatusCode = test.status
		var body string
		var err error
		most := peak(20, func() { body, err = read(t.Context(), testClient(), resp) })
		if _, ok := errors.AsType[*ProtocolError](err); body != "" || !ok || !strings.Contains(err.Error(), "larger than "+test.limit) {
			t.Errorf("%s: got %d bytes, %v, want an error with %s", name, len(body), err, test.limit)
		}
		if most > allowed(test.size) {
			t.Errorf("%s: got a peak of %d MiB, want at most %d", name, most/mebibyte, allowed(test.size)/mebibyte)
		}
	}
}

// A body that is announced as too large is not read.
func TestAnnouncedBodiesAreBounded(t *testing.T) {
	reads := 0
	resp := responseWith(mediaCSV, nil, readerFunc(func([]byte) (int, error) { reads++; return 0, io.EOF }))
	resp.ContentLength = 256*mebibyte + 1
	body, err := read(t.Context(), testClient(), resp)
	if err == nil || !strings.Contains(err.Error(), "larger than 256 MiB") || body != "" || reads > 0 {
		t.Errorf("got %d bytes, %v and %d reads, want an error without a read", len(body), err, reads)
	}
}

type readerFunc func([]byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Reading and decoding a report makes few copies of it.
func TestReportsAreNotCopied(t *testing.T) {
	const size = 20 * mebibyte
	latin := strings.Repeat("caf\xe9,b\n", size/7)
	for name, test := range map[string]struct {
		body, contentType string
		copies            uint64 // allocated, of the larger one of body and text
	}{
		"UTF-8":       {strings.Repeat("café,b\n", size/8), "text/csv", 3},
		"ISO-8859-1":  {latin, "text/csv; charset=iso-8859-1", 4},
		"UTF-16":      {strings.Repeat("a\x00,\x00b\x00\n\x00", size/8), "text/csv; charset=utf-16le", 6},
		"JSON string": {`"` + strings.Repeat(`a,b\n`, size/5) + `"`, "application/json", 6},
	} {
		resp := responseWith(mediaCSV, http.Header{"Content-Type": {test.contentType}}, strings.NewReader(test.body))
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		c := testClient()
		body, err := read(t.Context(), c, resp)
		if err != nil {
			t.Fatal(err)
		}
		text, err := (&response{header: resp.Header, body: body, redact: c.secrets.redact}).text(t.Context())
		runtime.ReadMemStats(&after)
		if err != nil || !strings.HasSuffix(text, ",b\n") {
			t.Errorf("%s: got %d bytes and error %v, want the complete text", name, len(text), err)
		}
		larger := max(len(text), len(test.body))
		if got := after.TotalAlloc - before.TotalAlloc; got > test.copies*uint64(larger)+2*mebibyte {
			t.Errorf("%s: got %d MiB allocated, want at most %d times %d MiB", name, got/mebibyte, test.copies, larger/mebibyte)
		}
	}
}

// A text that is larger than the limit after decoding is rejected before it is decoded.
func TestDecodedTextIsBounded(t *testing.T) {
	body := strings.Repeat("\xe9", 150*mebibyte)
	resp := &response{header: http.Header{"Content-Type": {"text/csv; charset=iso-8859-1"}}, body: body, redact: testClient().secrets.redact}
	var err error
	most := peak(20, func() { _, err = resp.text(t.Context()) })
	if err == nil || !strings.Contains(err.Error(), "256 MiB") || most > mebibyte {
		t.Errorf("got %v and a peak of %d MiB, want an error that names 256 MiB and nothing allocated", err, most/mebibyte)
	}
}

// A CSV with the media type of JSON has the limit of a CSV, but a JSON string, which is
// decoded in memory, has that of JSON.
func TestJSONStringsAreBounded(t *testing.T) {
	header := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for body, refused := range map[string]bool{
		strings.Repeat("a,b\n", 10*mebibyte):              false,
		`"` + strings.Repeat("a,b", 10*mebibyte) + `"`:    false,
		`"` + strings.Repeat("a,b ", 8*mebibyte) + `"`:    true,
		"\n\n\"" + strings.Repeat("a", 40*mebibyte) + `"`: true,
	} {
		text, err := (&response{header: header, body: body, redact: testClient().secrets.redact}).text(t.Context())
		if (err != nil) != refused || refused && !strings.Contains(err.Error(), "32 MiB") {
			t.Errorf("%.10q…: got %d bytes, %v, want an error that names 32 MiB: %t", body, len(text), err, refused)
		}
	}
}

// The error for an unsupported content encoding names it.
func TestContentEncodings(t *testing.T) {
	short := zipped(t, 1000)
	for name, test := range map[string]struct {
		encoding []string
		body     []byte
		err      string // a part of it; "" for none
	}{
		"gzip":                  {[]string{"gzip"}, short, ""},
		"gzip in capitals":      {[]string{"GZIP"}, short, ""},
		"br":                    {[]string{"br"}, short, `content encoding is "br"`},
		"zstd":                  {[]string{"zstd"}, short, `content encoding is "zstd"`},
		"deflate":               {[]string{"deflate"}, short, `content encoding is "deflate"`},
		"twice":                 {[]string{"gzip, gzip"}, short, `content encoding is "gzip, gzip"`},
		"in two headers":        {[]string{"gzip", "br"}, short, `content encoding is "gzip, br"`},
		"a long name":           {[]string{strings.Repeat("x", 10_000)}, short, "content encoding is unknown"},
		"followed by garbage":   {[]string{"gzip"}, append(bytes.Clone(short), "garbage"...), "gzip stream has trailing data"},
		"followed by a zero":    {[]string{"gzip"}, append(bytes.Clone(short), 0), "gzip stream has trailing data"},
		"several members":       {[]string{"gzip"}, append(bytes.Clone(short), short...), "gzip stream has trailing data"},
		"not compressed at all": {[]string{"gzip"}, []byte(`{"list":[]} and more`), "gzip stream is malformed"},
		"a wrong checksum":      {[]string{"gzip"}, append(bytes.Clone(short[:len(short)-8]), 1, 2, 3, 4, 5, 6, 7, 8), "gzip stream is malformed"},
		"truncated":             {[]string{"gzip"}, short[:len(short)-3], "unexpected EOF"},
		"nothing":               {[]string{"gzip"}, nil, "EOF"},
	} {
		resp := responseWith(mediaJSON, http.Header{"Content-Encoding": test.encoding}, bytes.NewReader(test.body))
		body, err := read(t.Context(), testClient(), resp)
		_ = resp.Body.Close()
		switch {
		case test.err == "" && (err != nil || len(body) != 1000):
			t.Errorf("%s: got %d bytes, %v, want 1000", name, len(body), err)
		case test.err != "" && (err == nil || body != "" || !strings.Contains(err.Error(), test.err) || len(err.Error()) > 1000):
			t.Errorf("%s: got %d bytes, %v, want an error with %q", name, len(body), err, test.err)
		}
	}
}

// A truncated body is an error at any position, including the end of a piece.
func TestCutBodiesAreErrors(t *testing.T) {
	for _, size := range []int{0, 1, firstPiece - 1, firstPiece, firstPiece + 1, 3 * firstPiece, lastPiece, 2 * lastPiece} {
		text := strings.Repeat("x", size)
		got, err := readAll(t.Context(), strings.NewReader(text), 3*lastPiece, newSlot())
		if err != nil || got != text {
			t.Errorf("%d bytes: got %d and error %v, want all", size, len(got), err)
		}
		got, err = readAll(t.Context(), io.MultiReader(strings.NewReader(text), cut{}), 3*lastPiece, newSlot())
		if !errors.Is(err, io.ErrUnexpectedEOF) || got != "" {
			t.Errorf("%d bytes, cut: got %d, %v, want %v", size, len(got), err, io.ErrUnexpectedEOF)
		}
	}
}

type cut struct{}

func (cut) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Reading and decoding stop when the context ends, and release the slot.
func TestDecodingEndsWithItsContext(t *testing.T) {
	large := strings.Repeat("x,y\n", 20*mebibyte)
	for name, decode := range map[string]func(context.Context, *Client) error{
		"an endless body": func(ctx context.Context, c *Client) error {
			resp := responseWith(mediaCSV, nil, letterX{})
			defer resp.Body.Close()
			_, err := read(ctx, c, resp)
			return err
		},
		"a body while another is read": func(ctx context.Context, c *Client) error {
			c.largeBody <- struct{}{}
			defer func() { <-c.largeBody }()
			resp := responseWith(mediaCSV, nil, letterX{})
			defer resp.Body.Close()
			_, err := read(ctx, c, resp)
			return err
		},
		"a charset": func(ctx context.Context, c *Client) error {
			_, err := (&response{header: http.Header{"Content-Type": {"text/csv; charset=shift_jis"}}, body: large, redact: c.secrets.redact}).text(ctx)
			return err
		},
		"UTF-8": func(ctx context.Context, c *Client) error {
			_, err := (&response{header: http.Header{}, body: large, redact: c.secrets.redact}).text(ctx)
			return err
		},
		"a list": func(ctx context.Context, c *Client) error {
			_, _, err := decodePage[Server](ctx, &response{header: http.Header{}, body: `{"list":[` + strings.Repeat(`{"id":"a"},`, 100_000) + `{}]}`, redact: c.secrets.redact}, c.largeBody)
			return err
		},
	} {
		c := testClient()
		for _, checks := range []int{1, 2, 3} {
			if err := decode(&countdown{Context: t.Context(), left: checks}, c); !errors.Is(err, context.Canceled) {
				t.Errorf("%s: the context ended at check %d: got %v, want %v", name, checks, err, context.Canceled)
			}
		}
		if len(c.largeBody) != 0 {
			t.Errorf("%s: got a slot that is still taken, want it free", name)
		}
	}
}

// countdown is a context that ends after a number of checks.
type countdown struct {
	context.Context //nolint:containedctx // it is one

	left int
}

func (c *countdown) Err() error {
	c.left--
	if c.left < 0 {
		return context.Canceled
	}
	return nil
}

func (c *countdown) Done() <-chan struct{} { return canceled().Done() }

func canceled() context.Context {
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	return ctx
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { return len(p), nil }

// letterX is an endless body of text.
type letterX struct{}

func (letterX) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = 'x'
	}
	return len(p), nil
}

func gzipped() http.Header { return http.Header{"Content-Encoding": {"gzip"}} }

// zipped returns compressed line breaks of a size.
func zipped(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	w, err := gzip.NewWriterLevel(&b, gzip.BestSpeed)
	if err != nil {
		t.Fatal(err)
	}
	chunk := bytes.Repeat([]byte("\n"), min(size, mebibyte))
	for range size / len(chunk) {
		if _, err := w.Write(chunk); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}
