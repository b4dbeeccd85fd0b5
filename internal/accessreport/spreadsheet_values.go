package accessreport

import (
	"slices"
	"strings"
	"unicode"
)

// maybeConverted reports whether a program may replace a cell by a number, a date, a
// truth value or an error: 007 would become 7, and mar-01 a day in March. A cell is
// certainly a text only if it has neither digits nor such a word, or a word that no number
// or date has.
func maybeConverted(text string) bool {
	text = strings.ToLower(strings.TrimFunc(text, isBlank))
	switch {
	case strings.HasPrefix(text, "'"):
		return false
	case strings.HasPrefix(text, "#"), truthWords[text]:
		return true
	}
	digits := false
	rest := []rune(text)
	for len(rest) > 0 {
		n := slices.IndexFunc(rest, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsMark(r) })
		if n < 0 {
			n = len(rest)
		}
		word := string(rest[:n])
		if n > 0 && !valueWords[word] && !(digits && suffixWords[word]) {
			return false
		}
		digits = digits || n < len(rest) && unicode.IsNumber(rest[n])
		rest = rest[min(n+1, len(rest)):]
	}
	return digits
}

var (
	// truthWords are truth values, in the languages of common programs.
	truthWords = wordSet("true false wahr falsch vrai faux verdadero falso vero verdadeiro waar onwaar sant falskt sand falsk sann usann tosi epätosi " +
		"prawda fałsz pravda nepravda igaz hamis doğru yanlış истина ложь")

	// valueWords are words of dates, times and amounts of money.
	valueWords = wordSet("am pm utc gmt " +
		"jan january feb february mar march apr april may jun june jul july aug august sep sept september oct october nov november dec december " +
		"mon monday tue tues tuesday wed wednesday thu thur thurs thursday fri friday sat saturday sun sunday " +
		"januar jänner februar mär märz mai juni juli okt oktober dez dezember " +
		"janv janvier févr février mars avr avril juin juil juillet août déc décembre " +
		"ene enero febrero marzo abr abril mayo junio julio ago agosto septiembre octubre noviembre dic diciembre de " +
		"gen gennaio febbraio aprile mag maggio giu giugno lug luglio set settembre ott ottobre novembre dicembre " +
		"januari februari maart mei augustus octobre septembre " +
		"年 月 日 時 时 分 秒 년 월 일 시 분 초 円 元 원 " +
		"us usd eur gbp chf fr jpy cny rmb inr rs aud cad nzd hkd sgd krw twd sek nok dkk isk kr pln zł czk kč huf ft ron lei bgn лв rub руб uah грн " +
		"try tl brl r mxn ars clp cop pen zar ils aed sar thb idr rp myr rm php vnd")

	// suffixWords are such words after a digit: 1e5, 1:30 p, 2026-01-02T12:00Z, 2nd.
	suffixWords = wordSet("a p e t z h st nd rd th")
)
