package mastercard_test

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/go-jose/go-jose/v4"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

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
