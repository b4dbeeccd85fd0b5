package opasim

import (
	"fmt"
	"strings"
)

// HeaderStyles are the names that [HeaderStyle] takes.
var HeaderStyles = []string{"title", "snake", "camel", "pascal", "flat"}

// HeaderStyle returns the header text of every column in a ready style: title
// ("User Name"), snake ("user_name"), camel ("userName"), pascal ("UserName")
// or flat ("username"). The map is the caller's own.
func HeaderStyle(name string) (map[Column]string, error) {
	var spell func(words []string) string
	switch name {
	case "title":
		spell = func(words []string) string { return strings.Join(capitalise(words), " ") }
	case "snake":
		spell = func(words []string) string { return strings.Join(words, "_") }
	case "camel":
		spell = func(words []string) string { return words[0] + strings.Join(capitalise(words[1:]), "") }
	case "pascal":
		spell = func(words []string) string { return strings.Join(capitalise(words), "") }
	case "flat":
		spell = func(words []string) string { return strings.Join(words, "") }
	default:
		return nil, fmt.Errorf("header style %q: want one of %s", name, strings.Join(HeaderStyles, ", "))
	}
	header := make(map[Column]string, len(allColumns))
	for _, column := range allColumns {
		header[column] = spell(strings.Split(string(column), "_"))
	}
	return header, nil
}

// capitalise gives each word a capital; an id is an "ID".
func capitalise(words []string) []string {
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
