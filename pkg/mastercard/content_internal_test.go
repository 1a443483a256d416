package mastercard

import (
	"bytes"
	"compress/gzip"
	"net/http"
	"strings"
	"testing"
	"unicode/utf8"
)

// Whatever comes, what is unpacked stays within the limit.
func FuzzUnpackContent(f *testing.F) {
	var packed bytes.Buffer

	w := gzip.NewWriter(&packed)
	_, _ = w.Write(bytes.Repeat([]byte("a"), 10_000))
	_ = w.Close()

	f.Add("gzip", packed.Bytes())
	f.Add("gzip, gzip", packed.Bytes())
	f.Add("", packed.Bytes())
	f.Add("deflate", []byte("\x78\x9c\xab\xae\x05\x00\x01\x75\x00\xf9"))
	f.Add("deflate", []byte("\xab\xae\x05\x00"))
	f.Add("br,identity", []byte("{}"))
	f.Add("gzip,gzip,gzip,gzip", []byte(nil))

	const limit = 1000

	f.Fuzz(func(t *testing.T, coding string, body []byte) {
		unpacked, err := unpackContent(http.Header{"Content-Encoding": {coding}}, body, limit)

		if err != nil && unpacked != nil {
			t.Fatal("half an answer")
		}
		if len(unpacked) > max(limit, len(body)) {
			t.Fatalf("%d bytes of %d", len(unpacked), len(body))
		}
	})
}

// Whatever the bytes are, they are read as some text, and plain text is not touched.
func FuzzUTF8Text(f *testing.F) {
	f.Add("application/json", []byte(`{"a":"ü"}`))
	f.Add("application/json; charset=utf-16", []byte("\xfe\xff\x00{\x00}\x00"))
	f.Add("text/html;charset=iso-8859-1", []byte("\x80\xff"))
	f.Add("", []byte("{\x00}\x00"))
	f.Add(";", []byte("\xef\xbb\xbf{}"))

	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		text := utf8Text(contentType, body)

		if len(text) > 3*len(body) {
			t.Fatalf("%d bytes of %d", len(text), len(body))
		}
		if utf8.Valid(body) && !bytes.ContainsAny(body, "\x00\ufeff") && charsetOf(contentType) == "" && !bytes.Equal(text, body) {
			t.Fatalf("%q became %q", body, text)
		}
	})
}

// Whatever the body is, it comes to something that has a reason, and XML never to the service's word.
func FuzzFindings(f *testing.F) {
	f.Add("text/xml", []byte(`<Errors a="b"><Error><Source>Gateway</Source><ReasonCode>X</ReasonCode></Error><Error/></Errors>`))
	f.Add("", []byte(`<?xml version="1.0" encoding="latin1"?><!-- --><error><code>1</code></error>`))
	f.Add("", []byte(`{"errors":[{"source":"s","reasonCode":"R","ReasonCode":"r","recoverable":true}],"Errors":{"error":{}}}`))
	f.Add("", []byte(`{"error":{"code":"a.b.c","message":"m"}}`))
	f.Add("", []byte(`{"status":400,"reason":"R","errordetail":[{"reason":"D","source":"f","sourceType":"GATEWAY"},1]}`))
	f.Add("", []byte(`{"code":400,"status":"S","details":{"reason":null}} {`))
	f.Add("text/html", []byte("<html><script>1<2</script>&lt;"))

	f.Fuzz(func(t *testing.T, contentType string, body []byte) {
		found := findings(exchange{status: 400, header: http.Header{"Content-Type": {contentType}}, body: body})

		if len(found) == 0 {
			t.Fatal("nothing is found")
		}

		for _, one := range found {
			if one.Reason == "" || one.Source == "" {
				t.Fatalf("%+v", one)
			}
			if one.Source == SourceService && bytes.HasPrefix(bytes.TrimSpace(body), []byte("<")) {
				t.Fatalf("the service's word: %+v", one)
			}
		}

		if line := firstLine(string(body)); strings.ContainsAny(line, "\n") {
			t.Fatalf("several lines: %q", line)
		}
	})
}
