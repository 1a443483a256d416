package sandbox

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"io"
	"strings"
	unicode "unicode/utf16"
)

// coding is the Content-Encoding of an answer.
func (d delivery) coding() string {
	switch d {
	case gzipped:
		return "gzip"
	case deflated, deflatedRaw:
		return "deflate"
	case opaque:
		return "br"
	default:
		return ""
	}
}

// disguise writes a body in another form.
func disguise(as delivery, body []byte) []byte {
	switch as {
	case gzipped:
		return packed(body, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	case deflated:
		return packed(body, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil })
	case deflatedRaw:
		return packed(body, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, flate.DefaultCompression) })
	case marked:
		return append([]byte("\xef\xbb\xbf"), body...)
	case utf16:
		var out []byte
		for _, unit := range unicode.Encode([]rune(string(body))) {
			out = binary.BigEndian.AppendUint16(out, unit)
		}

		return out
	case opaque: // no Brotli: whoever reads it has to give up at the name
		return []byte("\x1b\x2f\x00\xf8\x05")
	case trailing:
		return append(bytes.Clone(body), "{}"...)
	default:
		return body
	}
}

func packed(body []byte, with func(io.Writer) (io.WriteCloser, error)) []byte {
	var out bytes.Buffer

	w, err := with(&out)
	if err != nil {
		return body // the one cause is a level that does not exist
	}

	_, _ = w.Write(body) // to memory
	_ = w.Close()

	return out.Bytes()
}

// spoil changes what an answer says of a card.
func (c *maskedCard) spoil(as delivery) {
	switch as {
	case misnamed:
		c.PanLastFour = otherDigits(c.PanLastFour)
		c.SrcDigitalCardID = strings.ToUpper(c.SrcDigitalCardID)
	case anonymous:
		c.SrcDigitalCardID = ""
	case overlong:
		c.SrcDigitalCardID = strings.Repeat("a", overlongID)
	default:
	}
}

const overlongID = 300

func otherDigits(digits string) string {
	return strings.Map(func(r rune) rune { return '0' + (r-'0'+1)%10 }, digits)
}
