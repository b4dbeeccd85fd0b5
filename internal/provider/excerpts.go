package provider

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// Bounds of what a message shows of texts that come from a tenant.
const (
	maxListed  = 5   // texts of a list
	maxExcerpt = 120 // runes of a text
)

// excerpt returns a quoted text for a message. It is cut if it is long, and what
// a terminal would act on is escaped.
func excerpt(text string) string {
	n := 0
	for i := range text {
		if n == maxExcerpt {
			return safetext.Quote(text[:i]) + "…"
		}
		n++
	}
	return safetext.Quote(text)
}

// bullets returns the first lines as a list, and the number of the others.
func bullets(lines []string) prose { return bulletsUpTo(maxListed, lines) }

// bulletsUpTo is like bullets, with at most the given number of lines.
func bulletsUpTo(limit int, lines []string) prose {
	var b strings.Builder
	for _, line := range lines[:min(len(lines), limit)] {
		b.WriteString("\n  - " + safetext.Escape(line))
	}
	if more := len(lines) - limit; more > 0 {
		fmt.Fprintf(&b, "\n  - and %d more", more)
	}
	return prose(b.String())
}
