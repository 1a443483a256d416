package text

import (
	"io"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

const (
	enoughWords = 3
	longestWord = 24 // bytes
)

// words are the first words that have a character beyond ASCII. They are what shows whether a text is read in its encoding: in
// another one they would be other words. Digits are part of none.
type words struct {
	found   []string
	word    []byte
	foreign bool // the word has a character beyond ASCII
}

// look goes on with a text.
func (w *words) look(text []byte) {
	for _, c := range text {
		if len(w.found) == enoughWords {
			return
		}

		if c < utf8.RuneSelf && !unicode.IsLetter(rune(c)) {
			w.end()
			continue
		}

		w.foreign = w.foreign || c >= utf8.RuneSelf
		w.word = append(w.word[:min(len(w.word), longestWord)], c)
	}
}

// end takes the word that has ended, if it tells anything. A word that is too long is none.
func (w *words) end() {
	if word := string(w.word); w.foreign && len(w.word) <= longestWord && !slices.Contains(w.found, word) {
		w.found = append(w.found, word)
	}

	w.word, w.foreign = w.word[:0], false
}

// watched is a text of which the words are looked at while it is read.
type watched struct {
	words

	source io.Reader
}

func (w *watched) Read(p []byte) (int, error) {
	n, err := w.source.Read(p)

	w.look(p[:n])

	if err != nil {
		w.end()
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}

// shown is a word as it can be printed.
func shown(word string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsPrint(r) {
			return r
		}

		return utf8.RuneError
	}, word)
}
