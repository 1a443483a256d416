package mastercard_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"encoding/binary"
	"fmt"
	"io"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

const (
	noCertificate = "<html>\r\n<head><title>400 No required SSL certificate was sent</title></head>\r\n<body>\r\n<center><h1>400 Bad Request</h1>" +
		"</center>\r\n<center>No required SSL certificate was sent</center>\r\n<hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
	declined = `{"status":400,"reason":"INVALID_STATE","message":"m","errordetail":[{"reason":"ISSUER_DECLINED","source":"Card"}]}`
)

// What is not the service's word on the card or the request ends no job.
func TestNoVerdictForGoodWithoutTheServicesWord(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status      int
		contentType string
		body        string
		verdict     mastercard.Verdict
		reason      string
	}{
		"400 HTML of a server that wants a client certificate": {400, "text/html", noCertificate, mastercard.Retry, "HTTP_400"},
		"413 of a proxy":                 {413, "text/html", "<h1>413 Request Entity Too Large</h1>", mastercard.Retry, "HTTP_413"},
		"451 of a proxy":                 {451, "text/html", "<h1>Blocked by policy</h1>", mastercard.Retry, "HTTP_451"},
		"409 and text":                   {409, "text/plain", "Conflict", mastercard.Retry, "HTTP_409"},
		"422 and nothing":                {422, "", "", mastercard.Retry, "HTTP_422"},
		"400 of a framework":             {400, "application/json", `{"timestamp":1,"status":400,"error":"Bad Request","path":"/cards"}`, mastercard.Retry, "HTTP_400"},
		"400 of a cluster":               {400, "application/json", `{"kind":"Status","status":"Failure","reason":"BadRequest","code":400}`, mastercard.Retry, "BadRequest"},
		"400 with a list of texts":       {400, "application/json", `{"errors":["bad"]}`, mastercard.Retry, "HTTP_400"},
		"400 and JSON with bytes behind": {400, "application/json", declined + `{"a":1}`, mastercard.Retry, "HTTP_400"},
		"a card's reason from a source that is no part of the API": {
			400, "application/json", `{"errors":[{"source":"Squid","reasonCode":"PAN_INELIGIBLE","recoverable":false}]}`,
			mastercard.Retry, "PAN_INELIGIBLE",
		},
		"a service's reason from another product of Mastercard's": {
			404, "application/json", `{"Errors":{"Error":[{"Source":"fld","ReasonCode":"NOT_FOUND","Description":"no","Recoverable":false}]}}`,
			mastercard.Halted, "NOT_FOUND",
		},
		"ALREADY_EXISTS of a backend": {
			409, "application/json", `{"errors":[{"source":"orders","reasonCode":"ALREADY_EXISTS"}]}`, mastercard.Retry, "ALREADY_EXISTS",
		},
		"400 of a cloud's gateway": {
			400, "application/json", `{"error":{"code":400,"message":"API key not valid","status":"INVALID_ARGUMENT",
				"details":[{"@type":"type.googleapis.com/google.rpc.ErrorInfo","reason":"API_KEY_INVALID","domain":"example.com"}]}}`,
			mastercard.Retry, "INVALID_ARGUMENT",
		},
		"400 of a cloud's gateway, bare": {
			400, "application/json", `{"code":400,"message":"no","status":"INVALID_ARGUMENT","details":[{"@type":"t","reason":"INVALID_VALUE"}]}`,
			mastercard.Retry, "INVALID_ARGUMENT",
		},
		"404 of a cloud's gateway": {
			404, "application/json", `{"error":{"code":404,"message":"Requested entity was not found.","status":"NOT_FOUND"}}`,
			mastercard.Halted, "NOT_FOUND",
		},
		"403 of a cloud's gateway": {
			403, "application/json", `{"error":{"code":403,"message":"no","status":"PERMISSION_DENIED"}}`, mastercard.Halted, "PERMISSION_DENIED",
		},
		"a limit of a cloud's gateway": {
			429, "application/json", `{"error":{"code":429,"message":"no","status":"RESOURCE_EXHAUSTED"}}`,
			mastercard.Throttled, "RESOURCE_EXHAUSTED",
		},
		"a reason alone": {400, "application/json", `{"reason":"INVALID_ARGUMENT"}`, mastercard.Retry, "INVALID_ARGUMENT"},
		"a reason without the status": {
			409, "application/json", `{"reason":"ALREADY_EXISTS","message":"order 7"}`, mastercard.Retry, "ALREADY_EXISTS",
		},
		"a reason without the message": {
			400, "application/json", `{"status":400,"reason":"INVALID_STATE"}`, mastercard.Retry, "INVALID_STATE",
		},
		"a status in words beside a reason": {
			400, "application/json", `{"status":"error","reason":"INVALID_ARGUMENT","message":"no"}`, mastercard.Retry, "INVALID_ARGUMENT",
		},
		"a status that is none": {
			400, "application/json", `{"status":7,"reason":"INVALID_ARGUMENT","message":"no"}`, mastercard.Retry, "INVALID_ARGUMENT",
		},
		"a code that only the gateway has": {
			400, "application/json", gatewayError("INVALID_REQUEST", "no", "false"), mastercard.Retry, "INVALID_REQUEST",
		},
		"a card's reason from the gateway": {
			400, "application/json", gatewayError("PAN_INELIGIBLE", "no", "false"), mastercard.Retry, "PAN_INELIGIBLE",
		},
		"a card's detail from the gateway": {
			400, "application/json", serviceError("INVALID_STATE", `[{"reason":"INVALID_PAN","sourceType":"gateway"}]`), mastercard.Retry, "INVALID_STATE",
		},
		"ALREADY_EXISTS from the gateway": {
			409, "application/json", gatewayError("ALREADY_EXISTS", "no", "false"), mastercard.Retry, "ALREADY_EXISTS",
		},
		"ALREADY_EXISTS under a 500": {500, "application/json", serviceError("ALREADY_EXISTS", "null"), mastercard.Retry, "ALREADY_EXISTS"},
		"a reason of the service that nobody knows": {
			422, "application/json", serviceError("NEW", `[{"reason":"NEWER"}]`), mastercard.Retry, "NEW",
		},
		"a reason of the service that is not about the card": {
			400, "application/json", serviceError("UNEXPECTED_ERROR", "null"), mastercard.Retry, "UNEXPECTED_ERROR",
		},

		"CRYPTOGRAPHY_ERROR in lower-case errors": {
			400, "application/json",
			`{"errors":[{"source":"Gateway","reasonCode":"CRYPTOGRAPHY_ERROR","description":"d","recoverable":false}]}`,
			mastercard.Halted, "CRYPTOGRAPHY_ERROR",
		},
		"ENCRYPTION_ERROR in lower-case errors": {
			400, "application/json", `{"errors":[{"source":"src","reasonCode":"ENCRYPTION_ERROR","description":"d","recoverable":false}]}`,
			mastercard.Halted, "ENCRYPTION_ERROR",
		},
		"CRYPTO_ERROR as a detail": {
			400, "application/json", serviceError("INVALID_ARGUMENT", `[{"reason":"CRYPTO_ERROR"}]`), mastercard.Halted, "INVALID_ARGUMENT",
		},
		"a client id that is not known, under 400": {
			400, "application/json", `{"error":{"code":"openapi.invalid.xclient.id"}}`, mastercard.Halted, "openapi.invalid.xclient.id",
		},
		"a client id that is not provisioned": {
			400, "application/json", `{"code":"-32603","errors":[{"source":"Validation","reasonCode":"clientid.invalid",
				"description":"ClientID not provisioned.","recoverable":false}],"message":"Internal Error"}`,
			mastercard.Halted, "clientid.invalid",
		},
		"lower-case errors that pass": {
			400, "application/json", `{"errors":[{"source":"GATEWAY","reasonCode":"SOMETHING","recoverable":true}]}`, mastercard.Retry, "SOMETHING",
		},
		"lower-case errors of the service about the card": {
			400, "application/json", `{"errors":[{"source":"MDES","reasonCode":"PAN_INELIGIBLE","recoverable":false}]}`,
			mastercard.Rejected, "PAN_INELIGIBLE",
		},
		"lower-case errors of the input about the card, with capitals": {
			400, "application/json", `{"errors":[{"source":"Input","reasonCode":"INVALID_PAN","recoverable":false}]}`,
			mastercard.Rejected, "INVALID_PAN",
		},
		"the service's, wrapped": {
			400, "application/json", `{"error":` + declined + `}`, mastercard.Rejected, "INVALID_STATE",
		},
		"the service's, with its status as text": {
			400, "application/json", strings.Replace(declined, "400", `"400"`, 1), mastercard.Rejected, "INVALID_STATE",
		},
		"a client id that is not provisioned, in a failure of the service": {
			500, "application/json", `{"Code":-32603,"ERRORS":[{"Source":"VALIDATION","ReasonCode":"CLIENTID.INVALID","Recoverable":false}]}`,
			mastercard.Halted, "CLIENTID.INVALID",
		},
		"a limit under another status": {
			400, "application/json", `{"errors":[{"source":"CustomerService","reasonCode":"too.many.requests","recoverable":true}]}`,
			mastercard.Throttled, "too.many.requests",
		},
		"lower-case errors of the gateway, with a reason of the service": {
			400, "application/json", `{"errors":[{"source":"gAtEwAy","reasonCode":"PAN_INELIGIBLE","recoverable":false}]}`,
			mastercard.Retry, "PAN_INELIGIBLE",
		},
		"the other spelling of a decline": {
			400, "application/json", serviceError("INVALID_STATE", `[{"reason":"ISSUER_DECLINE"}]`), mastercard.Rejected, "INVALID_STATE",
		},

		"XML of the gateway: signature": {
			400, "text/xml", `<?xml version="1.0" encoding="UTF-8"?><Errors><Error><Source>Gateway</Source>
				<ReasonCode>AUTHENTICATION_FAILED</ReasonCode><Description>no</Description><Recoverable>false</Recoverable><Details/></Error></Errors>`,
			mastercard.Halted, "AUTHENTICATION_FAILED",
		},
		"XML of the gateway: recoverable": {
			400, "application/xml", `<Errors xmlns="urn:x"><Error><Source>Gateway</Source><ReasonCode>LATER</ReasonCode><Recoverable>true</Recoverable></Error></Errors>`,
			mastercard.Retry, "LATER",
		},
		"XML of the gateway: several errors": {
			400, "text/xml", `<Errors><Error><ReasonCode>NEW</ReasonCode></Error><Error><ReasonCode>INVALID_KEY</ReasonCode></Error></Errors>`,
			mastercard.Halted, "INVALID_KEY",
		},
		"XML of the gateway, in latin1": {
			400, "text/xml", "<?xml version=\"1.0\" encoding=\"ISO-8859-1\"?><Error><ReasonCode>INVALID_KEY</ReasonCode><Description>\xfc</Description></Error>",
			mastercard.Halted, "INVALID_KEY",
		},
		"XML with the reason of a card": {
			400, "text/xml", `<Errors><Error><Source>MDES</Source><ReasonCode>PAN_INELIGIBLE</ReasonCode></Error></Errors>`,
			mastercard.Retry, "PAN_INELIGIBLE",
		},
		"XML of somebody else": {400, "text/xml", `<fault><code>7</code></fault>`, mastercard.Retry, "HTTP_400"},
		"XML that breaks off":  {400, "text/xml", `<Errors><Error><ReasonCode>INVALID_KEY</ReasonCode>`, mastercard.Retry, "HTTP_400"},
		"two XML documents": {
			400, "text/xml", `<a/><Error><ReasonCode>INVALID_KEY</ReasonCode></Error>`, mastercard.Retry, "HTTP_400",
		},
		"XML without end": {400, "text/xml", strings.Repeat("<a>", 10_000), mastercard.Retry, "HTTP_400"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(c.status, c.body, "Content-Type", c.contentType)))
			answer := client.Enroll(t.Context(), enrollRequest())

			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)
			require.Equal(t, c.reason, answer.Failure.Reason)
		})
	}
}

// An unenrollment is not concluded from what is not the service's word either.
func TestNotEnrolledNeedsTheServicesWord(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		status  int
		body    string
		verdict mastercard.Verdict
	}{
		"the service's":      {404, serviceError("NOT_FOUND", "null"), mastercard.NotEnrolled},
		"HTML":               {404, "<html>", mastercard.Retry},
		"of a cluster":       {404, `{"status":"Failure","reason":"NotFound","code":404}`, mastercard.Retry},
		"a cloud gateway's":  {404, `{"error":{"code":404,"message":"no","status":"NOT_FOUND"}}`, mastercard.Retry},
		"a backend's":        {404, `{"errors":[{"source":"orders","reasonCode":"NOT_FOUND"}]}`, mastercard.Retry},
		"a reason alone":     {404, `{"reason":"NOT_FOUND"}`, mastercard.Retry},
		"the gateway's":      {404, gatewayError("RESOURCE_NOT_FOUND", "no", "false"), mastercard.Retry},
		"a detail under 500": {500, serviceError("INTERNAL", `[{"reason":"CARD_NOT_FOUND"}]`), mastercard.Retry},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, through(answering(c.status, c.body)))
			answer := client.Unenroll(t.Context(), mastercard.UnenrollRequest{SrcDigitalCardID: "x-1", SrcClientID: srcClientID, ServiceID: serviceID})
			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)
		})
	}
}

func gzipped(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { return gzip.NewWriter(w) })
}

func zlibbed(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { return zlib.NewWriter(w) })
}

func deflated(text string) string {
	return packed(text, func(w io.Writer) io.WriteCloser { return must(flate.NewWriter(w, flate.BestCompression)) })
}

func packed(text string, with func(io.Writer) io.WriteCloser) string {
	var b bytes.Buffer

	w := with(&b)
	_ = must(io.WriteString(w, text))
	if err := w.Close(); err != nil {
		panic(err)
	}

	return b.String()
}

func inUTF16(text string, order binary.AppendByteOrder) string {
	var b []byte
	for _, unit := range utf16.Encode([]rune(text)) {
		b = order.AppendUint16(b, unit)
	}

	return string(b)
}

// A proxy packs answers unasked, another writes a byte order mark before them: they mean what they mean without.
func TestAnswersInAnyForm(t *testing.T) {
	t.Parallel()

	little, big := binary.LittleEndian, binary.BigEndian

	for name, form := range map[string]func(text string) (body string, header []string){
		"gzip":                 func(text string) (string, []string) { return gzipped(text), []string{"Content-Encoding", "gzip"} },
		"x-gzip, in capitals":  func(text string) (string, []string) { return gzipped(text), []string{"Content-Encoding", "X-GZIP"} },
		"deflate":              func(text string) (string, []string) { return zlibbed(text), []string{"Content-Encoding", "deflate"} },
		"deflate without zlib": func(text string) (string, []string) { return deflated(text), []string{"Content-Encoding", "deflate"} },
		"gzip twice": func(text string) (string, []string) {
			return gzipped(gzipped(text)), []string{"Content-Encoding", "gzip, gzip"}
		},
		"deflate, then gzip": func(text string) (string, []string) {
			return gzipped(zlibbed(text)), []string{"Content-Encoding", "deflate,identity, gzip"}
		},
		"gzip that no header tells": func(text string) (string, []string) { return gzipped(text), nil },
		"gzip that was undone":      func(text string) (string, []string) { return text, []string{"Content-Encoding", "gzip"} },
		"deflate that was undone":   func(text string) (string, []string) { return text, []string{"Content-Encoding", "deflate"} },
		"br that was undone":        func(text string) (string, []string) { return text, []string{"Content-Encoding", "br"} },
		"a mark":                    func(text string) (string, []string) { return "\xef\xbb\xbf" + text, nil },
		"a mark, in gzip": func(text string) (string, []string) {
			return gzipped("\xef\xbb\xbf" + text), []string{"Content-Encoding", "gzip"}
		},
		"UTF-16 with a mark":         func(text string) (string, []string) { return "\xff\xfe" + inUTF16(text, little), nil },
		"UTF-16 with the other mark": func(text string) (string, []string) { return "\xfe\xff" + inUTF16(text, big), nil },
		"UTF-16 that nothing tells":  func(text string) (string, []string) { return inUTF16(text, little), nil },
		"UTF-16 that nothing tells, the other way": func(text string) (string, []string) {
			return inUTF16(text, big), nil
		},
		"UTF-16 by charset": func(text string) (string, []string) {
			return inUTF16(text, big), []string{"Content-Type", "application/json; charset=utf-16"}
		},
		"UTF-16LE by charset": func(text string) (string, []string) {
			return inUTF16(text, little), []string{"Content-Type", `application/json; charset="UTF-16LE"`}
		},
		"UTF-8 called UTF-16": func(text string) (string, []string) {
			return text, []string{"Content-Type", "application/json; charset=utf-16"}
		},
		"latin1 by charset": func(text string) (string, []string) {
			return text, []string{"Content-Type", "application/json;charset=ISO-8859-1"}
		},
		"a charset unheard of": func(text string) (string, []string) {
			return text, []string{"Content-Type", "application/json; charset=klingon"}
		},
		"a content type that is none": func(text string) (string, []string) { return text, []string{"Content-Type", ";;="} },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			body, header := form(enrolled)
			answer := newClient(t, through(answering(200, body, header...))).Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Enrolled, answer.Verdict, "%+v", answer)
			require.Equal(t, "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", answer.SrcDigitalCardID)

			body, header = form(declined)
			answer = newClient(t, through(answering(400, body, header...))).Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Rejected, answer.Verdict, "%+v", answer)
			require.Equal(t, failure{"service", "INVALID_STATE", "ISSUER_DECLINED", "Card", "m"}, answer.Failure)
		})
	}
}

// A header that announces a packing has nothing to announce where there is no body.
func TestNothingPacked(t *testing.T) {
	t.Parallel()

	answer := newClient(t, through(answering(200, "", "Content-Encoding", "gzip"))).Enroll(t.Context(), enrollRequest())
	require.Equal(t, mastercard.Unknown, answer.Verdict)
	require.Equal(t, "EMPTY", answer.Failure.Detail)
	require.NoError(t, answer.Err)
}

func TestTextsOfOtherCharacterSets(t *testing.T) {
	t.Parallel()

	client := newClient(t, through(answering(400, serviceError("INVALID_STATE", "[{\"reason\":\"ISSUER_DECLINED\",\"message\":\"f\xfcr \x80 5\"}]"),
		"Content-Type", "application/json; charset=ISO-8859-1")))
	require.Equal(t, "für € 5", client.Enroll(t.Context(), enrollRequest()).Failure.Message)
}

// What cannot be unpacked may be a success all the same, and is no refusal.
func TestAnswersThatCannotBeUnpacked(t *testing.T) {
	t.Parallel()

	bomb := gzipped(strings.Repeat("a", 64<<20))
	short := func(c *mastercard.Config) { c.MaxAnswerBytes = 64 << 10 } // as much as is looked through for each status

	for name, c := range map[string]struct{ coding, body, detail string }{
		"br":                            {"br", "\x1b\x03", "UNREADABLE"},
		"zstd":                          {"zstd", "\x28\xb5\x2f\xfd", "UNREADABLE"},
		"gzip that is none":             {"gzip", "\x00\x01\x02\x03\x04\x05\x06\x07\x08\x09\x0a", "UNREADABLE"},
		"deflate that is none":          {"deflate", "\xff\xff\xff\xff", "UNREADABLE"},
		"gzip cut":                      {"gzip", gzipped(enrolled)[:40], "TRUNCATED"},
		"gzip with something behind":    {"gzip", gzipped(enrolled) + "something behind it", "UNREADABLE"},
		"deflate with something behind": {"deflate", deflated(enrolled) + "more", "UNREADABLE"},
		"packed too often":              {"gzip,gzip,gzip,gzip", gzipped(enrolled), "UNREADABLE"},
		"a bomb":                        {"gzip", bomb, "TRUNCATED"},
		"a bomb in a bomb":              {"gzip, gzip", gzipped(bomb), "TRUNCATED"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for status, verdict := range map[int]mastercard.Verdict{
				200: mastercard.Unknown, 400: mastercard.Retry, 409: mastercard.Retry, 500: mastercard.Retry,
			} {
				answer := newClient(t, through(answering(status, c.body, "Content-Encoding", c.coding)), short).Enroll(t.Context(), enrollRequest())
				require.Equal(t, verdict, answer.Verdict, "%d: %+v", status, answer)
				require.Equal(t, failure{
					Source: "unrecognized", Reason: fmt.Sprintf("HTTP_%d", status), Detail: c.detail, Message: answer.Failure.Message,
				}, answer.Failure)
				require.Error(t, answer.Err)
			}
		})
	}
}

// An answer that names another card is not this card's success.
func TestAnotherCardsAnswer(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		card    string
		verdict mastercard.Verdict
		id      string
	}{
		"this card's":                     {`"panBin":"520473","panLastFour":"4784"`, mastercard.Enrolled, "x-1"},
		"this card's, a BIN of eight":     {`"panBin":"52047316","panLastFour":"4784"`, mastercard.Enrolled, "x-1"},
		"this card's, masked":             {`"panBin":"520473******","panLastFour":"****4784"`, mastercard.Enrolled, "x-1"},
		"no BIN":                          {`"panLastFour":"4784"`, mastercard.Enrolled, "x-1"},
		"no last four":                    {`"panBin":"520473"`, mastercard.Enrolled, "x-1"},
		"neither":                         {`"panBin":""`, mastercard.Enrolled, "x-1"},
		"of unexpected types":             {`"panBin":520473,"panLastFour":[]`, mastercard.Enrolled, "x-1"},
		"last four that are not four":     {`"panBin":"520473","panLastFour":"84"`, mastercard.Enrolled, "x-1"},
		"another card's last four":        {`"panBin":"520473","panLastFour":"4785"`, mastercard.Unknown, ""},
		"another card's BIN":              {`"panBin":"555555","panLastFour":"4784"`, mastercard.Unknown, ""},
		"another card's BIN of eight":     {`"panBin":"52047399","panLastFour":"4784"`, mastercard.Unknown, ""},
		"another card's BIN, alone":       {`"panBin":"555555"`, mastercard.Unknown, ""},
		"another card's last four, alone": {`"panLastFour":"1111"`, mastercard.Unknown, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			body := `{"srcCorrelationId":"c-1","maskedCard":{"srcDigitalCardId":"x-1","tokenUniqueReference":"t-1",` + c.card + `}}`
			answer := newClient(t, through(answering(200, body))).Enroll(t.Context(), enrollRequest())

			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)
			require.Equal(t, c.id, answer.SrcDigitalCardID)

			if c.verdict == mastercard.Unknown {
				require.Nil(t, answer.Card)
				require.Empty(t, answer.TokenUniqueReference)
				require.Equal(t, "OTHER_CARD", answer.Failure.Detail)
				require.Contains(t, answer.Failure.Message, "another card")
				require.Contains(t, answer.Advice, "mixed up")
			}
		})
	}
}

// A card that is enrolled has succeeded, whatever its id looks like.
func TestSuccessWithoutAUsableID(t *testing.T) {
	t.Parallel()

	const rest = `,"panBin":"520473","panLastFour":"4784","tokenUniqueReference":"t-1"}}`

	for name, c := range map[string]struct {
		body    string
		verdict mastercard.Verdict
	}{
		"missing":                        {`{"maskedCard":{"a":1` + rest, mastercard.Enrolled},
		"empty":                          {`{"maskedCard":{"srcDigitalCardId":""` + rest, mastercard.Enrolled},
		"null":                           {`{"maskedCard":{"srcDigitalCardId":null` + rest, mastercard.Enrolled},
		"a number":                       {`{"maskedCard":{"srcDigitalCardId":17` + rest, mastercard.Enrolled},
		"too long":                       {`{"maskedCard":{"srcDigitalCardId":"` + strings.Repeat("a", 256) + `"` + rest, mastercard.Enrolled},
		"control characters":             {`{"maskedCard":{"srcDigitalCardId":"a\u0000b"` + rest, mastercard.Enrolled},
		"the card's number":              {`{"maskedCard":{"srcDigitalCardId":"` + testPAN + `"` + rest, mastercard.Enrolled},
		"missing, and nothing of a card": {`{"maskedCard":{"srcDigitalCardId":""}}`, mastercard.Unknown},
		"missing, and a BIN alone":       {`{"maskedCard":{"panBin":"520473"}}`, mastercard.Unknown},
		"missing, of another card":       {`{"maskedCard":{"panBin":"520473","panLastFour":"1111"}}`, mastercard.Unknown},
		"no card at all":                 {`{"srcCorrelationId":"c-1"}`, mastercard.Unknown},
		"something behind it":            {enrolled + "x", mastercard.Unknown},
		"a second answer behind it":      {enrolled + enrolled, mastercard.Unknown},
		"an error beside it": {
			strings.TrimSuffix(enrolled, "}") + `,"errors":[{"source":"MDES","reasonCode":"PAN_INELIGIBLE"}]}`, mastercard.Unknown,
		},
		"no errors beside it": {strings.TrimSuffix(enrolled, "}") + `,"errors":[],"error":null}`, mastercard.Enrolled},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newClient(t, through(answering(200, c.body))).Enroll(t.Context(), enrollRequest())
			require.Equal(t, c.verdict, answer.Verdict, "%+v", answer)

			if c.verdict == mastercard.Enrolled {
				require.Zero(t, answer.Failure)
				require.NotNil(t, answer.Card)
				require.NotEmpty(t, answer.TokenUniqueReference)
			}
		})
	}
}
