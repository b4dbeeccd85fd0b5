package client

import (
	"bufio"
	"compress/flate"
	"compress/gzip"
	"context"
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"

	"golang.org/x/text/encoding"
	"golang.org/x/text/transform"
)

// decompress returns the body of a response without its content encoding.
func decompress(resp *http.Response) (io.Reader, error) {
	switch coding := strings.ToLower(strings.Join(resp.Header.Values("Content-Encoding"), ", ")); coding {
	case "", "identity":
		return resp.Body, nil
	case "gzip":
		return newGzipBody(resp.Body)
	default:
		return nil, protocolErrorf("the content encoding is %s", codingName(coding))
	}
}

// gzipBody decompresses one gzip member, which must be the complete body. More
// members could follow without end and without a byte of text.
type gzipBody struct {
	compressed *bufio.Reader
	text       *gzip.Reader
}

func newGzipBody(body io.Reader) (*gzipBody, error) {
	compressed := bufio.NewReader(body)
	text, err := gzip.NewReader(compressed)
	if err != nil {
		return nil, gzipError(err)
	}
	text.Multistream(false)
	return &gzipBody{compressed, text}, nil
}

// Read reads decompressed text. The end of the member is io.EOF only if it is the
// end of the body, too.
func (g *gzipBody) Read(p []byte) (int, error) {
	n, err := g.text.Read(p)
	if err != io.EOF { //nolint:errorlint // a wrapped one is a failure
		return n, gzipError(err)
	}
	if _, after := g.compressed.ReadByte(); after != nil {
		return n, after
	}
	return n, protocolErrorf("the gzip stream has trailing data")
}

// gzipError returns a protocol error for an invalid encoding, and other errors as
// they are.
func gzipError(err error) error {
	_, corrupt := errors.AsType[flate.CorruptInputError](err)
	if corrupt || errors.Is(err, gzip.ErrHeader) || errors.Is(err, gzip.ErrChecksum) {
		return protocolErrorf("the gzip stream is malformed")
	}
	return err
}

var errTooLong = errors.New("the text is too long")

// toUTF8 decodes a text in another encoding. It decodes twice, first to learn the
// size, so that it allocates the result and nothing else.
func toUTF8(ctx context.Context, text string, from encoding.Encoding) (string, error) {
	decoded := func() io.Reader {
		return &interruptible{transform.NewReader(strings.NewReader(text), from.NewDecoder()), ctx.Err}
	}
	size, err := io.Copy(io.Discard, io.LimitReader(decoded(), maxCSV+1))
	switch {
	case err != nil:
		return "", err
	case size > maxCSV:
		return "", errTooLong
	}
	var result strings.Builder
	result.Grow(int(size))
	_, err = io.Copy(&result, decoded())
	return result.String(), err
}

// interruptible is a reader that stops when its context ends.
type interruptible struct {
	io.Reader

	ended func() error // the context's Err
}

func (r *interruptible) Read(p []byte) (int, error) {
	if err := r.ended(); err != nil {
		return 0, err
	}
	return r.Reader.Read(p)
}

// isUTF8 is [utf8.ValidString] for a long text.
func isUTF8(ctx context.Context, text string) (bool, error) {
	const size = 4 << 20
	for text != "" {
		if err := ctx.Err(); err != nil {
			return false, err
		}
		end := min(size, len(text))
		for back := 0; back < utf8.UTFMax && end < len(text) && !utf8.RuneStart(text[end]); back++ {
			end--
		}
		if !utf8.ValidString(text[:end]) {
			return false, nil
		}
		text = text[end:]
	}
	return true, nil
}
