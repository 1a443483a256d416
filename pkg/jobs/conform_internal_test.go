package jobs

import (
	"bytes"
	"encoding/json"
	"regexp"
	"strings"
	"testing"
	"time"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs/schema"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

const goodSeal = "eyJhbGciOiJFQ0RILUVTIn0..AAAA.BBBB.CC-_"

// The two ways to check a job that this package has made say the same.
func requireJobsAgree(tb testing.TB, job Job) {
	tb.Helper()

	job.Schema = SchemaVersion

	body, err := json.Marshal(job)
	if err != nil {
		require.False(tb, job.conforms(), "what cannot be written does not conform")
		return
	}

	_, problem := decodeAny(body)
	if job.conforms() {
		require.Nil(tb, problem, "%+v", job)
	}

	if problem == nil && job.Asks() == Enroll && utf8.ValidString(job.ExternalConsumerID+job.ExternalCardID) {
		require.True(tb, job.conforms(), "%+v", job)
	}
}

func requirePayloadsAgree(tb testing.TB, payload Payload) {
	tb.Helper()

	clear := payload.Reveal()

	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(clear))
	require.NoError(tb, err)

	problem := payloadSchema().check(document)
	if payload.conforms() {
		require.Nil(tb, problem, "%s", clear)
	}

	if problem == nil && !bytes.Contains(clear, []byte(`\ufffd`)) && !bytes.ContainsRune(clear, utf8.RuneError) {
		require.True(tb, payload.conforms(), "%s", clear)
	}
}

func TestWhatConformsIsWhatTheSchemaTakes(t *testing.T) {
	t.Parallel()

	good := Job{ID: "a.1", Program: "demo", Batch: "a", Sealed: goodSeal}
	require.True(t, good.conforms())

	for _, text := range edges() {
		for _, set := range []func(*Job, string){
			func(j *Job, v string) { j.ID = v },
			func(j *Job, v string) { j.Program = v },
			func(j *Job, v string) { j.Batch = v },
			func(j *Job, v string) { j.ExternalConsumerID = v },
			func(j *Job, v string) { j.ExternalCardID = v },
			func(j *Job, v string) { j.Operation = Operation(v) },
			func(j *Job, v string) { j.SrcDigitalCardID = v },
			func(j *Job, v string) { j.SrcConsumerID = v },
			func(j *Job, v string) { j.UnenrollReason = v },
			func(j *Job, v string) { j.TokenRequestorID = v },
			func(j *Job, v string) { j.Operation, j.TokenRequestorID = Push, v },
			func(j *Job, v string) { j.Sealed = v },
			func(j *Job, v string) { j.Sealed = goodSeal + v },
		} {
			job := good
			set(&job, text)
			requireJobsAgree(t, job)
		}

		requirePayloadsAgree(t, payloadOf(text, text, text, text))
		requirePayloadsAgree(t, payloadOf("5204731600014784", text, "ana@example.com", "en"))
		requirePayloadsAgree(t, payloadOf("5204731600014784", "12", text, "en"))
		requirePayloadsAgree(t, payloadOf("5204731600014784", "12", "ana@example.com", text))
	}

	for _, text := range append(edges(), "MCC-STL-0F6A1B2C-3D4E-4F5A", "12345678", "1234567A", strings.Repeat("A", 64), strings.Repeat("A", 65)) {
		requirePayloadsAgree(t, receiptPayload(text, 0))
	}

	for minutes := -1; minutes < 18; minutes++ {
		requirePayloadsAgree(t, receiptPayload("MCC-STL-0F6A1B2C", minutes))
	}

	both := payloadOf("5204731600014784", "12", "ana@example.com", "en")
	both.Receipt = receiptPayload("MCC-STL-0F6A1B2C", 0).Receipt
	requirePayloadsAgree(t, both)
	require.False(t, both.conforms())
	require.True(t, receiptPayload("MCC-STL-0F6A1B2C", 15).conforms())

	for _, at := range []time.Time{
		{},
		time.Date(9999, 12, 31, 23, 59, 59, 999_999_999, time.UTC),
		time.Date(10000, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(-1, 1, 1, 0, 0, 0, 0, time.UTC),
		time.Date(0, 1, 1, 0, 0, 0, 0, time.UTC),
	} {
		job := good
		job.NotAfter = at
		requireJobsAgree(t, job)

		payload := receiptPayload("MCC-STL-0F6A1B2C", 0)
		payload.Receipt.IssuedAt = at

		if at.Year() >= 0 && at.Year() <= 9999 { // others cannot be written
			requirePayloadsAgree(t, payload)
		}
	}
}

// Every code of two letters, in each case, is a country or a language for the schema if it is one in Go.
func TestTheSchemaHasTheSameCodes(t *testing.T) {
	t.Parallel()

	const letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"

	for _, a := range letters {
		for _, b := range letters {
			code := string(a) + string(b)
			payload := payloadOf("5204731600014784", "12", "ana@example.com", code)
			payload.Compliance = nil
			payload.Card.BillingAddress = nil
			payload.Consumer.CountryCode = ""
			requirePayloadsAgree(t, payload)

			payload.Consumer.CountryCode, payload.Consumer.LanguageCode = code, ""
			requirePayloadsAgree(t, payload)
		}
	}
}

// Every character, alone in a name and behind a letter that may ask for it, is good for the schema if it is good in Go.
func TestTheSchemaHasTheSameCharacters(t *testing.T) {
	t.Parallel()

	name, err := regexp.Compile(payloadPattern(t, "name"))
	require.NoError(t, err)
	text, err := regexp.Compile(payloadPattern(t, "printed"))
	require.NoError(t, err)

	for r := range rune(0xe2000) {
		for _, before := range []string{"a", "\u0645", "\u0915", "\u1820", "\u845b"} {
			if before != "a" && !unseen(r) || r > 0x20100 && r < 0xdff00 {
				continue
			}

			if value := before + string(r); ValidName(value) != name.MatchString(value) || ValidAddress(value, 75) != text.MatchString(value) {
				require.Fail(t, "the schema and Go differ", "%+q: a name %v, a part of an address %v", value, ValidName(value), ValidAddress(value, 75))
			}
		}
	}
}

func payloadPattern(t *testing.T, of string) string {
	t.Helper()

	var document struct {
		Defs map[string]struct {
			Pattern string `json:"pattern"`
		} `json:"$defs"`
	}

	require.NoError(t, json.Unmarshal(schema.PayloadV1, &document))

	return document.Defs[of].Pattern
}

// edges are texts at the limits of one rule or another.
func edges() []string {
	all := []string{
		"", "a", "ab", "AB", "ıı", "Aé", "ÄÖ", "01", "00", "12", "13", "1", "049", "0", "2029", "49", "5555", "123",
		"a@b", "@b", "a@b.co", "a.b@c-d.co.uk", ".a@b.co", "a.@b.co", "a..b@c.co", "<a@b.com>", "a@b.com>", "mailto:a@b.com", "a@-b.com", "a@b-.com",
		"a@b.com/", "a@b.com.", "a@.b.com", "a@b..com", "NULL@NULL.NULL", "a@b.Nan", "a@b.c", "a@1.2.3.4", "a@[1.2.3.4]", "'a@b.com", "o'b@c.com", "a@b_c.com",
		"a,b@c.com", "a@b.com,c@d.com", "a;b@c.com", "a\u200b@b.com", "a@b\u200b.com", "\ufeffa@b.com", "a@b.com\u00ad", "e\u0301@b.com", "é@ü.de", "a@\u4e16\u754c.\u4e2d\u56fd",
		"a@b\U000e0001.com", "a\u2019@b.com", "a@b\u3002com", "a=b+c@d.com", "a\"b@c.com", "a\\b@c.com", "a@b.xn--p1ai", "a@b.4com", "a@", "a@b@c", "a b@c", "a@b\x7f", "a@\u00a0b", "é@x", "a\x00b", "a\nb", "a\tb", "a\x7fb", "\u2028", "<&>",
		"a\u0085b", "a\u009fb", "a\rb", "Jos\ufffd", "An\u200ba", "\u200dAna", "Ana\u00ad", "A\u202eb", "\u0645\u06cc\u200c\u062e", "\u0645\u200c\u200c\u062e",
		"\u0915\u094d\u200d\u0937", "\u845b\U000e0100", "a\U000e0100", "\u845b\ufe00", "a\ufe0f", "\u1820\u180b", "\u1820\u180b\u200d", "x\u180b", "\u3164", "\u061c\u200c",
		"\U00020000\U000e01ef", "\U000e0001", "\uffff", "UK", "XK", "iw", "QQ", "qq", "ZZ", "Za",
		"enroll", "unenroll", "update", "forget", "Enroll", "a.b_c-D", "a/b", "https://", "https://x", "https://x y", "https://x\u00a0y", "http://x",
		"https://\vx", "5204731600014784", "card-5204731600014784", "5204-7316-0001-4784", "a..b.c.d", "..b.c.d", "a..b.c.d.e",
		"a..b.c.", "a.x.b.c.d", "a..b.c.d=", "a..b.c+.d", "\ufffd", "a\xffb",
	}

	for _, length := range []int{15, 16, 20, 21, 30, 31, 32, 33, 50, 51, 60, 61, 64, 65, 75, 76, 255, 256, 257, 1024, 1025, 49152, 49153} {
		all = append(all, strings.Repeat("1", length), strings.Repeat("a", length), strings.Repeat("ж", length),
			"https://"+strings.Repeat("x", max(0, length-8)), "a@"+strings.Repeat("b", max(0, length-2)))
	}

	return all
}

// payloadOf puts four texts wherever a payload has one.
func payloadOf(number, date, text, short string) Payload {
	return Payload{
		Card: Card{
			PrimaryAccountNumber: pan.Unchecked(number), PanExpirationMonth: date, PanExpirationYear: "2030",
			CardholderFullName: text, CardholderFirstName: text, CardholderLastName: short,
			BillingAddress: &Address{
				Name: text, Line1: text, Line2: text, Line3: short, City: text, State: short, CountryCode: strings.ToUpper(short), Zip: short,
			},
		},
		Consumer: Consumer{
			EmailAddress: text, MobileNumber: &MobileNumber{CountryCode: "49", PhoneNumber: "5555"},
			FirstName: short, LastName: text, FullName: text, CountryCode: strings.ToUpper(short), LanguageCode: short,
		},
		Compliance: &Compliance{Privacy: &Consent{AcceptedVersion: text, LatestVersion: short, LatestVersionURI: "https://" + short}},
	}
}

// receiptPayload is a payload with a receipt in the card's place.
func receiptPayload(text string, minutes int) Payload {
	return Payload{
		Receipt:  &PushReceipt{Receipt: receipt.Unchecked(text), IssuedAt: canonicalNow(), ValidMinutes: minutes},
		Consumer: Consumer{EmailAddress: "ana@example.com"},
	}
}

func FuzzConform(f *testing.F) {
	for _, text := range edges() {
		if len(text) < 300 {
			f.Add(text, text, text, text, text, text)
		}
	}

	f.Add("5204731600014784", "12", "ana@example.com", "en", "k-1", goodSeal)

	f.Fuzz(func(t *testing.T, number, date, text, short, key, sealed string) {
		requirePayloadsAgree(t, payloadOf(number, date, text, short))
		requirePayloadsAgree(t, receiptPayload(text, len(short)))

		// One text at a time in an otherwise good payload, or most would fail for several reasons.
		consumer := Consumer{EmailAddress: "ana@example.com"}
		card := Card{PrimaryAccountNumber: pan.Unchecked("5204731600014784"), PanExpirationMonth: "12", PanExpirationYear: "2030"}

		for _, set := range []func(*Payload){
			func(p *Payload) { p.Card.PrimaryAccountNumber = pan.Unchecked(number) },
			func(p *Payload) { p.Card.PanExpirationMonth = date },
			func(p *Payload) { p.Card.PanExpirationYear = date },
			func(p *Payload) { p.Card.CardholderLastName = text },
			func(p *Payload) { p.Card.BillingAddress = &Address{Zip: short, City: text, CountryCode: short} },
			func(p *Payload) { p.Consumer.EmailAddress = text },
			func(p *Payload) { p.Consumer.LanguageCode = short },
			func(p *Payload) { p.Consumer.CountryCode = short },
			func(p *Payload) { p.Consumer.MobileNumber = &MobileNumber{CountryCode: short, PhoneNumber: date} },
			func(p *Payload) {
				p.Compliance = &Compliance{Tnc: &Consent{AcceptedVersion: text, LatestVersion: key, LatestVersionURI: sealed}}
			},
		} {
			payload := Payload{Card: card, Consumer: consumer}
			set(&payload)
			requirePayloadsAgree(t, payload)
		}

		requireJobsAgree(t, Job{ID: key, Program: "demo", Batch: key, Sealed: sealed})
		requireJobsAgree(t, Job{ID: "a", Program: short, ExternalCardID: text, ExternalConsumerID: key, Sealed: goodSeal})
	})
}
