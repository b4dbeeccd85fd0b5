package provider

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/client"
	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// message is the body of a diagnostic: what happened, what to do, and labeled
// lines with details.
type message struct {
	happened prose
	advice   prose
	labels   []label
}

type label struct{ name, value string }

func (m message) String() string {
	var b strings.Builder
	b.WriteString(string(m.happened))
	if m.advice != "" {
		b.WriteString("\n\n" + string(m.advice))
	}
	separator := "\n\n"
	for _, l := range m.labels {
		if l.value != "" {
			b.WriteString(separator + l.name + ": " + safetext.Escape(l.value))
			separator = "\n"
		}
	}
	return b.String()
}

// textOrNone returns a text from outside, or "(none)" if it is empty.
func textOrNone[T string | client.ServerText](text T) prose {
	if shown := say("%s", text); shown != "" {
		return shown
	}
	return "(none)"
}

// tenantForm is the URL of the form for reporting how a tenant differs.
const tenantForm = "https://github.com/privileged-access/terraform-provider-opa/issues/new?template=tenant.yml"

// count returns a number with a noun, in the plural unless it is one.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}
