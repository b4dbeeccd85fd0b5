package opasim

import (
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// FaultHelp describes the text that [ParseFault] parses.
const FaultHelp = `METHOD PATH SETTING...

METHOD is GET, POST or *, which matches any. PATH is below /v1/teams/<team>,
such as /access_reports. {…} matches one segment, and * any characters. A path
that begins with * or /v1/ is compared with the complete path. Settings are

  nth=N times=N probability=P     which of the requests the rule applies to
  after                           let the tenant handle the request first
  delay=TIME delay-after=TIME     wait before or after the request is handled
  status=CODE header="Name: text" body="TEXT" redirect=URL
  close                           end the connection without a response
  cut=BYTES                       end the body early; negative: from its end
  framing=length|chunked|close    how the response shows where its body ends

Text in double quotes may contain spaces and Go escape sequences.`

// ParseFault parses a rule as [FaultHelp] describes it, such as
//
//	GET */report times=2 status=503
//	POST /access_reports nth=1 times=1 after close
//	GET */report cut=-5 framing=close
func ParseFault(text string) (Fault, error) {
	words, err := splitWords(text)
	if err == nil && len(words) < 3 {
		err = errors.New("want a method, a path and at least one setting")
	}
	if err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	f := Fault{Method: strings.ToUpper(words[0]), Path: words[1]}
	for _, word := range words[2:] {
		if err := parseSetting(&f, word); err != nil {
			return Fault{}, fmt.Errorf("fault %q: %w", text, err)
		}
	}
	if err := f.check(); err != nil {
		return Fault{}, fmt.Errorf("fault %q: %w", text, err)
	}
	return f, nil
}

// parseSetting parses one setting, such as status=503 or after.
func parseSetting(f *Fault, text string) (err error) {
	name, value, hasValue := strings.Cut(text, "=")
	if flag := name == "after" || name == "close"; flag == hasValue {
		if flag {
			return fmt.Errorf("%s takes no value", name)
		}
		return fmt.Errorf("setting %q: want name=value, after or close", text)
	}
	switch name {
	case "after":
		f.After = true
	case "close":
		f.Close = true
	case "nth":
		f.Nth, err = strconv.Atoi(value)
	case "times":
		f.Times, err = strconv.Atoi(value)
	case "probability":
		f.Probability, err = strconv.ParseFloat(value, 64)
	case "delay":
		f.Delay, err = time.ParseDuration(value)
	case "delay-after":
		f.DelayAfter, err = time.ParseDuration(value)
	case "status":
		f.Status, err = strconv.Atoi(value)
	case "header":
		key, content, ok := strings.Cut(value, ":")
		if !ok {
			return fmt.Errorf("header=%q: want Name: value", value)
		}
		if f.Header == nil {
			f.Header = http.Header{}
		}
		f.Header.Add(key, strings.TrimSpace(content))
	case "body":
		f.Body = []byte(value)
	case "redirect":
		f.Redirect = value
	case "cut":
		f.Cut = true
		f.CutAfter, err = strconv.Atoi(value)
	case "framing":
		f.Framing = Framing(value)
	default:
		return fmt.Errorf("unknown setting %q", name)
	}
	if err != nil {
		return fmt.Errorf("%s=%q: invalid value", name, value)
	}
	return nil
}

// splitWords splits a text at spaces outside of double quotes, and unquotes quoted
// text.
func splitWords(text string) ([]string, error) {
	var words []string
	for text = strings.TrimSpace(text); text != ""; text = strings.TrimSpace(text) {
		var word strings.Builder
		for text != "" && text[0] != ' ' && text[0] != '\t' {
			if text[0] != '"' {
				word.WriteByte(text[0])
				text = text[1:]
				continue
			}
			quoted, err := strconv.QuotedPrefix(text)
			if err != nil {
				return nil, errors.New("a double quote is not closed")
			}
			content, err := strconv.Unquote(quoted)
			if err != nil {
				return nil, fmt.Errorf("quoted text: %w", err)
			}
			word.WriteString(content)
			text = text[len(quoted):]
		}
		words = append(words, word.String())
	}
	return words, nil
}
