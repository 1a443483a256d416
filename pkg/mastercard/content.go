package mastercard

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
)

// maxCodings is how many layers of Content-Encoding are undone. Nobody packs an answer more than once on purpose.
const maxCodings = 3

// errUnreadable: an answer came whole, and cannot be read.
var errUnreadable = errors.New("the answer cannot be read")

// unpackContent undoes what the Content-Encoding says was done to a body. We ask for
// none, and proxies do it all the same. What comes out has at most limit bytes, in
// each layer.
//
// A header that was left behind by somebody who has unpacked the body, or dropped
// by somebody who has not, does not make the answer unreadable.
func unpackContent(header http.Header, body []byte, limit int64) ([]byte, error) {
	codings := contentCodings(header)
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%w: it is packed %d times", errUnreadable, len(codings))
	}

	for _, coding := range slices.Backward(codings) {
		unpacked, err := unpack(coding, body, limit)

		switch {
		case err == nil:
			body = unpacked
		case len(body) == 0 || json.Valid(body): // it is not packed
		default:
			return nil, err
		}
	}

	if len(codings) == 0 && bytes.HasPrefix(body, []byte("\x1f\x8b\x08")) {
		return unpack("gzip", body, limit)
	}

	return body, nil
}

// contentCodings are the layers, the innermost first.
func contentCodings(header http.Header) []string {
	var codings []string

	for coding := range strings.SplitSeq(strings.Join(header.Values("Content-Encoding"), ","), ",") {
		if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "" && coding != "identity" {
			codings = append(codings, coding)
		}
	}

	return codings
}

func unpack(coding string, body []byte, limit int64) ([]byte, error) {
	switch coding {
	case "gzip", "x-gzip":
		return unpackWith(body, limit, func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) })
	case "deflate": // zlib by the standard, and without its header by some who misread it
		unpacked, err := unpackWith(body, limit, func(r io.Reader) (io.Reader, error) { return zlib.NewReader(r) })
		if err == nil || errors.Is(err, errTooLarge) {
			return unpacked, err
		}

		return unpackWith(body, limit, func(r io.Reader) (io.Reader, error) { return flate.NewReader(r), nil })
	default:
		return nil, fmt.Errorf("%w: its Content-Encoding is %.40q", errUnreadable, coding)
	}
}

func unpackWith(body []byte, limit int64, open func(io.Reader) (io.Reader, error)) ([]byte, error) {
	packed := bytes.NewReader(body)

	reader, err := open(packed)
	if err != nil {
		return nil, unpackingFailed(err)
	}

	unpacked, err := io.ReadAll(io.LimitReader(reader, limit+1))

	switch {
	case int64(len(unpacked)) > limit:
		return nil, errTooLarge
	case err != nil:
		return nil, unpackingFailed(err)
	case packed.Len() > 0:
		return nil, fmt.Errorf("%w: %d bytes follow the packed ones", errUnreadable, packed.Len())
	}

	return unpacked, nil
}

// unpackingFailed tells an answer that was cut from one that is no packed text at all.
func unpackingFailed(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return fmt.Errorf("unpacking the answer: %w", err)
	}

	return fmt.Errorf("%w: unpacking: %w", errUnreadable, err)
}
