package text

import (
	"bytes"
	"io"
	"slices"
	"strings"
)

const (
	// longest is how many bytes are needed to tell how a source is compressed.
	longest = 8
	// sampleBytes is how much is looked at to tell what a source is that is no text.
	sampleBytes = 4 << 10
)

// ByteOrderMark is how a text says that it is UTF-8.
const ByteOrderMark = "\xef\xbb\xbf"

// diagnosis is what a source with this begin is, if it is not a text that can be read, and what to do. "" is a text.
// It repeats nothing of the source.
func diagnosis(begin []byte, encoding Encoding) string {
	for _, s := range signatures() {
		if bytes.HasPrefix(begin, []byte(s.bytes)) {
			return s.reason
		}
	}

	wide := encoding == UTF16LE || encoding == UTF16BE
	if wide {
		begin, _ = io.ReadAll(encoding.decoded(bytes.NewReader(begin[:len(begin)&^1])))
		begin = bytes.TrimPrefix(begin, []byte(ByteOrderMark))
	}

	for _, look := range []func([]byte) string{zip, tar, encrypted, pgp, cms, markup, spreadsheetText, sql, wrapped, ebcdic} {
		if reason := look(begin); reason != "" {
			return reason
		}
	}

	if wide {
		return ""
	}

	return zeros(begin)
}

// tar tells an archive by what stands behind the first file's name and rights.
func tar(begin []byte) string {
	const at = 257

	if len(begin) > at && bytes.HasPrefix(begin[at:], []byte("ustar")) {
		return "is a tar archive; unpack it first, such as with: tar -xf FILE"
	}

	return ""
}

// zip tells an archive from the spreadsheets that are one, by the names of the files in it.
func zip(begin []byte) string {
	if !bytes.HasPrefix(begin, []byte("PK\x03\x04")) {
		return ""
	}

	for _, kind := range []struct{ name, reason string }{
		{"opendocument", "is a document of LibreOffice (ods), " + saveAs},
		{"Index/", "is a document of Numbers or another Apple program, " + saveAs},
		{"word/", "is a Word document (docx), " + exportAs},
		{"xl/", "is an Excel workbook (xlsx), " + saveAs},
		{"[Content_Types].xml", "is an Office document such as an Excel workbook (xlsx), " + saveAs},
	} {
		if bytes.Contains(begin, []byte(kind.name)) {
			return kind.reason
		}
	}

	return "is a zip archive, as spreadsheets (xlsx, ods) are too, whatever its name ends in; unpack it first, such as with: " +
		"unzip -p FILE | submit -; or open it and save it as CSV UTF-8"
}

// markup tells HTML and XML, which some systems call a spreadsheet.
func markup(begin []byte) string {
	text := strings.ToLower(strings.TrimLeft(strings.TrimPrefix(string(begin), ByteOrderMark), " \t\r\n"))

	switch {
	case !strings.HasPrefix(text, "<"):
		return ""
	case strings.Contains(text, "schemas-microsoft-com:office:spreadsheet"), strings.Contains(text, "opendocument.spreadsheet"):
		return "is a spreadsheet as XML, " + saveAs
	case strings.Contains(text, "<!doctype html"), strings.Contains(text, "<html"), strings.Contains(text, "<table"),
		slices.ContainsFunc(htmlBegins(), func(tag string) bool { return strings.HasPrefix(text, tag) }):
		return "is a web page (HTML), as some systems export a spreadsheet or an error, whatever its name ends in; " +
			"look at it, and if it has the cards, open it in a spreadsheet and save it as CSV UTF-8"
	case strings.HasPrefix(text, "<?xml"), strings.HasPrefix(text, "<!"), len(text) > 1 && text[1] >= 'a' && text[1] <= 'z':
		return "is XML, " + exportAs
	default:
		return ""
	}
}

// htmlBegins are what pages begin with that leave the tag html out.
func htmlBegins() []string {
	return strings.Fields("<head <meta <body <title <style <script <div <span <p> <h1 <center <pre <br")
}

// spreadsheetText tells texts that spreadsheets write and that are no CSV.
func spreadsheetText(begin []byte) string {
	text := strings.ReplaceAll(string(begin), "\r", "")

	switch {
	case strings.HasPrefix(text, "ID;PWXL"), strings.HasPrefix(text, "ID;PSCALC"), strings.HasPrefix(text, "ID;PCALC"),
		strings.HasPrefix(text, "ID;P\n"):
		return "is a spreadsheet as SYLK, " + saveAs
	case strings.HasPrefix(text, "TABLE\n0,1\n"):
		return "is a spreadsheet as DIF, " + saveAs
	default:
		return ""
	}
}

// sql tells the statements that databases are saved as.
func sql(begin []byte) string {
	text := strings.TrimLeft(strings.TrimPrefix(string(begin), ByteOrderMark), "- \t\r\n")

	for _, words := range []string{
		"INSERT INTO ", "CREATE TABLE ", "DROP TABLE ", "PostgreSQL database dump", "MySQL dump", "MariaDB dump",
	} {
		if len(text) >= len(words) && strings.EqualFold(text[:len(words)], words) && strings.Contains(text, ";") {
			return "is SQL, " + exportAs
		}
	}

	return ""
}

// inFours reports whether three of four bytes are zero, always the same ones: characters of UTF-32.
func inFours(begin []byte) bool {
	const (
		unit   = 4
		enough = 4 * unit
	)

	begin = begin[:len(begin)/unit*unit]
	if len(begin) < enough {
		return false
	}

	least, greatest := true, true

	for character := range slices.Chunk(begin, unit) {
		least = least && character[0] != 0 && string(character[1:]) == "\x00\x00\x00"
		greatest = greatest && character[unit-1] != 0 && string(character[:unit-1]) == "\x00\x00\x00"
	}

	return least || greatest
}

// zeros tells UTF-16 without a mark from what holds zero bytes only.
func zeros(begin []byte) string {
	const enough = 4 // bytes at least

	if len(begin) < enough {
		return ""
	}

	pairs := begin[:min(len(begin), 64)&^1]

	var even, odd int

	for i, b := range pairs {
		switch {
		case b != 0:
		case i%2 == 0:
			even++
		default:
			odd++
		}
	}

	if inFours(pairs) {
		return "is UTF-32 text; save it as CSV UTF-8"
	}

	const without = "is UTF-16 text without a byte order mark; say --encoding "

	switch half := len(pairs) / 2; {
	case even+odd == len(pairs):
		return "begins with zero bytes: it was not copied whole, or is no text; get it again"
	case odd > half*3/4 && even == 0:
		return without + string(UTF16LE)
	case even > half*3/4 && odd == 0:
		return without + string(UTF16BE)
	default:
		return ""
	}
}
