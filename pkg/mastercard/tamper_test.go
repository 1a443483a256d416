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

	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
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
