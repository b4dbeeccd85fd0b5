package opasim

import (
	"errors"
	"regexp"
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// maskedWord matches the mask of a word, such as <lower 7>.
var maskedWord = regexp.MustCompile(`<(lower|upper|title|mixed|digits|(?:upper|title|mixed)?alphanumeric|other) (\d+)>`)

// maskedLength returns the number of characters that the masks in a text stand for. It
// returns an error if one of them stands for none or for too many.
func maskedLength(text string) (total int, err error) {
	for _, match := range maskedWord.FindAllStringSubmatch(text, -1) {
		n, err := strconv.Atoi(match[2])
		if err != nil || n < 1 || n > maxMaskedWord {
			return 0, errors.New("a masked word must have 1 to " + strconv.Itoa(maxMaskedWord) + " characters")
		}
		total += n
	}
	return total, nil
}

// unmask replaces the masks in a text by placeholder words of the same class and length.
// Placeholders are in no vocabulary, so that they are masked to the same text, and nothing
// recognizes them. Texts with different numbers differ where the length allows it.
func unmask(text string, number int) string {
	var b strings.Builder
	last := 0
	for _, at := range maskedWord.FindAllStringSubmatchIndex(text, -1) {
		b.WriteString(text[last:at[0]])
		length, _ := strconv.Atoi(text[at[4]:at[5]]) // maskedLength has checked it
		before, _ := utf8.DecodeLastRuneInString(b.String())
		b.WriteString(placeholderWord(text[at[2]:at[3]], length, number, unicode.IsLetter(before)))
		last = at[1]
	}
	b.WriteString(text[last:])
	return b.String()
}

// placeholderLetters occur in no word of a vocabulary that has only them.
const placeholderLetters = "qzjkw"

// placeholderWord returns a word of a class. follows reports whether it follows a letter:
// a word in another script then begins with a capital letter, which separates the two.
func placeholderWord(class string, length, number int, follows bool) string {
	word := make([]byte, length)
	for i := len(word) - 1; i >= 0; i-- {
		word[i] = placeholderLetters[number%len(placeholderLetters)]
		number /= len(placeholderLetters)
	}
	text := string(word)
	switch class {
	case "upper":
		return strings.ToUpper(text)
	case "title":
		return strings.ToUpper(text[:1]) + text[1:]
	case "mixed": // two capital letters, and a word begins at one after a small letter
		return strings.ToUpper(text[:min(2, length)]) + text[min(2, length):]
	case "digits":
		return strings.Repeat("7", length)
	case "alphanumeric":
		return text[:length-1] + "7"
	case "upperalphanumeric":
		return strings.ToUpper(text[:length-1]) + "7"
	case "titlealphanumeric":
		return strings.ToUpper(text[:min(1, length-1)]) + text[min(1, length-1):length-1] + "7"
	case "mixedalphanumeric": // of at least three characters
		return text[:max(0, length-2)] + "7" + strings.ToUpper(text[length-min(1, length-1):])
	case "other":
		switch {
		case length == 1:
			return "·"
		case follows:
			return "É" + strings.Repeat("é", length-1)
		}
		return strings.Repeat("é", length)
	}
	return text
}

// maskPattern returns a pattern that matches the texts which a mask stands for, or nil
// for a text without masks.
func maskPattern(masked string) *regexp.Regexp {
	if !maskedWord.MatchString(masked) {
		return nil
	}
	classes := map[string]string{
		"lower": `[a-z]`, "upper": `[A-Z]`, "title": `[A-Za-z]`, "mixed": `[A-Za-z]`,
		"digits": `[0-9]`, "alphanumeric": `[A-Za-z0-9]`,
		"upperalphanumeric": `[A-Z0-9]`, "titlealphanumeric": `[A-Za-z0-9]`, "mixedalphanumeric": `[A-Za-z0-9]`, "other": `.`,
	}
	var b strings.Builder
	last := 0
	for _, at := range maskedWord.FindAllStringSubmatchIndex(masked, -1) {
		b.WriteString(regexp.QuoteMeta(masked[last:at[0]]))
		b.WriteString(classes[masked[at[2]:at[3]]] + "{" + masked[at[4]:at[5]] + "}")
		last = at[1]
	}
	b.WriteString(regexp.QuoteMeta(masked[last:]))
	return regexp.MustCompile("^" + b.String() + "$")
}
