package provider

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// prose is text of the provider's own, in which what came from outside is safe to
// show and has no lines of its own. A constant is prose; anything else becomes
// prose by say, so that a message cannot be made of a server's words by mistake.
type prose string

// say formats a message of the provider's own. Texts and errors among the
// arguments are escaped; prose stays as it is.
func say(format string, args ...any) prose {
	safe := make([]any, len(args))
	for i, arg := range args {
		switch arg := arg.(type) {
		case string:
			safe[i] = safetext.Text(arg)
		case error:
			safe[i] = safetext.Text(arg.Error())
		case prose:
			safe[i] = string(arg)
		default:
			safe[i] = arg
		}
	}
	return prose(fmt.Sprintf(format, safe...))
}

// multiline is text of several lines that was made of safe parts elsewhere.
func multiline(text string) prose { return prose(safetext.EscapeLines(text)) }

// sentence makes a sentence of an error's text.
func sentence(err error) prose { return asSentence(say("%s", err)) }

func asSentence(clause prose) prose {
	text := strings.TrimSuffix(string(clause), ".")
	return prose(strings.ToUpper(text[:1]) + text[1:] + ".")
}
