package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

// A request as a working issuer sends it: the address in the identity alone, SRC as service, consents at the top by their URIs.
func TestRequestAsIssuersSendIt(t *testing.T) {
	t.Parallel()

	f := setup(t, func(o *sandbox.Options) {
		o.Clients[0].Programs = append(o.Clients[0].Programs, sandbox.Program{SrcClientID: srcClientID, ServiceID: "SRC"})
	})

	body := f.enrollment(t, cardOf(sandbox.PAN(0, 1)), func(m members) {
		m["serviceId"], m["cardSource"] = "SRC", "ISSUER"
		m["consumer"] = members{
			"consumerIdentity": members{"identityType": "EMAIL_ADDRESS", "identityValue": "ana@example.com"},
			"mobileNumber":     members{"countryCode": "420", "phoneNumber": "700000000"},
			"countryCode":      "CZ", "languageCode": "cs", "firstName": "Ana", "lastName": "Sample",
		}
		m["complianceSettings"] = members{
			"privacy": members{"latestVersionUri": "https://www.mastercard.com/global/click-to-pay/country-listing/privacy.html?locale=cs_CZ"},
			"tnc":     members{"latestVersionUri": "https://www.mastercard.com/global/click-to-pay/country-listing/terms.html?locale=cs_CZ"},
		}
	})

	got := f.do(t, request{body: body})
	require.Equal(t, http.StatusOK, got.status, string(got.body))

	var answer struct {
		MaskedConsumer map[string]any `json:"maskedConsumer"`
	}

	require.NoError(t, json.Unmarshal(got.body, &answer))
	require.NotContains(t, answer.MaskedConsumer, "maskedEmailAddress", "what was not sent is not answered")
	require.Equal(t, map[string]any{"identityType": "EMAIL_ADDRESS", "maskedIdentityValue": "a*a@example.com"},
		answer.MaskedConsumer["maskedConsumerIdentity"])
}
