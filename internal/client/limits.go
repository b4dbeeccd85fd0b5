package client

import (
	"context"
	"io"
	"strings"
)

// Limits of a response and of a list. They are far above the sizes of real ones. A larger
// response is an error, so that a broken or hostile server cannot exhaust memory.
const (
	maxCSV    = 256 << 20 // bytes of a report, decompressed and in UTF-8
	maxJSON   = 32 << 20  // bytes of a JSON body, which may be a page of a list
	maxObject = 1 << 20   // bytes of one JSON object: an element of a list, a report, an error

	maxPageElements = 100_000   // more fit in maxJSON only if they are nearly empty
	maxPageValues   = 1_500_000 // JSON values of a page
	maxListBytes    = 256 << 20 // all pages of a list
	maxListElements = 1_000_000
	maxPages        = 10_000
	maxEmptyPages   = 100 // in a row

	maxHeaders     = 1 << 20  // bytes of all headers of a response
	maxLinks       = 64 << 10 // bytes of all its Link headers
	maxPageAddress = 8 << 10  // bytes of the address of a next page

	// Above these sizes, bodies and lists are read one at a time, so that a
	// client that makes many requests at a time does not need the memory for all of
	// them.
	largeBody = 8 << 20
	largeList = 32 << 20
)

// slot is a lock for operations that need much memory.
type slot chan struct{}

func newSlot() slot { return make(slot, 1) }

// take waits for the slot.
func (s slot) take(ctx context.Context) error {
	select {
	case s <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

// release releases the slot.
func (s slot) release() { <-s }

// The sizes of the pieces in which a body is read.
const (
	firstPiece = 4 << 10
	lastPiece  = 1 << 20
)

// readAll reads source to its end, at most limit bytes; it leaves the rest.
// It collects pieces and copies them once, so it allocates twice the size of the data,
// while [io.ReadAll] allocates five times that.
func readAll(ctx context.Context, source io.Reader, limit int, large slot) (string, error) {
	source = io.LimitReader(source, int64(limit))
	var pieces [][]byte
	isLarge := false
	defer func() {
		if isLarge {
			large.release()
		}
	}()
	piece := make([]byte, 0, firstPiece)
	for total := 0; ; {
		n, err := source.Read(piece[len(piece):cap(piece)])
		piece = piece[:len(piece)+n]
		total += n
		switch {
		case err == io.EOF:
			return joinPieces(append(pieces, piece), total), nil
		case err != nil:
			return "", err
		case ctx.Err() != nil:
			return "", ctx.Err()
		case len(piece) == cap(piece):
			pieces = append(pieces, piece)
			piece = make([]byte, 0, min(2*cap(piece), lastPiece))
		}
		if total > largeBody && !isLarge {
			if err := large.take(ctx); err != nil {
				return "", err
			}
			isLarge = true
		}
	}
}

// joinPieces returns the concatenated pieces.
func joinPieces(pieces [][]byte, total int) string {
	var text strings.Builder
	text.Grow(total)
	for _, piece := range pieces {
		text.Write(piece)
	}
	return text.String()
}
