package enroll_test

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/base64"
	"encoding/hex"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/store"
)

// every which answer is hostile: most calls have to get one of the API's, or the program would be halted or wait.
const every = 3

// numberInAnswers is of no brand and of this test alone, as other tests write to the same Postgres.
const numberInAnswers = "9997261840593721"

// Whatever answers in the API's place may put the number of the job anywhere. Nothing of it is kept: not in a table, an event, a
// letter, a trace or the log, and in no file of the queue or of Postgres.
func TestNumberInOddPlacesOfAnAnswerIsKeptNowhere(t *testing.T) {
	t.Parallel()

	var answers [][]byte

	for _, place := range oddPlaces() {
		for _, written := range writtenForms(numberInAnswers) {
			answers = append(answers, place(written))
		}
	}

	r := newRig(t)
	r.api.BaseURL = "http://" + hostile(t, answers) + sandbox.BasePath
	r.api.MaxRetryAfter = time.Millisecond
	r.config.InFlight = 4
	r.setProgram(func(p *enroll.Program) { p.MaxAttempts = 1 })

	stop := r.start()

	for i := range every * len(answers) {
		r.publish(fmt.Sprintf("job-%d", i), numberInAnswers)
	}

	var statuses map[store.Status]int

	settled := func() bool {
		statuses = r.statuses(every * len(answers))

		return statuses[store.StatusRejected]+statuses[store.StatusDead]+statuses[store.StatusInDoubt]+statuses[store.StatusEnrolled] ==
			every*len(answers)
	}
	eventually.True(t, settled, 6*patience, time.Second, "so many jobs take their time")
	stop()
	r.drained()

	require.GreaterOrEqual(t, statuses[store.StatusRejected], (every-1)*len(answers), "the answers between them: %v", statuses)
	require.GreaterOrEqual(t, statuses[store.StatusDead], len(answers)/2, "answers of which nothing was processed: %v", statuses)
	require.GreaterOrEqual(t, statuses[store.StatusInDoubt], len(answers)/8, "answers after which that is not known: %v", statuses)

	r.requireNowhere(numberInAnswers)
	r.requireInNoFile(numberPatterns(numberInAnswers))
}

// writtenForms are those of a number that fit any place.
func writtenForms(number string) []string {
	grouped := func(separator string) string {
		return strings.Join([]string{number[:4], number[4:8], number[8:12], number[12:]}, separator)
	}

	return []string{
		number, grouped(" "), grouped("%20"), strings.Map(func(r rune) rune { return r - '0' + '０' }, number),
		hex.EncodeToString([]byte(number)), base64.StdEncoding.EncodeToString([]byte(number)),
	}
}

// oddPlaces make whole answers, with a text in places that nobody would look at.
func oddPlaces() map[string]func(text string) []byte {
	const headers = "HTTP/1.1 502 Bad Gateway\r\n"

	body := func(status, more, content string) []byte {
		return fmt.Appendf(nil, "HTTP/1.1 %s\r\n%sContent-Length: %d\r\n\r\n%s", status, more, len(content), content)
	}

	const jsonType = "Content-Type: application/json\r\n"

	quarters := func(text string) []any {
		runes := []rune(text)
		n := len(runes) / 4

		return []any{string(runes[:n]), string(runes[n : 2*n]), string(runes[2*n : 3*n]), string(runes[3*n:])}
	}

	return map[string]func(text string) []byte{
		"status text": func(text string) []byte { return body("502 "+text, "", "") },
		"status":      func(text string) []byte { return []byte("HTTP/1.1 " + text + " x\r\n\r\n") },
		"no HTTP":     func(text string) []byte { return []byte(text + "\r\n\r\n") },
		"headers": func(text string) []byte {
			names := []string{
				"Retry-After", "X-Src-Cx-Flow-Id", "Date", "Server", "Set-Cookie", "Content-Type", "Www-Authenticate", "Traceparent",
				"X-Correlation-Id", "Via",
			}

			var all strings.Builder
			for _, name := range names {
				all.WriteString(name + ": " + text + "\r\n")
			}

			return body("503 Busy", all.String(), "busy")
		},
		"name of a header":       func(text string) []byte { return body("502 x", text+": x\r\n", "") },
		"line that is no header": func(text string) []byte { return []byte(headers + text + "\r\n\r\n") },
		"redirect": func(text string) []byte {
			return body("302 Found", "Location: https://bank.example/"+text+"?pan="+text+"\r\n", "")
		},
		"content encoding": func(text string) []byte { return body("502 x", "Content-Encoding: "+text+"\r\n", text) },
		"length":           func(text string) []byte { return []byte(headers + "Content-Length: " + text + "\r\n\r\n") },
		"cut body":         func(text string) []byte { return []byte(headers + "Content-Length: 9000\r\n\r\n{\"reason\":\"" + text) },
		"cut number": func(text string) []byte {
			return body("502 x", "", `{"reason":"DECLINED","message":"`+text[:len(text)*4/5])
		},
		"chunk": func(text string) []byte {
			return fmt.Appendf(nil, "%sTransfer-Encoding: chunked\r\n\r\n%x\r\n%s\r\n0\r\nX-Trailer: %s\r\n%s\r\n\r\n",
				headers, len(text), text, text, text)
		},
		"size of a chunk": func(text string) []byte {
			return []byte(headers + "Transfer-Encoding: chunked\r\n\r\n" + text + "\r\nx\r\n")
		},
		"extension of a chunk": func(text string) []byte {
			return []byte(headers + "Transfer-Encoding: chunked\r\n\r\n1;" + text + "\r\nx\r\n0\r\n\r\n")
		},
		"gzip header":       func(text string) []byte { return body("502 x", "Content-Encoding: gzip\r\n", zipped(text, "x")) },
		"behind gzip":       func(text string) []byte { return body("502 x", "Content-Encoding: gzip\r\n", zipped("", "x")+text) },
		"gzip that is none": func(text string) []byte { return body("502 x", "Content-Encoding: gzip\r\n", text) },
		"inside gzip":       func(text string) []byte { return body("502 x", "Content-Encoding: gzip\r\n", zipped("", text)) },
		"cut gzip": func(text string) []byte {
			packed := zipped("", "<p>"+text)
			return body("502 x", "Content-Encoding: gzip\r\n", packed[:len(packed)-6])
		},
		"very long line": func(text string) []byte {
			return body("502 x", "", strings.Repeat("x", 480)+text+strings.Repeat(" ", 20000)+text+strings.Repeat("y", 70000))
		},
		"spread by blanks": func(text string) []byte {
			parts := quarters(text)
			return body("502 x", "", fmt.Sprint(parts[0], strings.Repeat(" ", 6000), parts[1], strings.Repeat("\x00", 6000), parts[2], strings.Repeat("\n", 6000), parts[3]))
		},
		"invalid UTF-8": func(text string) []byte {
			return body("502 x", "", fmt.Sprintf("%s\xff%s\xc3%s\xed\xa0\x80%s", quarters(text)...))
		},
		"UTF-16": func(text string) []byte {
			return body("502 x", "Content-Type: text/plain; charset=utf-16\r\n", "\xfe\xff\x00"+strings.Join(strings.Split(text, ""), "\x00"))
		},
		"HTML": func(text string) []byte {
			return body("502 x", "Content-Type: text/html\r\n", fmt.Sprintf("<b>%s</b><i>%s</i><!-- x -->%s<br title=\"%s\">", quarters(text)...))
		},
		"XML": func(text string) []byte {
			return body("502 x", "Content-Type: text/xml\r\n", fmt.Sprintf("<Errors><Error><Source>%s</Source><ReasonCode>%s</ReasonCode><Description>%s<![CDATA[%s]]></Description></Error></Errors>", quarters(text)...))
		},
		"JSON keys": func(text string) []byte {
			return body("500 x", jsonType, fmt.Sprintf(`{%q:{%q:[%q]},"x":1}`, text, text, text))
		},
		"JSON members": func(text string) []byte {
			return body("400 x", jsonType, fmt.Sprintf(`{"reason":%q,"errordetail":[{"reason":%q,"source":%q,"message":%q}]}`, quarters(text)...))
		},
		"gateway's members": func(text string) []byte {
			return body("500 x", jsonType, fmt.Sprintf(`{"Errors":{"Error":[{"ReasonCode":%q,"Source":%q,"Description":"%s %s"}]}}`, quarters(text)...))
		},
		"members of an unknown JSON": func(text string) []byte {
			return body("500 x", jsonType, fmt.Sprintf(`{"a":%q,"b":{"c":%q},"d":[%q,%q]}`, quarters(text)...))
		},
		"members of a card": func(text string) []byte {
			return body("200 OK", jsonType, fmt.Sprintf(`{"srcCorrelationId":%q,"maskedCard":{"srcDigitalCardId":%q,"panBin":"999726","panLastFour":"3721",`+
				`"tokenUniqueReference":%q,"paymentAccountReference":%q}}`, quarters(text)...))
		},
		"card of a success": func(text string) []byte {
			return body("200 OK", jsonType, fmt.Sprintf(`{"srcCorrelationId":%q,"maskedCard":{"srcDigitalCardId":%q,"tokenUniqueReference":%q}}`, text, "card-"+text, text))
		},
		"before the answer": func(text string) []byte {
			return slices.Concat([]byte("HTTP/1.1 103 "+text+"\r\nLink: "+text+"\r\n\r\n"), body("502 x", "", text))
		},
		"switch of protocol": func(text string) []byte {
			return []byte("HTTP/1.1 101 " + text + "\r\nUpgrade: " + text + "\r\nConnection: upgrade\r\n\r\n" + text)
		},
	}
}

// zipped packs a text, with a name in the header.
func zipped(name, text string) string {
	var packed bytes.Buffer

	w := gzip.NewWriter(&packed)
	w.Comment = strings.Map(func(r rune) rune { return min(r, 'z') }, name) // of Latin-1
	_, _ = w.Write([]byte(text))
	_ = w.Close()

	return packed.String()
}

// hostile serves the answers one after the other, each on a connection that it then closes, and some of the API's between them.
func hostile(t *testing.T, answers [][]byte) string {
	t.Helper()

	const between = `{"status":400,"reason":"INVALID_STATE","message":"x","errordetail":[{"reason":"ISSUER_DECLINED","source":"card","message":"x"}]}`

	good := fmt.Appendf(nil, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s", len(between), between)

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	var (
		mu     sync.Mutex
		served int
		open   sync.WaitGroup
	)

	answer := func(conn net.Conn) {
		defer conn.Close() //nolint:errcheck // all is written

		_ = conn.SetDeadline(time.Now().Add(patience))

		request, err := http.ReadRequest(bufio.NewReader(conn))
		if err != nil {
			return
		}

		_, _ = io.Copy(io.Discard, request.Body)

		mu.Lock()
		defer mu.Unlock()

		next := good
		if served%every == every-1 && served/every < len(answers) {
			next = answers[served/every]
		}

		served++

		_, _ = conn.Write(next)
	}

	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			open.Go(func() { answer(conn) })
		}
	})

	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})

	return listener.Addr().String()
}
