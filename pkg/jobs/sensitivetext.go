package jobs

import (
	"bytes"
	"encoding/json"
	"strings"
	"unicode"
)

// NamesSensitive reports whether a message that could not be read may hold a security code, a PIN or a stripe: whether one of
// their names stands anywhere in it, as a member however often it occurs, in a text, or in what is no JSON at all. It errs on the
// side of yes: what it finds is not kept.
func NamesSensitive(body []byte) bool {
	body = bytes.ReplaceAll(body, []byte{0}, nil) // as in UTF-16
	if namesSensitive(string(body)) || holdsTrack(string(body)) {
		return true
	}

	// Names can be written with escapes, and a text can hold a document of its own.
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()

	for {
		token, err := decoder.Token()
		if err != nil {
			return false
		}

		if text, ok := token.(string); ok && (namesSensitive(text) || holdsTrack(text)) {
			return true
		}
	}
}

// namesSensitive looks at words, and at words joined as "security code" is.
func namesSensitive(text string) bool {
	const longest = 3 // "card security code"

	words := wordsOf(text)
	for i := range words {
		if _, found := sensitiveName(words[i]); found && uniform(words[i]) {
			return true
		}

		for n := 1; n <= longest && i+n <= len(words); n++ {
			if _, found := sensitiveWord(folded(strings.Join(words[i:i+n], ""))); found {
				return true
			}
		}
	}

	return false
}

// uniform: a word of people and programs, such as cvcCode, and no random text in base64, which has letters and digits anyhow.
func uniform(word string) bool {
	const longest, parts = 32, 4

	return len(word) <= longest && len(wordsInName(word)) <= parts
}

// wordsOf are the words of a text, without those parts of a seal in which any three letters may stand by chance.
func wordsOf(text string) []string {
	const opaque = 128 // characters

	var words []string

	for _, run := range strings.FieldsFunc(text, func(c rune) bool { return !inWord(c) && c != '-' && c != '_' }) {
		if len(run) < opaque {
			words = append(words, strings.FieldsFunc(run, func(c rune) bool { return !inWord(c) })...)
		}
	}

	return words
}

func inWord(c rune) bool { return unicode.IsLetter(c) || unicode.IsDigit(c) }
