package provider

import (
	"fmt"
	"strings"

	"github.com/privileged-access/terraform-provider-opa/internal/safetext"
)

// prose is text that is safe to show. Parts of it that come from outside are
// escaped and have no line breaks. Constants are prose, and say converts everything
// else, so that the text of a server cannot become a message by mistake.
type prose string

// say formats a message. It escapes strings and errors among the arguments. Prose
// is unchanged.
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

// multiline returns a text of several lines whose parts are safe already.
func multiline(text string) prose { return prose(safetext.EscapeLines(text)) }

// sentence returns the text of an error as a sentence.
func sentence(err error) prose { return asSentence(say("%s", err)) }

func asSentence(clause prose) prose {
	text := strings.TrimSuffix(string(clause), ".")
	return prose(strings.ToUpper(text[:1]) + text[1:] + ".")
}
