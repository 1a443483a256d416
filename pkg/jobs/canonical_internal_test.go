package jobs

import (
	"bytes"
	"crypto/ecdh"
	"crypto/ecdsa"
	"crypto/elliptic"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// canonicalNow is within the validity of the payloads in these tests.
func canonicalNow() time.Time { return time.Date(2026, 6, 15, 12, 0, 0, 0, time.UTC) }

// The short way takes our own publisher's documents, and no way of writing that the long way reads differently.
func TestTheShortWayTakesOurOwnForm(t *testing.T) {
	t.Parallel()

	job := Job{Schema: SchemaVersion, ID: "a-1", Program: "gold", ExternalCardID: "k1", Sealed: goodSeal}
	body, err := job.Encode()
	require.NoError(t, err)

	read, ok := canonicalJob(body)
	require.True(t, ok)
	require.Equal(t, job, read)

	payload := payloadOf("5204731600014784", "12", "Ana", "US")
	read2, ok := canonicalPayload(payload.Reveal())
	require.Equal(t, payload.conforms(), ok)

	if ok {
		require.Equal(t, payload, read2)
	}

	for name, body := range map[string]string{
		"a member in another case":   strings.Replace(string(body), `"id"`, `"ID"`, 1),
		"a member twice":             strings.Replace(string(body), `"id":"a-1"`, `"id":"b","id":"a-1"`, 1),
		"a member that is not known": strings.Replace(string(body), `{`, `{"x":1,`, 1),
		"a blank":                    strings.Replace(string(body), `:`, `: `, 1),
		"another order":              `{"id":"a-1","schema":1,"program":"gold","external_card_id":"k1","sealed":"` + goodSeal + `"}`,
		"something behind it":        string(body) + "{}",
		"another version":            strings.Replace(string(body), `"schema":1`, `"schema":2`, 1),
		"an escape":                  strings.Replace(string(body), `"k1"`, `"\u006b1"`, 1),
		"a security code beside":     strings.Replace(string(body), `{`, `{"cvc":"123",`, 1),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, ok := canonicalJob([]byte(body))
			require.False(t, ok)
		})
	}
}

// What our own publishers write is read without encoding/json, and as it would read it.
func TestOurOwnJobsAreReadTheShortWay(t *testing.T) {
	t.Parallel()

	for name, job := range map[string]Job{
		"least": {ID: "a-1", Program: "gold", Sealed: goodSeal},
		"most": {
			ID: "a-1", Program: "gold", Batch: "june", ExternalConsumerID: "Jürgen 1", ExternalCardID: "k1",
			NotAfter: canonicalNow().Add(time.Millisecond), Sealed: goodSeal,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			body, err := job.Encode()
			require.NoError(t, err)

			read, ours := readJob(body)
			require.True(t, ours)

			var long Job
			require.NoError(t, json.Unmarshal(body, &long))
			require.Equal(t, long, read)
		})
	}

	for name, body := range map[string]string{
		"an empty member":     `{"schema":1,"id":"a-1","program":"gold","batch":"","sealed":"x"}`,
		"a time that is zero": `{"schema":1,"id":"a-1","program":"gold","not_after":"0001-01-01T00:00:00Z","sealed":"x"}`,
		"DEL":                 "{\"schema\":1,\"id\":\"a-1\",\"program\":\"gold\",\"external_card_id\":\"\x7f\",\"sealed\":\"x\"}",
		"a control character": "{\"schema\":1,\"id\":\"a-1\",\"program\":\"gold\",\"external_card_id\":\"\t\",\"sealed\":\"x\"}",
		"a bad character":     "{\"schema\":1,\"id\":\"a-1\",\"program\":\"gold\",\"external_card_id\":\"\xff\",\"sealed\":\"x\"}",
		"a line separator":    "{\"schema\":1,\"id\":\"a-1\",\"program\":\"gold\",\"external_card_id\":\"\u2028\",\"sealed\":\"x\"}",
		"a sign of HTML":      `{"schema":1,"id":"a-1","program":"gold","external_card_id":"<","sealed":"x"}`,
		"no comma":            `{"schema":1,"id":"a-1""program":"gold","sealed":"x"}`,
		"no end":              `{"schema":1,"id":"a-1","program":"gold","sealed":"x"`,
		"no end of a text":    `{"schema":1,"id":"a-1`,
		"nothing":             ``,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			_, ours := readJob([]byte(body))
			require.False(t, ours)
		})
	}
}

func TestOurOwnPayloadsAreReadTheShortWay(t *testing.T) {
	t.Parallel()

	consent := &Consent{AcceptedVersion: "1", LatestVersion: "2", LatestVersionURI: "https://bank.example/tnc"}

	for name, payload := range map[string]Payload{
		"least of a payload": {Card: Card{PrimaryAccountNumber: pan.Unchecked("5204731600014784")}},
		"most of a payload": {
			Card: Card{
				PrimaryAccountNumber: pan.Unchecked("5204731600014784"), PanExpirationMonth: "12", PanExpirationYear: "2029",
				CardholderFullName: "Jürgen Größe", CardholderFirstName: "Jürgen", CardholderLastName: "Größe",
				BillingAddress: &Address{
					Name: "n", Line1: "1", Line2: "2", Line3: "3", City: "Łódź", State: "s", CountryCode: "PL", Zip: "90-001",
				},
			},
			Consumer: Consumer{
				EmailAddress: "a@b.example", MobileNumber: &MobileNumber{CountryCode: "48", PhoneNumber: "700000000"},
				FirstName: "Jürgen", LastName: "Größe", FullName: "Jürgen Größe", CountryCode: "PL", LanguageCode: "pl",
			},
			Compliance: &Compliance{Privacy: consent, Tnc: consent, Cookie: &Consent{}, GeoLocation: consent},
		},
		"nothing in an address": {Card: Card{BillingAddress: &Address{}}, Compliance: &Compliance{}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			read, ours := readPayload(payload.Reveal())
			require.True(t, ours)
			require.Equal(t, payload, read)
		})
	}
}

// What is read the short way is written so.
func FuzzOwnDocuments(f *testing.F) {
	body, err := Job{ID: "a-1", Program: "gold", ExternalCardID: "k\u00e4", NotAfter: canonicalNow(), Sealed: goodSeal}.Encode()
	require.NoError(f, err)
	f.Add(body)
	f.Add(payloadOf("5204731600014784", "12", "Ana", "US").Reveal())
	f.Add([]byte(`{"card":{"panExpirationMonth":"","panExpirationYear":"","primaryAccountNumber":""},"consumer":{"emailAddress":""}}`))
	f.Add([]byte(`{"schema":1,"id":"","program":"","not_after":"2026-06-15T12:00:00+01:00"}`))

	f.Fuzz(func(t *testing.T, text []byte) {
		if job, ours := readJob(text); ours {
			again, err := json.Marshal(job)
			require.NoError(t, err)
			require.Equal(t, string(text), string(again))
		}

		if payload, ours := readPayload(text); ours {
			require.Equal(t, string(text), string(payload.Reveal()))
		}
	})
}

// The header of our own seal is read the short way, and any as the long way reads it.
func FuzzOwnSealHeaders(f *testing.F) {
	key := sealKey(f)
	own, err := newEnvelope(key.Public(), contentPayload)
	require.NoError(f, err)
	sealed, err := own.seal([]byte("text"))
	require.NoError(f, err)

	encoded, _, _ := strings.Cut(sealed, ".")
	header, err := decodePart(encoded)
	require.NoError(f, err)

	_, ours := readOwnHeader(header)
	require.True(f, ours)

	f.Add(header)
	f.Add(bytes.Replace(header, []byte(`"kid"`), []byte(`"zip":"DEF","kid"`), 1))
	f.Add(bytes.Replace(header, []byte(`"y":"`), []byte(`"y":"A`), 1))

	f.Fuzz(func(t *testing.T, header []byte) {
		short, ours := readOwnHeader(header)
		if !ours {
			return
		}

		long, err := readAnyHeader(header)
		require.NoError(t, err)
		require.Equal(t, long.kid, short.kid)
		require.True(t, long.ephemeral.Equal(short.ephemeral))
	})
}

func FuzzTheShortWayReadsAJobAsTheLongWayDoes(f *testing.F) {
	body, err := Job{ID: "a-1", Program: "gold", ExternalCardID: "k1", NotAfter: canonicalNow(), Sealed: goodSeal}.Encode()
	require.NoError(f, err)
	f.Add(body)
	f.Add([]byte(`{"schema":1,"id":"a","program":"g","operation":"unenroll","external_card_id":"k"}`))
	f.Fuzz(func(t *testing.T, body []byte) {
		short, ok := canonicalJob(body)
		if !ok {
			return
		}

		long, problem := decodeAny(body)
		require.Nil(t, problem)
		require.Equal(t, long, short)
	})
}

func FuzzTheShortWayReadsAPayloadAsTheLongWayDoes(f *testing.F) {
	f.Add(payloadOf("5204731600014784", "12", "Ana", "US").Reveal())
	f.Add(payloadOf("5204731600014784", "2029", "a@b.c", "12").Reveal())
	f.Fuzz(func(t *testing.T, text []byte) {
		short, ok := canonicalPayload(text)
		if !ok {
			return
		}

		long, problem := parseAny(text, canonicalNow())
		require.Equal(t, short.rules(canonicalNow()), problem)
		require.Equal(t, long, short)
	})
}

// sealKey is the same in all processes that fuzz side by side.
func sealKey(tb testing.TB) IntakeKey {
	tb.Helper()

	private, err := ecdsa.ParseRawPrivateKey(elliptic.P256(), bytes.Repeat([]byte{1}, coordinate))
	require.NoError(tb, err)
	kid, err := Kid(&private.PublicKey)
	require.NoError(tb, err)

	return IntakeKey{Kid: kid, Key: private}
}

// openByLibrary is how a seal is opened that is not opened here.
func openByLibrary(sealed string, key IntakeKey) ([]byte, error) {
	object, err := jose.ParseEncryptedCompact(sealed, []jose.KeyAlgorithm{jose.ECDH_ES}, []jose.ContentEncryption{jose.A256GCM})
	if err != nil {
		return nil, err
	}

	return object.Decrypt(key.Key)
}

func sealByLibrary(tb testing.TB, key IntakeKey, options *jose.EncrypterOptions) string {
	tb.Helper()

	encrypter, err := jose.NewEncrypter(jose.A256GCM,
		jose.Recipient{Algorithm: jose.ECDH_ES, Key: &key.Key.PublicKey, KeyID: key.Kid}, options)
	require.NoError(tb, err)
	object, err := encrypter.Encrypt([]byte("text"))
	require.NoError(tb, err)
	sealed, err := object.CompactSerialize()
	require.NoError(tb, err)

	return sealed
}

func TestSealsAreOpenedWithAndWithoutTheLibrary(t *testing.T) {
	t.Parallel()

	key := sealKey(t)
	ring, err := NewKeyRing(key)
	require.NoError(t, err)
	own, err := newEnvelope(key.Public(), contentPayload)
	require.NoError(t, err)
	ours, err := own.seal([]byte("text"))
	require.NoError(t, err)

	for name, c := range map[string]struct {
		sealed string
		here   bool
	}{
		"ours":                    {ours, true},
		"the library's":           {sealByLibrary(t, key, nil), true},
		"with a type":             {sealByLibrary(t, key, (&jose.EncrypterOptions{}).WithType("JWE")), true},
		"compressed":              {sealByLibrary(t, key, &jose.EncrypterOptions{Compression: jose.DEFLATE}), false},
		"with a member of theirs": {sealByLibrary(t, key, (&jose.EncrypterOptions{}).WithHeader("x", "y")), false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			text, err := openByLibrary(c.sealed, key)
			require.NoError(t, err)
			require.Equal(t, "text", string(text))

			text, here := openSeal(c.sealed, ring.agree)
			require.Equal(t, c.here, here)

			if here {
				require.Equal(t, "text", string(text))
			}
		})
	}
}

func FuzzWhatIsOpenedHereTheLibraryOpens(f *testing.F) {
	key := sealKey(f)
	agree, err := key.Key.ECDH()
	require.NoError(f, err)

	keys := map[string]*ecdh.PrivateKey{key.Kid: agree}

	own, err := newEnvelope(key.Public(), contentPayload)
	require.NoError(f, err)
	sealed, err := own.seal([]byte("text"))
	require.NoError(f, err)
	f.Add(sealed)
	f.Add(sealByLibrary(f, key, nil))

	f.Fuzz(func(t *testing.T, sealed string) {
		text, here := openSeal(sealed, keys)
		if !here {
			return
		}

		long, err := openByLibrary(sealed, key)
		require.NoError(t, err)
		require.Equal(t, string(long), string(text))
	})
}
