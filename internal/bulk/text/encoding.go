package text

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"
)

// Encoding is how a text's characters are written as bytes.
type Encoding string

// The encodings that are understood, besides those of one byte a character in charmaps.
const (
	UTF8 Encoding = "utf-8"
	// Latin1 is Windows-1252: what Windows calls ANSI, and ISO 8859-1 apart from
	// control characters that no text has.
	Latin1 Encoding = "latin1"
	// UTF16LE and UTF16BE have two bytes a character, the lesser one first or last.
	UTF16LE Encoding = "utf-16le"
	UTF16BE Encoding = "utf-16be"
)

// charmaps are the encodings of one byte a character, in which ASCII is ASCII. What they have beyond it differs, and nothing in a
// text says which one it is in.
func charmaps() map[Encoding]*charmap.Charmap {
	return map[Encoding]*charmap.Charmap{
		Latin1:         charmap.Windows1252,
		"iso-8859-2":   charmap.ISO8859_2,
		"iso-8859-5":   charmap.ISO8859_5,
		"iso-8859-7":   charmap.ISO8859_7,
		"iso-8859-9":   charmap.ISO8859_9,
		"iso-8859-13":  charmap.ISO8859_13,
		"iso-8859-15":  charmap.ISO8859_15,
		"windows-1250": charmap.Windows1250,
		"windows-1251": charmap.Windows1251,
		"windows-1253": charmap.Windows1253,
		"windows-1254": charmap.Windows1254,
		"windows-1255": charmap.Windows1255,
		"windows-1256": charmap.Windows1256,
		"windows-1257": charmap.Windows1257,
		"windows-1258": charmap.Windows1258,
		"windows-874":  charmap.Windows874,
		"cp437":        charmap.CodePage437,
		"cp850":        charmap.CodePage850,
		"cp852":        charmap.CodePage852,
		"cp855":        charmap.CodePage855,
		"cp858":        charmap.CodePage858,
		"cp860":        charmap.CodePage860,
		"cp862":        charmap.CodePage862,
		"cp863":        charmap.CodePage863,
		"cp865":        charmap.CodePage865,
		"cp866":        charmap.CodePage866,
		"macroman":     charmap.Macintosh,
		"maccyrillic":  charmap.MacintoshCyrillic,
		"koi8-r":       charmap.KOI8R,
		"koi8-u":       charmap.KOI8U,
	}
}

// EncodingNames are the names of all encodings, the usual ones first.
func EncodingNames() []string {
	names := []string{string(UTF8), string(Latin1), string(UTF16LE), string(UTF16BE)}

	var others []string

	for encoding := range charmaps() {
		if encoding != Latin1 {
			others = append(others, string(encoding))
		}
	}

	slices.Sort(others)

	return append(names, others...)
}

// otherNames are other usual names of encodings, without what stands between letters and digits.
func otherNames() map[string]Encoding {
	return map[string]Encoding{
		"": UTF8,

		"iso88591": Latin1, "latin1": Latin1, "windows1252": Latin1, "cp1252": Latin1, "ansi": Latin1,

		"latin2": "iso-8859-2", "latin5": "iso-8859-9", "latin7": "iso-8859-13", "latin9": "iso-8859-15",

		"mac": "macroman", "macintosh": "macroman", "xmacroman": "macroman", "macosroman": "macroman",
		"macintoshcyrillic": "maccyrillic", "xmaccyrillic": "maccyrillic",
	}
}

// ParseEncoding reads an encoding by any of its usual names; "" is UTF-8.
func ParseEncoding(name string) (Encoding, error) {
	plain := plainName(name)

	if encoding, known := otherNames()[plain]; known {
		return encoding, nil
	}

	for _, known := range EncodingNames() {
		switch its := plainName(known); plain {
		case its, strings.Replace(its, "windows", "cp", 1), strings.Replace(its, "cp", "ibm", 1), strings.Replace(its, "cp", "dos", 1):
			return Encoding(known), nil
		}
	}

	return "", fmt.Errorf("encoding %q is not known; known are %s (latin1 is read as Windows-1252)",
		name, strings.Join(EncodingNames(), ", "))
}

// plainName is a name without what stands between its letters and digits.
func plainName(name string) string {
	return strings.NewReplacer("-", "", "_", "", " ", "").Replace(strings.ToLower(name))
}

// decoded reads a text of that encoding as UTF-8.
func (e Encoding) decoded(r io.Reader) io.Reader {
	switch e {
	case UTF16LE:
		return unicode.UTF16(unicode.LittleEndian, unicode.IgnoreBOM).NewDecoder().Reader(&pairs{source: r})
	case UTF16BE:
		return unicode.UTF16(unicode.BigEndian, unicode.IgnoreBOM).NewDecoder().Reader(&pairs{source: r})
	case UTF8, Latin1:
	}

	if its, known := charmaps()[e]; known {
		return its.NewDecoder().Reader(r)
	}

	return r
}

// Described is the encoding's name for people.
func (e Encoding) Described() string {
	if e == Latin1 {
		return "latin1 (Windows-1252)"
	}

	return string(e)
}

// marks are what a text in each encoding begins with that says which it is. UTF-16 written by programs of Windows has one.
func marks() map[Encoding]string {
	return map[Encoding]string{UTF8: ByteOrderMark, UTF16LE: "\xff\xfe", UTF16BE: "\xfe\xff"}
}

// pairs reads bytes of which two are a character.
type pairs struct {
	source io.Reader
	odd    bool
}

func (p *pairs) Read(b []byte) (int, error) {
	n, err := p.source.Read(b)
	p.odd = p.odd != (n%2 == 1)

	if p.odd && errors.Is(err, io.EOF) {
		err = FaultError("ends in the middle of a character of UTF-16: it was not copied whole")
	}

	return n, err //nolint:wrapcheck // io.EOF has to stay io.EOF
}
