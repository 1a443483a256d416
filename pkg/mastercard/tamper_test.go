package mastercard_test

import (
	"bytes"
	"crypto"
	"crypto/rsa"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

// tampering changes each request on its way, after the client has signed it.
func tampering(change func(request *http.Request, body []byte) []byte) func(*mastercard.Config) {
	onward := mastercard.NewTransport()

	return through(roundTripper(func(request *http.Request) (*http.Response, error) {
		body, err := io.ReadAll(request.Body)
		if err != nil {
			return nil, err
		}

		changed := request.Clone(request.Context())
		body = change(changed, body)
		changed.Body, changed.ContentLength = io.NopCloser(bytes.NewReader(body)), int64(len(body))

		return onward.RoundTrip(changed)
	}))
}

// signed signs a request by RFC 5849, with whatever parameters.
func signed(request *http.Request, key *rsa.PrivateKey, body []byte, params map[string]string) {
	hash := sha256.Sum256(body)
	all := map[string]string{
		"oauth_consumer_key": consumerKey, "oauth_nonce": strconv.FormatInt(time.Now().UnixNano(), 36),
		"oauth_timestamp": strconv.FormatInt(time.Now().Unix(), 10), "oauth_signature_method": "RSA-SHA256",
		"oauth_version": "1.0", "oauth_body_hash": base64.StdEncoding.EncodeToString(hash[:]),
	}
	maps.Copy(all, params)

	digest := sha256.Sum256([]byte(baseString(request.Method, "http", request.URL.Host, request.URL.RequestURI(), all)))
	signature := must(rsa.SignPKCS1v15(nil, key, crypto.SHA256, digest[:]))
	all["oauth_signature"] = rfc3986(base64.StdEncoding.EncodeToString(signature))

	request.Header.Set("Authorization", oauthHeader(all))
}

func oauthHeader(params map[string]string) string {
	var list []string
	for _, name := range slices.Sorted(maps.Keys(params)) {
		list = append(list, name+`="`+params[name]+`"`)
	}

	return "OAuth " + strings.Join(list, ",")
}

// What the gateway refuses is nobody's job's fault: each such refusal halts.
func TestTamperedSignaturesHalt(t *testing.T) {
	t.Parallel()

	type change = func(request *http.Request, body []byte) []byte

	header := func(change func(params map[string]string) string) change {
		return func(request *http.Request, body []byte) []byte {
			request.Header.Set("Authorization", change(must(parseOAuth(request.Header.Get("Authorization")))))
			return body
		}
	}
	resigned := func(key *rsa.PrivateKey, params map[string]string) change {
		return func(request *http.Request, body []byte) []byte {
			signed(request, key, body, params)
			return body
		}
	}
	off := func(by time.Duration) map[string]string {
		return map[string]string{"oauth_timestamp": strconv.FormatInt(time.Now().Add(by).Unix(), 10)}
	}

	cases := map[string]change{
		"no header": func(request *http.Request, body []byte) []byte {
			request.Header.Del("Authorization")
			return body
		},
		"another scheme": header(func(map[string]string) string { return "Bearer abc" }),
		"one byte of the body": func(_ *http.Request, body []byte) []byte {
			body[len(body)-2] ^= 1
			return body
		},
		"signed with another key":     resigned(encryptionRSA(), nil),
		"a timestamp an hour behind":  resigned(signingRSA(), off(-time.Hour)),
		"a timestamp an hour ahead":   resigned(signingRSA(), off(time.Hour)),
		"another signature method":    resigned(signingRSA(), map[string]string{"oauth_signature_method": "RSA-SHA1"}),
		"another version":             resigned(signingRSA(), map[string]string{"oauth_version": "2.0"}),
		"a consumer key not known":    resigned(signingRSA(), map[string]string{"oauth_consumer_key": "a!b"}),
		"the hash of another body":    resigned(signingRSA(), map[string]string{"oauth_body_hash": "AAAA"}),
		"a nonce that was used":       resigned(signingRSA(), map[string]string{"oauth_nonce": "used"}),
		"signed for another path":     pathChanged,
		"a query that is not signed":  queryAdded,
		"another method than is said": methodChanged,
	}

	for _, name := range []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method", "oauth_version",
		"oauth_body_hash", "oauth_signature",
	} {
		cases[name+" missing"] = header(func(params map[string]string) string {
			delete(params, name)
			return oauthHeader(params)
		})
		cases[name+" twice"] = header(func(params map[string]string) string {
			return oauthHeader(params) + "," + name + `="` + params[name] + `"`
		})
		cases[name+" altered"] = header(func(params map[string]string) string {
			params[name] += "0"
			return oauthHeader(params)
		})
	}

	for name, change := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			url := double(t)
			if name == "a nonce that was used" {
				first := newClient(t, at(url), tampering(change)).Enroll(t.Context(), enrollRequest())
				require.Equal(t, mastercard.Enrolled, first.Verdict, "the signature is good: %+v", first)
			}

			answer := newClient(t, at(url), tampering(change)).Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Halted, answer.Verdict, "%+v", answer)
			require.Equal(t, mastercard.SourceGateway, answer.Failure.Source)
		})
	}
}

func pathChanged(request *http.Request, body []byte) []byte {
	request.URL.Path += "s"
	return body
}

func queryAdded(request *http.Request, body []byte) []byte {
	request.URL.RawQuery = "a=b"
	return body
}

func methodChanged(request *http.Request, body []byte) []byte {
	request.Method = http.MethodPut
	return body
}

// rewritten changes the body as JSON and signs what comes of it.
func rewritten(t *testing.T, change func(body map[string]any)) func(*mastercard.Config) {
	t.Helper()

	return tampering(func(request *http.Request, body []byte) []byte {
		var tree map[string]any
		if err := json.Unmarshal(body, &tree); err != nil {
			t.Error(err)
		}
		change(tree)

		body = must(json.Marshal(tree))
		signed(request, signingRSA(), body, nil)

		return body
	})
}

// Each part of the JWE altered, or another kind of JWE: Mastercard's key is wrong, as far as a client can tell.
func TestTamperedEncryptionHalts(t *testing.T) {
	t.Parallel()

	token := func(change func(parts []string)) func(string) string {
		return func(before string) string {
			parts := strings.Split(before, ".")
			change(parts)

			return strings.Join(parts, ".")
		}
	}
	flip := func(part int) func(string) string {
		return token(func(parts []string) {
			raw := must(base64.RawURLEncoding.DecodeString(parts[part]))
			raw[len(raw)/2] ^= 1
			parts[part] = base64.RawURLEncoding.EncodeToString(raw)
		})
	}
	key := encryptionRSA()
	instead := func(token string) func(string) string { return func(string) string { return token } }

	for name, change := range map[string]func(string) string{
		"wrapped key altered":  flip(1),
		"nonce altered":        flip(2),
		"content altered":      flip(3),
		"tag altered":          flip(4),
		"header altered":       flip(0),
		"four parts":           token(func(parts []string) { parts[4] = "" }),
		"CBC":                  instead(sealed(t, key, kid, jose.RSA_OAEP_256, jose.A128CBC_HS256)),
		"OAEP with SHA-1":      instead(sealed(t, key, kid, jose.RSA_OAEP, jose.A128GCM)),
		"a kid not known":      instead(sealed(t, key, "old", jose.RSA_OAEP_256, jose.A128GCM)),
		"another key's":        instead(sealed(t, signingRSA(), kid, jose.RSA_OAEP_256, jose.A128GCM)),
		"no JWE at all":        instead("hello"),
		"a card that was sent": instead(testPAN),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			client := newClient(t, at(double(t)), rewritten(t, func(body map[string]any) {
				body["encryptedCard"] = change(body["encryptedCard"].(string))
			}))
			answer := client.Enroll(t.Context(), enrollRequest())
			require.Equal(t, mastercard.Halted, answer.Verdict, "%+v", answer)
			require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
		})
	}
}

// mutation is one way in which a body breaks the API's description.
type mutation struct {
	name   string
	change func(body map[string]any)
}

// mutations walks a description along a value that fulfils it: each required member left out, each length exceeded by
// one, each pattern and enumeration broken.
func mutations(schema *openapi3.Schema, value map[string]any, path ...string) []mutation {
	var all []mutation

	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		property := schema.Properties[name].Value
		if len(property.AllOf) > 0 {
			property = property.AllOf[0].Value
		}

		here := append(slices.Clone(path), name)
		set := func(what string, to any) {
			all = append(all, mutation{strings.Join(here, ".") + " " + what, func(body map[string]any) {
				parent(body, path)[name] = to
			}})
		}

		if slices.Contains(schema.Required, name) {
			all = append(all, mutation{strings.Join(here, ".") + " missing", func(body map[string]any) {
				delete(parent(body, path), name)
			}})
		}
		if property.MaxLength != nil {
			set("too long", strings.Repeat("1", int(*property.MaxLength)+1))
		}
		if property.Pattern != "" || len(property.Enum) > 0 {
			set("of another form", "é "+strings.Repeat("\t", int(property.MinLength)))
		}
		if property.Type.Is("string") {
			set("a number", 1)
		}
		if inner, ok := value[name].(map[string]any); ok {
			all = append(all, mutations(property, inner, here...)...)
		}
	}

	return all
}

func parent(body map[string]any, path []string) map[string]any {
	for _, name := range path {
		body = body[name].(map[string]any)
	}

	return body
}

// complete is a request with every member that an issuer sends.
func complete() mastercard.EnrollRequest {
	request := enrollRequest()
	consent := &mastercard.Consent{AcceptedVersion: "LATEST", LatestVersion: "LATEST", LatestVersionURI: "https://tnc.example/"}
	request.KeyFingerprintID = strings.Repeat("a1", 32)
	request.Consumer.FullName, request.Consumer.CountryCode, request.Consumer.LanguageCode = "Ana Sample", "US", "en"
	request.Consumer.ConsumerIdentity.IdentityProvider = mastercard.IdentityProviderSRC
	request.Consumer.ExternalConsumerID, request.Consumer.NationalIdentifier = "c-1", "n-1"
	request.Compliance = &mastercard.ComplianceSettings{Privacy: consent, Tnc: consent}
	request.Card.CardholderFirstName, request.Card.CardholderLastName = "Ana", "Sample"
	request.Card.BillingAddress = &mastercard.Address{
		AddressID: srcClientID, Name: "Ana", Line1: "1", Line2: "2", Line3: "3", City: "St Louis", State: "MO", Zip: "63101",
		CountryCode: "US",
	}

	return request
}

// What breaks the description is the job's fault, so it is Rejected; but for the program's own settings.
func TestTamperedRequestsAreRejected(t *testing.T) {
	t.Parallel()

	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	require.NoError(t, err)

	schemas := document.Components.Schemas
	url := double(t)

	var sent, card map[string]any

	capture := newClient(t, at(url), rewritten(t, func(body map[string]any) { sent = body }))
	require.Equal(t, mastercard.Enrolled, capture.Enroll(t.Context(), complete()).Verdict, "the request is good as it is")
	require.NoError(t, json.Unmarshal(decrypted(t, sent["encryptedCard"].(string)), &card))

	check := func(name string, change func(body map[string]any)) {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			answer := newClient(t, at(url), rewritten(t, change)).Enroll(t.Context(), complete())
			want := mastercard.Rejected
			if slices.Contains([]string{"srcClientId", "serviceId", "srcDpaId", "encryptedCard"}, answer.Failure.Field) {
				want = mastercard.Halted
			}

			require.Equal(t, want, answer.Verdict, "%+v", answer)
			require.Equal(t, mastercard.SourceService, answer.Failure.Source)
			require.NotContains(t, fmt.Sprintf("%+v", answer), testPAN)
		})
	}

	requests := mutations(schemas["EnrollCardRequest"].Value, sent)
	require.Greater(t, len(requests), 50)

	for _, m := range requests {
		check(m.name, m.change)
	}

	cards := mutations(schemas["Card"].Value, card)
	require.Greater(t, len(cards), 30)

	for _, m := range cards {
		check("card."+m.name, func(body map[string]any) {
			var plain map[string]any
			_ = json.Unmarshal(decrypted(t, body["encryptedCard"].(string)), &plain)
			m.change(plain)

			encrypter := must(jose.NewEncrypter(jose.A128GCM,
				jose.Recipient{Algorithm: jose.RSA_OAEP_256, Key: &encryptionRSA().PublicKey, KeyID: kid}, nil))
			token := must(encrypter.Encrypt(must(json.Marshal(plain))))
			body["encryptedCard"] = must(token.CompactSerialize())
		})
	}
}

func decrypted(t *testing.T, token string) []byte {
	t.Helper()

	parsed := must(jose.ParseEncryptedCompact(token, []jose.KeyAlgorithm{jose.RSA_OAEP_256}, []jose.ContentEncryption{jose.A128GCM}))

	return must(parsed.Decrypt(encryptionRSA()))
}
