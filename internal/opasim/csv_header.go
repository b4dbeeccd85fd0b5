package opasim

import (
	"fmt"
	"strings"
)

// HeaderStyles are the styles that [HeaderStyle] knows.
var HeaderStyles = []string{"title", "snake", "camel", "pascal", "flat"}

// HeaderStyle returns a new map from every column to its header cell in a style:
// title ("User Name"), snake ("user_name"), camel ("userName"), pascal
// ("UserName") or flat ("username").
func HeaderStyle(name string) (map[Column]string, error) {
	var join func(words []string) string
	switch name {
	case "title":
		join = func(words []string) string { return strings.Join(capitalize(words), " ") }
	case "snake":
		join = func(words []string) string { return strings.Join(words, "_") }
	case "camel":
		join = func(words []string) string { return words[0] + strings.Join(capitalize(words[1:]), "") }
	case "pascal":
		join = func(words []string) string { return strings.Join(capitalize(words), "") }
	case "flat":
		join = func(words []string) string { return strings.Join(words, "") }
	default:
		return nil, fmt.Errorf("header style %q: want one of %s", name, strings.Join(HeaderStyles, ", "))
	}
	header := make(map[Column]string, len(allColumns))
	for _, column := range allColumns {
		header[column] = join(strings.Split(string(column), "_"))
	}
	return header, nil
}

// capitalize returns each word with a capital letter, and "id" as "ID".
func capitalize(words []string) []string {
	capital := make([]string, len(words))
	for i, word := range words {
		if word == "id" {
			capital[i] = "ID"
		} else {
			capital[i] = strings.ToUpper(word[:1]) + word[1:]
		}
	}
	return capital
}
