package text

import (
	"fmt"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Reading is what words beyond ASCII are in an encoding.
type Reading struct {
	Encoding Encoding `json:"encoding"`
	Words    []string `json:"words"`
}

// String shows the encoding and the words.
func (r Reading) String() string {
	return fmt.Sprintf("%s: %s", r.Encoding, strings.Join(r.Words, ", "))
}

// Assumed is how the text was read so far where nothing in it confirms its encoding. It has no words where there were none beyond
// ASCII, and where the text itself says its encoding: by a byte order mark, or as it is valid UTF-8 or UTF-16.
func (t *Text) Assumed() Reading {
	reading := Reading{Encoding: t.Encoding}

	if t.watched != nil {
		for _, word := range t.watched.found {
			reading.Words = append(reading.Words, shown(word))
		}
	}

	return reading
}

// likely are the encodings that files most often have when they are not UTF-8.
func likely() []Encoding {
	return []Encoding{Latin1, "cp850", "macroman", "windows-1250", "cp852", "windows-1251", "windows-1253", "windows-1254"}
}

// Readings reads the first words of values that are not UTF-8 in the encodings that are likely. Those that make letters of all
// characters come alone, if there are any; of those that make the same of the words, the first.
func Readings(values []string) []Reading {
	raw := notUTF8(values)
	if len(raw) == 0 {
		return nil
	}

	var all, plausible []Reading

	seen := map[string]bool{}

	for _, encoding := range likely() {
		reading := encoding.read(raw)

		text := strings.Join(reading.Words, "")
		if seen[text] {
			continue
		}

		seen[text] = true
		all = append(all, reading)

		if !strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsLetter(r) }) {
			plausible = append(plausible, reading)
		}
	}

	if len(plausible) > 0 {
		return plausible
	}

	return all
}

// read reads words in the encoding, which is one of charmaps.
func (e Encoding) read(raw []string) Reading {
	reading, decoder := Reading{Encoding: e}, charmaps()[e].NewDecoder()

	for _, word := range raw {
		its, _ := decoder.String(word) // does not fail: a byte that means nothing becomes U+FFFD
		reading.Words = append(reading.Words, shown(its))
	}

	return reading
}

// notUTF8 returns the first words of those values that are not UTF-8.
func notUTF8(values []string) []string {
	var found words

	for _, value := range values {
		if !utf8.ValidString(value) {
			found.look([]byte(value))
			found.end()
		}
	}

	return found.found[:min(len(found.found), enoughWords)]
}
