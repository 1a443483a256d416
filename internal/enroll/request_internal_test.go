package enroll

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

// Where the e-mail address stands in the consumer that is sent, by what the programs file says.
func TestWhereTheEmailAddressIsSent(t *testing.T) {
	t.Parallel()

	payload := jobs.Payload{Consumer: jobs.Consumer{
		EmailAddress: "ana@example.com", MobileNumber: &jobs.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
	}}

	const (
		email  = `{"identityType":"EMAIL_ADDRESS","identityValue":"ana@example.com"}`
		mobile = `{"identityType":"MOBILE_PHONE_NUMBER","identityValue":"420700000000"}`
		number = `"mobileNumber":{"countryCode":"420","phoneNumber":"700000000"}`
		beside = `,"emailAddress":"ana@example.com"`
	)

	for name, c := range map[string]struct{ members, want string }{
		"in the identity alone, as issuers send it": {``, email},
		"in the identity alone, said":               {`,"consumer_email":false`, email},
		"in both":                                   {`,"consumer_email":true`, email + beside},
		"beside another identity":                   {`,"consumer_identity":"MOBILE_PHONE_NUMBER"`, mobile + beside},
		"nowhere":                                   {`,"consumer_identity":"MOBILE_PHONE_NUMBER","consumer_email":false`, mobile},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			programs, err := ParsePrograms([]byte(`{"programs":[{"name":"a","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"SRC"` +
				c.members + `}]}`))
			require.NoError(t, err)

			sent, err := json.Marshal(enrollRequest(programs["a"], jobs.Job{}, payload, "").Consumer)
			require.NoError(t, err)
			require.JSONEq(t, `{"consumerIdentity":`+c.want+`,`+number+`}`, string(sent))
		})
	}
}

func TestConsentsByTheirAddressAlone(t *testing.T) {
	t.Parallel()

	programs, err := ParsePrograms([]byte(`{"programs":[{"name":"a","src_client_id":"b3a5c1de-0f2e-4d7a-9c41-5e8f60718293","service_id":"SRC",
		"compliance":{"privacy":{"latestVersionUri":"https://bank.example/privacy"},"tnc":{"latestVersionUri":"https://bank.example/terms"}}}]}`))
	require.NoError(t, err)

	own := jobs.Payload{Compliance: &jobs.Compliance{Tnc: &jobs.Consent{LatestVersionURI: "https://bank.example/own"}}}

	for want, payload := range map[string]jobs.Payload{
		`{"privacy":{"latestVersionUri":"https://bank.example/privacy"},"tnc":{"latestVersionUri":"https://bank.example/terms"}}`: {},
		`{"tnc":{"latestVersionUri":"https://bank.example/own"}}`:                                                                 own,
	} {
		sent, err := json.Marshal(enrollRequest(programs["a"], jobs.Job{}, payload, "").Compliance)
		require.NoError(t, err)
		require.JSONEq(t, want, string(sent))
	}
}
