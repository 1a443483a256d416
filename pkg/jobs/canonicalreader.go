package jobs

import (
	"bytes"
	"time"
	"unicode/utf8"
)

// canonicalReader reads JSON as this package writes it: without blanks, members in their order, and strings without escapes.
// Whatever is written otherwise makes it bad, and is left to encoding/json.
type canonicalReader struct {
	rest  []byte
	first bool // the next member is the first of its object
	bad   bool
}

// skip passes over a text that has to come next.
func (r *canonicalReader) skip(text string) {
	if !r.has(text) {
		r.bad = true
	}
}

// has passes over a text if it comes next.
func (r *canonicalReader) has(text string) bool {
	if len(r.rest) < len(text) || string(r.rest[:len(text)]) != text {
		return false
	}

	r.rest = r.rest[len(text):]

	return true
}

func (r *canonicalReader) open() {
	r.skip("{")
	r.first = true
}

func (r *canonicalReader) close() {
	r.skip("}")
	r.first = false
}

// ended reports whether all was read, and as it should be.
func (r *canonicalReader) ended() bool { return !r.bad && len(r.rest) == 0 }

// member passes over the name of a member if that comes next.
func (r *canonicalReader) member(name string) bool {
	at := 0
	if !r.first {
		at = 1
	}

	end := at + len(name) + len(`"":`)
	if r.bad || len(r.rest) < end || at == 1 && r.rest[0] != ',' ||
		r.rest[at] != '"' || string(r.rest[at+1:end-2]) != name || string(r.rest[end-2:end]) != `":` {
		return false
	}

	r.rest, r.first = r.rest[end:], false

	return true
}

// required reads a member that is a string.
func (r *canonicalReader) required(name string) string {
	if !r.member(name) {
		r.bad = true
		return ""
	}

	return r.text()
}

// optional reads a member that is a string, and left out where that is empty.
func (r *canonicalReader) optional(name string) string {
	if !r.member(name) {
		return ""
	}

	text := r.text()
	r.bad = r.bad || text == ""

	return text
}

// text reads a string.
func (r *canonicalReader) text() string { return string(r.quoted()) }

// quoted reads a string where it is.
func (r *canonicalReader) quoted() []byte {
	if r.bad || !r.has(`"`) {
		r.bad = true
		return nil
	}

	end := bytes.IndexByte(r.rest, '"')
	if end < 0 || !unescaped(r.rest[:end]) {
		r.bad = true
		return nil
	}

	text := r.rest[:end]
	r.rest = r.rest[end+1:]

	return text
}

// number reads a member that is a number, zero or greater.
func (r *canonicalReader) number(name string) int {
	if !r.member(name) {
		r.bad = true
		return 0
	}

	return r.digits()
}

// digits reads a whole number of at most nine digits.
func (r *canonicalReader) digits() (n int) {
	const most = 9 // digits that fit whatever an int is

	count := 0
	for ; count < len(r.rest) && '0' <= r.rest[count] && r.rest[count] <= '9' && count <= most; count++ {
		n = 10*n + int(r.rest[count]-'0') //nolint:mnd // decimal
	}

	r.bad = r.bad || count == 0 || count > most || count > 1 && r.rest[0] == '0'
	r.rest = r.rest[count:]

	return n
}

// flag reads a member that is true, and left out where it is not.
func (r *canonicalReader) flag(name string) bool {
	if !r.member(name) {
		return false
	}

	r.skip("true")

	return true
}

// flat reads an object of strings and of whole numbers of at most nine digits, where it is.
func (r *canonicalReader) flat() []byte {
	all := r.rest

	r.skip("{")

	for more := !r.has("}"); more && !r.bad; {
		r.quoted()
		r.skip(":")

		if len(r.rest) > 0 && r.rest[0] == '"' {
			r.quoted()
		} else {
			r.digits()
		}

		if more = !r.has("}"); more {
			r.skip(",")
		}
	}

	end := len(all) - len(r.rest)

	return all[:end:end]
}

// time reads a member that is a time, and left out where that is zero.
func (r *canonicalReader) time(name string) (t time.Time) {
	written := r.optional(name)
	if written == "" {
		return t
	}

	err := t.UnmarshalText([]byte(written))
	again, _ := t.MarshalText()
	r.bad = r.bad || err != nil || t.IsZero() || string(again) != written

	return t
}

// unescaped reports whether encoding/json writes a text as it is. It also writes DEL so, which no text of ours holds.
func unescaped(text []byte) bool {
	ascii := true

	for _, c := range text {
		switch {
		case c >= utf8.RuneSelf:
			ascii = false
		case c < ' ', c == '"', c == '\\', c == '<', c == '>', c == '&', c == 0x7f:
			return false
		}
	}

	return ascii || utf8.Valid(text) && !bytes.ContainsAny(text, "\u2028\u2029")
}
