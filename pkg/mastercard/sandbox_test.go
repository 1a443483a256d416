package mastercard_test

import (
	"crypto/rsa"
	"net/http/httptest"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// double starts a sandbox that knows the keys and ids of these tests.
func double(t *testing.T, changes ...func(*sandbox.Options)) string {
	t.Helper()

	options := sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: consumerKey,
			SigningKeys: []*rsa.PublicKey{&signingRSA().PublicKey},
			Programs:    []sandbox.Program{{SrcClientID: srcClientID, ServiceID: serviceID}},
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{kid: encryptionRSA()},
		LateBy:         time.Millisecond,
		HungFor:        30 * time.Second,
	}
	for _, change := range changes {
		change(&options)
	}

	api, err := sandbox.New(options)
	require.NoError(t, err)

	server := httptest.NewServer(api)
	t.Cleanup(server.Close)

	return server.URL + sandbox.BasePath
}

func withNumber(number string) mastercard.EnrollRequest {
	request := enrollRequest()
	request.Card.PrimaryAccountNumber = pan.Unchecked(number)

	return request
}

// What the double does with each number of its own range, and what the client makes of it at the first and second call.
func TestSandboxScenarios(t *testing.T) {
	t.Parallel()

	type verdicts [2]mastercard.Verdict

	want := map[int]verdicts{
		0:  {mastercard.Enrolled, mastercard.Enrolled},
		1:  {mastercard.AlreadyEnrolled, mastercard.AlreadyEnrolled},
		10: {mastercard.Rejected, mastercard.Rejected},
		11: {mastercard.Rejected, mastercard.Rejected},
		12: {mastercard.Rejected, mastercard.Rejected},
		13: {mastercard.Rejected, mastercard.Rejected},
		14: {mastercard.Rejected, mastercard.Rejected},
		15: {mastercard.Rejected, mastercard.Rejected},
		20: {mastercard.Halted, mastercard.Halted},
		28: {mastercard.Throttled, mastercard.Enrolled},
		29: {mastercard.Throttled, mastercard.Throttled},
		30: {mastercard.Retry, mastercard.Retry},
		31: {mastercard.Retry, mastercard.Retry},
		32: {mastercard.Retry, mastercard.Retry},
		33: {mastercard.Halted, mastercard.Halted},
		34: {mastercard.Halted, mastercard.Halted},
		35: {mastercard.Halted, mastercard.Halted},
		36: {mastercard.Halted, mastercard.Halted},
		37: {mastercard.Rejected, mastercard.Rejected},
		38: {mastercard.Rejected, mastercard.Rejected},
		39: {mastercard.Halted, mastercard.Halted},
		40: {mastercard.Rejected, mastercard.Rejected},
		41: {mastercard.Retry, mastercard.Enrolled},
		42: {mastercard.Throttled, mastercard.Enrolled},
		43: {mastercard.Enrolled, mastercard.Enrolled},
		44: {mastercard.Enrolled, mastercard.Enrolled},
		45: {mastercard.Enrolled, mastercard.Enrolled},
		46: {mastercard.Enrolled, mastercard.Enrolled},
		47: {mastercard.Enrolled, mastercard.Enrolled},
		48: {mastercard.Enrolled, mastercard.Enrolled},
		49: {mastercard.Enrolled, mastercard.Enrolled},
		50: {mastercard.Retry, mastercard.Enrolled},
		51: {mastercard.Retry, mastercard.Retry},
		53: {mastercard.Retry, mastercard.Enrolled},
		54: {mastercard.Retry, mastercard.Retry},
		55: {mastercard.Retry, mastercard.Enrolled},
		60: {mastercard.Enrolled, mastercard.Enrolled},
		61: {mastercard.Unknown, mastercard.Unknown},
		62: {mastercard.Enrolled, mastercard.Enrolled},
		63: {mastercard.Enrolled, mastercard.Enrolled},
		64: {mastercard.Enrolled, mastercard.Enrolled},
		65: {mastercard.Enrolled, mastercard.Enrolled},
		66: {mastercard.Enrolled, mastercard.Enrolled},
		67: {mastercard.Enrolled, mastercard.Enrolled},
		68: {mastercard.Enrolled, mastercard.Enrolled},
		70: {mastercard.Unknown, mastercard.Enrolled},
		71: {mastercard.Unknown, mastercard.Unknown},
		80: {mastercard.Retry, mastercard.Retry},
		81: {mastercard.Unknown, mastercard.Enrolled},
		82: {mastercard.Unknown, mastercard.Enrolled},
		83: {mastercard.Unknown, mastercard.Enrolled},
		84: {mastercard.Unknown, mastercard.Enrolled},
		85: {mastercard.Unknown, mastercard.Enrolled},
		86: {mastercard.Unknown, mastercard.Enrolled},
	}

	scenarios := sandbox.Scenarios()
	require.Len(t, want, len(scenarios))

	url := double(t)

	for _, scenario := range scenarios {
		t.Run(scenario.Meaning, func(t *testing.T) {
			t.Parallel()

			deadline := 20 * time.Second
			if scenario.Number == 61 {
				deadline = 1500 * time.Millisecond // it is slower than any client
			}

			client := newClient(t, at(url), within(deadline), func(c *mastercard.Config) { c.Now = time.Now })
			for call, verdict := range want[scenario.Number] {
				answer := client.Enroll(t.Context(), withNumber(sandbox.PAN(scenario.Number, 1)))
				require.Equal(t, verdict, answer.Verdict, "call %d: %+v", call+1, answer)
			}
		})
	}
}

func TestSandboxKeepsACardUntilItLeaves(t *testing.T) {
	t.Parallel()

	url := double(t)
	client := newClient(t, at(url))
	enrollment := client.Enroll(t.Context(), withNumber(sandbox.PAN(0, 7)))
	require.Equal(t, mastercard.Enrolled, enrollment.Verdict)

	read := mastercard.ReadRequest{
		SrcDigitalCardID: enrollment.SrcDigitalCardID, SrcClientID: srcClientID, ServiceID: serviceID, FlowID: enrollment.FlowID,
	}
	leave := mastercard.UnenrollRequest{
		SrcDigitalCardID: enrollment.SrcDigitalCardID, SrcClientID: srcClientID, ServiceID: serviceID,
		Reason: mastercard.DeleteReasonAccountClosed, Requestor: mastercard.DeleteRequestorIssuer,
	}

	require.Equal(t, mastercard.Enrolled, client.ReadCard(t.Context(), read).Verdict)
	require.Equal(t, mastercard.Unenrolled, client.Unenroll(t.Context(), leave).Verdict)
	require.Equal(t, mastercard.NotEnrolled, client.Unenroll(t.Context(), leave).Verdict)
	require.Equal(t, mastercard.NotEnrolled, client.ReadCard(t.Context(), read).Verdict)
}

// A setting that is wrong stops the line, whichever it is, and says which.
func TestSandboxRefusesWrongSettings(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		options func(*sandbox.Options)
		config  func(*mastercard.Config)
		request func(*mastercard.EnrollRequest)
		reason  string
	}{
		"signing key of another project": {
			config: func(c *mastercard.Config) {
				c.SigningKey = must(mastercard.NewSigningKey(encryptionRSA(), time.Time{}))
			},
			reason: "AUTHENTICATION_FAILED",
		},
		"consumer key of another project": {
			config: func(c *mastercard.Config) { c.ConsumerKey = "a!b" },
		},
		"a clock an hour off": {
			options: func(o *sandbox.Options) { o.Now = func() time.Time { return time.Now().Add(-time.Hour) } },
		},
		"another encryption key under the kid": {
			config: func(c *mastercard.Config) {
				c.EncryptionKey = must(mastercard.NewEncryptionKey(kid, &signingRSA().PublicKey, time.Time{}))
			},
		},
		"a kid that is not known": {
			config: func(c *mastercard.Config) {
				c.EncryptionKey = must(mastercard.NewEncryptionKey("old", &encryptionRSA().PublicKey, time.Time{}))
			},
		},
		"client id of another":      {request: func(r *mastercard.EnrollRequest) { r.SrcClientID = "1" + r.SrcClientID[1:] }},
		"client id that is no UUID": {request: func(r *mastercard.EnrollRequest) { r.SrcClientID = "me" }},
		"no client id":              {request: func(r *mastercard.EnrollRequest) { r.SrcClientID = "" }},
		"service id of another":     {request: func(r *mastercard.EnrollRequest) { r.ServiceID = "OTHER#01" }},
		"a broken service id":       {request: func(r *mastercard.EnrollRequest) { r.ServiceID = "a b" }},
		"no service id":             {request: func(r *mastercard.EnrollRequest) { r.ServiceID = "" }},
		"another path":              {config: func(c *mastercard.Config) { c.BaseURL += "/v2" }},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			if c.options == nil {
				c.options = func(*sandbox.Options) {}
			}

			url := double(t, c.options)
			config := settings(t, at(url))
			config.Now = time.Now
			request := enrollRequest()

			if c.config != nil {
				c.config(&config)
			}
			if c.request != nil {
				c.request(&request)
			}

			answer := must(mastercard.New(config)).Enroll(t.Context(), request)
			t.Logf("%s: %+v", answer.Verdict, answer.Failure)
			require.Equal(t, mastercard.Halted, answer.Verdict)
			if c.reason != "" {
				require.Equal(t, c.reason, answer.Failure.Reason)
			}
		})
	}
}

func TestSandboxRefusesABadRequest(t *testing.T) {
	t.Parallel()

	url := double(t)
	client := newClient(t, at(url))

	for name, change := range map[string]func(*mastercard.EnrollRequest){
		"an expired card":        func(r *mastercard.EnrollRequest) { r.Card.PanExpirationYear = "2020" },
		"month 13":               func(r *mastercard.EnrollRequest) { r.Card.PanExpirationMonth = "13" },
		"a PAN that fails Luhn":  func(r *mastercard.EnrollRequest) { r.Card.PrimaryAccountNumber = pan.Unchecked("5204731600014780") },
		"a PAN of letters":       func(r *mastercard.EnrollRequest) { r.Card.PrimaryAccountNumber = pan.Unchecked("abcdefghijklmnop") },
		"an email without an at": func(r *mastercard.EnrollRequest) { r.Consumer.EmailAddress = "nobody" },
		"no identity":            func(r *mastercard.EnrollRequest) { r.Consumer.ConsumerIdentity.IdentityValue = "" },
		"an unknown card source": func(r *mastercard.EnrollRequest) { r.CardSource = "FRIEND" },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			request := enrollRequest()
			change(&request)

			answer := client.Enroll(t.Context(), request)
			t.Logf("%s: %+v", answer.Verdict, answer.Failure)
			require.Equal(t, mastercard.Rejected, answer.Verdict)
		})
	}
}
