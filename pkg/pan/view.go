package pan

import "unicode/utf8"

// view is a text as somebody reads it who decodes what is encoded in it: its characters, and for each the part of the text,
// in bytes, that it came from.
type view struct {
	runes    []rune
	from, to []int
}

// plain is a text as it is.
func plain(text string) view {
	v := newView(len(text))

	for at := 0; at < len(text); {
		r, size := utf8.DecodeRuneInString(text[at:])
		v.add(r, at, at+size)
		at += size
	}

	return v
}

func newView(most int) view {
	return view{runes: make([]rune, 0, most), from: make([]int, 0, most), to: make([]int, 0, most)}
}

func (v *view) add(r rune, from, to int) {
	v.runes, v.from, v.to = append(v.runes, r), append(v.from, from), append(v.to, to)
}

// at returns the character at a position, and zero beyond the end.
func (v *view) at(i int) rune {
	if i < 0 || i >= len(v.runes) {
		return 0
	}

	return v.runes[i]
}

// octets are decoded bytes that make characters in UTF-8, each with the part of the text that it came from.
type octets struct {
	bytes    []byte
	from, to []int
}

func (o *octets) add(b byte, from, to int) {
	o.bytes, o.from, o.to = append(o.bytes, b), append(o.from, from), append(o.to, to)
}

// flush writes the characters to a view and forgets them.
func (o *octets) flush(v *view) {
	for at := 0; at < len(o.bytes); {
		r, size := utf8.DecodeRune(o.bytes[at:])
		v.add(r, o.from[at], o.to[at+size-1])
		at += size
	}

	o.bytes, o.from, o.to = o.bytes[:0], o.from[:0], o.to[:0]
}

// masked is the text with each character of the marked bytes replaced.
func masked(text string, marked []bool) string {
	out := make([]byte, 0, len(text))

	for at := 0; at < len(text); {
		_, size := utf8.DecodeRuneInString(text[at:])

		if marked[at] {
			out = append(out, '*')
		} else {
			out = append(out, text[at:at+size]...)
		}

		at += size
	}

	return string(out)
}
