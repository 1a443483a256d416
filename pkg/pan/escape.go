package pan

import (
	"html"
	"slices"
	"strconv"
	"unicode/utf16"
	"unicode/utf8"
)

// unescaped decodes the escapes of one level: percent encoding, quoted-printable, HTML entities, and the backslash escapes of
// JSON and of programming languages. changed is false where there are none.
func unescaped(v view) (decoded view, changed bool) {
	if !slices.ContainsFunc(v.runes, beginsEscape) {
		return v, false
	}

	decoded = newView(len(v.runes))

	var bytes octets

	for i := 0; i < len(v.runes); {
		e := escapeAt(&v, i)
		if e.length == 0 {
			bytes.flush(&decoded)
			decoded.add(v.runes[i], v.from[i], v.to[i])

			i++

			continue
		}

		changed = true
		from, to := v.from[i], v.to[i+e.length-1]

		if e.octet {
			bytes.add(e.value, from, to)
		} else {
			bytes.flush(&decoded)

			for _, r := range e.runes {
				decoded.add(r, from, to)
			}
		}

		i += e.length
	}

	bytes.flush(&decoded)

	return decoded, changed
}

func beginsEscape(r rune) bool { return r == '%' || r == '=' || r == '\\' || r == '&' }

// escape is what so many characters stand for; of length zero for none.
type escape struct {
	length int
	runes  []rune
	// octet: it is one byte of a character in UTF-8, of this value.
	octet bool
	value byte
}

func escapeAt(v *view, i int) escape {
	switch v.runes[i] {
	case '%', '=':
		if next := v.at(i + 1); next == 'u' || next == 'U' {
			return v.number(i, 2, 4, 4, 16)
		}

		return v.octet(i, 1, 2, 16)
	case '\\':
		return backslash(v, i)
	case '&':
		return entity(v, i)
	default:
		return escape{}
	}
}

func backslash(v *view, i int) escape {
	switch next := v.at(i + 1); {
	case next == 'u' && v.at(i+2) == '{', next == 'x' && v.at(i+2) == '{':
		e := v.number(i, 3, 1, 8, 16)
		if e.length == 0 || v.at(i+e.length) != '}' {
			return escape{}
		}

		e.length++

		return e
	case next == 'u':
		return surrogates(v, i)
	case next == 'U':
		return v.number(i, 2, 8, 8, 16)
	case next == 'x':
		return v.octet(i, 2, 2, 16)
	case next >= '0' && next <= '7':
		return octal(v, i)
	case next == 'n', next == 'r', next == 't':
		return escape{length: 2, runes: []rune{' '}}
	case next == '\\', next == '/', next == '"':
		return escape{length: 2, runes: []rune{next}}
	default:
		return escape{}
	}
}

// octal reads \065, \65 and, as that is one digit of a number in some languages, \5 not at all.
func octal(v *view, i int) escape {
	if e := v.octet(i, 1, 3, 8); e.length > 0 {
		return e
	}

	return v.octet(i, 1, 2, 8)
}

// surrogates reads \uXXXX, and two of them that are one character in UTF-16.
func surrogates(v *view, i int) escape {
	e := v.number(i, 2, 4, 4, 16)
	if e.length == 0 || !utf16.IsSurrogate(e.runes[0]) || v.at(i+6) != '\\' || v.at(i+7) != 'u' {
		return e
	}

	if low := v.number(i+6, 2, 4, 4, 16); low.length > 0 {
		if r := utf16.DecodeRune(e.runes[0], low.runes[0]); r != utf8.RuneError {
			return escape{length: e.length + low.length, runes: []rune{r}}
		}
	}

	return e
}

// entity reads &#53; &#x35; and &name; where the semicolon may be missing.
func entity(v *view, i int) escape {
	if v.at(i+1) == '#' {
		skip, base := 2, 10
		if x := v.at(i + 2); x == 'x' || x == 'X' {
			skip, base = 3, 16
		}

		e := v.number(i, skip, 1, 64, base)
		if e.length > 0 && v.at(i+e.length) == ';' {
			e.length++
		}

		return e
	}

	const longestName = 33

	end := i + 1
	for end-i <= longestName && isAlphanumeric(v.at(end)) {
		end++
	}

	name := string(v.runes[i:end])
	if read := html.UnescapeString(name + ";"); v.at(end) == ';' && read != name+";" {
		return escape{length: end + 1 - i, runes: []rune(read)}
	}

	return escape{}
}

// number reads a code point of at least and at most so many digits, behind some characters.
func (v *view) number(i, skip, least, most, base int) escape {
	end := i + skip
	for end-i-skip < most && isDigit(v.at(end), base) {
		end++
	}

	if end-i-skip < least {
		return escape{}
	}

	code, err := strconv.ParseUint(string(v.runes[i+skip:end]), base, 21)
	if err != nil {
		return escape{}
	}

	return escape{length: end - i, runes: []rune{rune(code)}}
}

// octet reads a byte of exactly so many digits.
func (v *view) octet(i, skip, digits, base int) escape {
	e := v.number(i, skip, digits, digits, base)
	if e.length == 0 {
		return escape{}
	}

	value, err := strconv.ParseUint(string(v.runes[i+skip:i+e.length]), base, 8)
	if err != nil {
		return escape{}
	}

	return escape{length: e.length, octet: true, value: byte(value)}
}

func isDigit(r rune, base int) bool {
	value, found := hexValue(r)

	return found && int(value) < base
}

func isAlphanumeric(r rune) bool {
	return r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z'
}
