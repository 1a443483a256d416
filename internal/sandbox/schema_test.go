package sandbox_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

// breach is one rule of the description broken in a request that keeps all others.
type breach struct {
	name string
	// path leads to the member, value is what it becomes; nil removes it.
	path  []string
	value any
	want  string
}

// breaches walks a schema and breaks each rule once: every required member missing, every length
// exceeded by one, every pattern, enum and type broken.
func breaches(prefix string, path []string, schema *openapi3.Schema) []breach {
	var all []breach

	for _, name := range slices.Sorted(maps.Keys(schema.Properties)) {
		member := schema.Properties[name].Value
		at := append(slices.Clone(path), name)
		field := strings.Join(append(slices.DeleteFunc([]string{prefix}, func(s string) bool { return s == "" }), at...), ".")
		field = strings.ReplaceAll(field, ".[]", "")

		if slices.Contains(schema.Required, name) {
			all = append(all, breach{"missing " + field, at, nil, "INVALID_ARGUMENT/CANNOT_BE_NULL/" + field})
		}

		kind := "INVALID_FORMAT"
		if len(member.Enum) > 0 {
			kind = "INVALID_VALUE"
		}

		all = append(all, breach{field + " of another type", at, 12.5, "INVALID_ARGUMENT/" + kind + "/Request body"})

		switch {
		case member.Type.Is(openapi3.TypeObject):
			all = append(all, breaches(prefix, at, member)...)
		case member.Type.Is(openapi3.TypeArray) && member.Items.Value.Type.Is(openapi3.TypeObject):
			all = append(all, breaches(prefix, append(at, "[]"), member.Items.Value)...)
		case member.Type.Is(openapi3.TypeString):
			all = append(all, textBreaches(field, at, member)...)
		}
	}

	return all
}

func textBreaches(field string, at []string, schema *openapi3.Schema) []breach {
	var all []breach

	if schema.MaxLength != nil {
		tooLong := strings.Repeat("1", int(*schema.MaxLength)+1)
		all = append(all, breach{field + " too long", at, tooLong, "INVALID_ARGUMENT/null/" + field})
	}

	if schema.MinLength > 0 {
		all = append(all, breach{field + " empty", at, "", "INVALID_ARGUMENT/CANNOT_BE_NULL/" + field})
	}

	if schema.MinLength > 1 {
		short := strings.Repeat("1", int(schema.MinLength)-1)
		all = append(all, breach{field + " too short", at, short, "INVALID_ARGUMENT/null/" + field})
	}

	if schema.Pattern != "" {
		// A percent sign is in no pattern; the length is right where one is asked for.
		wrong := strings.Repeat("%", max(1, int(schema.MinLength)))
		all = append(all, breach{field + " against its pattern", at, wrong, "INVALID_ARGUMENT/INVALID_VALUE/Request body"})
	}

	if len(schema.Enum) > 0 {
		all = append(all, breach{field + " not in its enum", at, "NO_SUCH_VALUE", "INVALID_ARGUMENT/INVALID_VALUE/Request body"})
	}

	return all
}

// complete is a request with every member, and fullCard a card with every member, so that each can be broken.
func complete(body members) {
	consent := members{"acceptedVersion": "LATEST", "latestVersion": "LATEST", "latestVersionUri": "https://bank.example/tnc"}
	compliance := func() members {
		return members{
			"privacy": maps.Clone(consent), "tnc": maps.Clone(consent),
			"cookie": maps.Clone(consent), "geoLocation": maps.Clone(consent),
			"communications":      members{"allowEmail": true},
			"complianceResources": []any{members{"complianceType": "REMEMBER_ME", "uri": "https://bank.example", "version": "1"}},
		}
	}

	body["complianceSettings"] = compliance()
	body["srcTokenRequestData"] = members{
		"decisioningData":         members{"recommendation": "APPROVED", "recommendationAlgorithmVersion": "01", "deviceScore": "3"},
		"additionalDataRequested": []any{members{}},
	}
	body["assuranceData"] = members{"verificationData": []any{members{
		"verificationType": "CARDHOLDER", "verificationEntity": "01", "verificationMethod": "21",
		"verificationResults": "01", "verificationTimestamp": "2026-01-02T03:04:05.678Z",
		"verificationEvents": []any{"02"}, "additionalData": "AAAA",
	}}}
	body["srcDpaId"], body["keyFingerprintId"] = "dpa", strings.Repeat("ab", 32)
	body["srcCorrelationId"] = "7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001"

	consumer, _ := body["consumer"].(members)
	consumer["complianceSettings"] = compliance()
	consumer["countryCode"], consumer["languageCode"] = "US", "en"
}

func fullCard(number string) members {
	card := cardOf(number)
	card["cardholderFullName"] = "Ana Sample"
	card["billingAddress"] = members{
		"addressId": "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", "name": "Ana Sample", "line1": "1 Test St",
		"city": "St Louis", "state": "MO", "zip": "63101", "countryCode": "US",
	}

	return card
}

// breakAt applies a breach to a document.
func breakAt(t *testing.T, document any, path []string, value any) {
	t.Helper()

	for len(path) > 1 {
		if list, ok := document.([]any); ok && path[0] == "[]" {
			document = list[0]
		} else {
			parent := document.(members)
			if parent[path[0]] == nil {
				parent[path[0]] = members{}
			}

			document = parent[path[0]]
		}

		path = path[1:]
	}

	object, ok := document.(members)
	require.True(t, ok, "%T", document)

	if value == nil {
		delete(object, path[0])
	} else {
		object[path[0]] = value
	}
}

func schemaOf(t *testing.T, name string) *openapi3.Schema {
	t.Helper()

	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	require.NoError(t, err)

	return document.Components.Schemas[name].Value
}

func TestRequestBreachesAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	token := f.seal(t, marshal(t, cardOf(sandbox.PAN(0, 1))))
	f.do(t, request{body: f.enrollmentOf(t, token, complete)}).enrolled(t)

	schema := schemaOf(t, "EnrollCardRequest")
	reference := "enrolmentReferenceData" // excludes encryptedCard, so its members are broken without it
	list := breaches("", nil, schema)
	require.Greater(t, len(list), 150)

	for _, b := range list {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, request{body: f.enrollmentOf(t, token, complete, func(body members) {
				if b.path[0] == reference {
					delete(body, "encryptedCard")
					body[reference] = members{"enrolmentReferenceId": "MCC-STL-1", "enrolmentReferenceType": "PUSH_ACCOUNT_RECEIPT"}
				}

				breakAt(t, body, b.path, b.value)
			})})
			require.Equal(t, 400, got.status, string(got.body))
			require.Equal(t, b.want, got.reasons(t))
		})
	}
}

func TestCardBreachesAreRefused(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)
	f.do(t, request{body: f.enrollment(t, fullCard(number))}).enrolled(t)

	list := breaches("card", nil, schemaOf(t, "Card"))
	require.Greater(t, len(list), 40)

	for _, b := range list {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()

			card := fullCard(number)
			breakAt(t, card, b.path, b.value)

			got := f.do(t, request{body: f.enrollment(t, card)})
			require.Equal(t, 400, got.status, string(got.body))
			require.Equal(t, b.want, got.reasons(t))
			require.NotContains(t, string(got.body), number)
		})
	}
}

func TestAllBreachesAreReported(t *testing.T) {
	t.Parallel()

	f := setup(t)
	got := f.do(t, request{body: []byte(`{"srcClientId": "X", "cardSource": null, "consumer": {"emailAddress": 1}}`)})
	require.Equal(t, 400, got.status)

	for _, said := range []string{
		`"CANNOT_BE_NULL","sourceType":"BODY","message":"must not be null","source":"serviceId"`,
		`"source":"consumer.consumerIdentity"`, `"source":"cardSource"`,
		`srcClientId must match \"^[0-9a-f]{8}-`, "consumer.emailAddress is of the wrong type",
	} {
		require.Contains(t, string(got.body), said)
	}

	many := f.do(t, request{body: f.enrollmentOf(t, "x", func(b members) {
		list := make([]any, 90)
		for i := range list {
			list[i] = members{}
		}
		b["assuranceData"] = members{"verificationData": list}
	})})
	require.Equal(t, 20, strings.Count(string(many.body), "CANNOT_BE_NULL"))
}

func TestUnknownMembersAreTolerated(t *testing.T) {
	t.Parallel()

	f := setup(t)
	card := cardOf(sandbox.PAN(0, 1))
	card["somethingNew"] = members{"a": 1}

	f.do(t, request{body: f.enrollment(t, card, func(b members) { b["somethingNew"] = []any{1, "x", nil} })}).enrolled(t)
}
