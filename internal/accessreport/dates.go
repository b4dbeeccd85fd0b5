package accessreport

import (
	"regexp"
	"strconv"
	"strings"
	"time"
)

// dateForms are the common forms of dates, with the parts of each.
var dateForms = []struct {
	form             *regexp.Regexp
	year, month, day int // groups
}{
	{dateForm(`(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})`), 1, 2, 3},
	{dateForm(`(\d{1,2})[-/.] ?(\d{1,2})[-/.] ?(\d{4}|\d\d)`), 3, 2, 1},
	{dateForm(`(\d{1,2})[-/] ?(\d{1,2})[-/] ?(\d{4}|\d\d)`), 3, 1, 2},      // not with periods,
	{dateForm(`(\d{1,2})\. ?(1[3-9]|2\d|3[01])\. ?(\d{4}|\d\d)`), 3, 1, 2}, // except if it has no other meaning
	{dateForm(`(\d{1,2})(?:st|nd|rd|th)?[ .-]*(` + months + `)[ .,-]*(\d{4})`), 3, 2, 1},
	{dateForm(`(` + months + `)[ .-]*(\d{1,2})(?:st|nd|rd|th)?[ .,-]+(\d{4})`), 3, 1, 2},
}

// months matches the English names of months.
const months = `(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)`

// dateForm returns the form of a date that is not a part of a longer word or number, such
// as a ticket or a path. Group 0 may have a time after the date.
func dateForm(date string) *regexp.Regexp {
	const (
		clock = `(?:[T ,]+\d{1,2}(?:[:.]\d\d){0,2}(?:[.,]\d+)?(?: ?[ap]\.?m\.?)?(?: ?(?:z|utc|gmt|[+-]\d\d:?\d\d))?)?`
		begin = `(?:^|[^\pL\d./_-])`
		end   = `(?:$|[^\pL\d/_-])`
	)
	return regexp.MustCompile(`(?i)` + begin + date + clock + end)
}

// datesIn returns the ends in UTC of the days in a text, in any common form, and whether
// the text is only a date. A date such as 01/02/2026 is two days.
func datesIn(text string) (ends []time.Time, only bool) {
	text = strings.TrimFunc(text, isBlank)
	for _, f := range dateForms {
		for begin := 0; ; {
			groups := f.form.FindStringSubmatchIndex(text[begin:])
			if groups == nil {
				break
			}
			part := func(group int) string { return text[begin+groups[2*group] : begin+groups[2*group+1]] }
			whole := groups[0] == 0 && begin == 0 && groups[1] == len(text)
			if date, ok := dateOf(part(f.year), part(f.month), part(f.day), whole); ok {
				ends, only = append(ends, date.AddDate(0, 0, 1)), only || whole
			}
			begin += max(groups[2*f.year+1], groups[2*f.day+1]) // the character after it may begin the next one
		}
	}
	return ends, only
}

// startsAfter reports whether a date, of which the end of its day in UTC is known, is in the
// future at a time for something that was done then. Dates have no time zone, so it may be
// tomorrow already. Timestamps with an offset are exact, but any time of today is accepted.
func startsAfter(text string, end, at time.Time) bool {
	const earliestZone = 14 * time.Hour
	text = strings.TrimFunc(text, isBlank)
	if len(text) > len(time.DateOnly) && text[len(time.DateOnly)] == ' ' {
		text = strings.Replace(text, " ", "T", 1)
	}
	if timestamp, err := time.Parse(time.RFC3339, text); err == nil {
		return timestamp.UTC().Truncate(24 * time.Hour).After(at)
	}
	return end.AddDate(0, 0, -1).After(at.Add(earliestZone))
}

// dateOf returns the date with a year, a month and a day. Years of two digits are allowed
// only in a text without more: others may be versions, such as 1.2.26.
func dateOf(yearText, monthText, dayText string, whole bool) (date time.Time, ok bool) {
	year, _ := strconv.Atoi(yearText)
	day, _ := strconv.Atoi(dayText)
	month := monthOf(monthText)
	if len(yearText) == 2 {
		year += 2000
	}
	date = time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
	return date, date.Day() == day && date.Month() == month && (whole || len(yearText) > 2)
}

// monthOf returns the month of a number or an English name, or 0.
func monthOf(text string) time.Month {
	if number, err := strconv.Atoi(text); err == nil {
		return time.Month(number)
	}
	for month := time.January; month <= time.December; month++ {
		if strings.EqualFold(text[:3], month.String()[:3]) {
			return month
		}
	}
	return 0
}

// duration matches a duration in words, such as "30 days".
const duration = `\d+[ -]?(?:d|days?|h|hours?|hrs?|w|weeks?|months?|y|years?|quarters?|tage?)`

// endForms are the forms of dates that are ends after a word such as "until", with the words
// that replace them. Days without a separator or with a year of two digits, months,
// quarters, years and durations may be something else after a word such as "to".
var endForms = []struct {
	form *regexp.Regexp
	word string
}{
	{dateForms[0].form, fullDate},
	{dateForm(`\d{1,2}[-/.] ?\d{1,2}[-/.] ?\d{4}`), fullDate},
	{dateForms[4].form, fullDate},
	{dateForms[5].form, fullDate},
	{dateForm(`(?:20\d{6}|\d{1,2}[-/.] ?\d{1,2}[-/.] ?\d\d)`), looseDate},
	{dateForm(`(?:20\d\d[-/.]\d{1,2}|(?:\d{1,2}[-/.]|` + months + `[ .,-]*)20\d\d)`), looseDate},
	{dateForm(`(?:20\d\d[-/ ]?[qh][1-4]|[qh][1-4][-/ ]?20\d\d|20\d\d)`), looseDate},
	{dateForm(duration), looseDate},
}

// Words that make a date the end of something. Those in endWords can be some words before
// it, those in nearEndWords only words such as "of", and those in directEndWords none.
var (
	endWords       = wordSet("bis expire expired expires expiring expiry expiration until till thru")
	nearEndWords   = wordSet("deadline due end ended ending ends exp valid validity")
	directEndWords = wordSet("before by through to")
	afterEndWords  = wordSet("deadline end ends expiration expire expires expiry")
	betweenWords   = wordSet("about at date day days during for from in including incl is latest max maximum most of on only since the up within")
)

// maxWordsToEnd is the maximum number of words between a word in endWords and a date.
const maxWordsToEnd = 6

// The words that replace dates: letters that no text has.
const fullDate, looseDate = "\u01c2", "\u01c3"

// replaceDates returns a text with other words instead of the dates of some forms.
func replaceDates(text string, form *regexp.Regexp, word string) string {
	for range 2 { // the character after a date may begin the next one
		text = form.ReplaceAllString(text, " "+word+" ")
	}
	return text
}

// withoutDates returns a text without dates.
func withoutDates(text string) string {
	if !hasDigit(text) {
		return text
	}
	for _, f := range dateForms {
		text = replaceDates(text, f.form, "")
	}
	return text
}

// hasEnd reports whether a text has a date, whether it has passed or not, near a word such
// as "until".
func hasEnd(text string) bool {
	if !hasDigit(text) {
		return false
	}
	for _, f := range endForms {
		text = replaceDates(text, f.form, f.word)
	}
	words := wordsOf(text)
	for i, word := range words {
		if (word == fullDate || word == looseDate) && isEnd(words, i) {
			return true
		}
	}
	return false
}

// hasDigit reports whether a text has an ASCII digit, as all dates do.
func hasDigit(text string) bool { return strings.ContainsAny(text, "0123456789") }

// isEnd reports whether the date at an index of words is near a word such as "until".
func isEnd(words []string, index int) bool {
	if index+1 < len(words) && words[index] == fullDate && afterEndWords[words[index+1]] {
		return true
	}
	between := true // whether all words since are in betweenWords
	for i := index - 1; i >= 0 && i >= index-1-maxWordsToEnd; i-- {
		word := words[i]
		switch {
		case endWords[word], between && nearEndWords[word]:
			return true
		case i == index-1 && directEndWords[word] && words[index] == fullDate && (i == 0 || words[i-1] != "due"):
			return true
		}
		between = between && (betweenWords[word] || word == fullDate || word == looseDate)
	}
	return false
}
