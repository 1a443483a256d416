package jobs_test

import (
	"fmt"
	"log/slog"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func contactData() jobs.Change {
	return jobs.Change{Consumer: &jobs.Consumer{
		EmailAddress: "ana.new@example.com", FirstName: "Ana",
		MobileNumber: &jobs.MobileNumber{CountryCode: "420", PhoneNumber: "700000000"},
	}}
}

func billingAddress() jobs.Change {
	return jobs.Change{BillingAddress: &jobs.Address{Line1: "2 Test St", City: "Brno", CountryCode: "CZ"}}
}

func TestAChangeIsSealedAndOpened(t *testing.T) {
	t.Parallel()

	key := newKey(t)
	ring, err := jobs.NewKeyRing(key)
	require.NoError(t, err)

	for name, c := range map[string]struct {
		job    jobs.Job
		change jobs.Change
	}{
		"of a card by its id":         {jobs.Job{SrcDigitalCardID: "k-1"}, billingAddress()},
		"of a card by its key":        {jobs.Job{ExternalCardID: "4711"}, billingAddress()},
		"of a consumer by their id":   {jobs.Job{SrcConsumerID: "c-1"}, contactData()},
		"of a consumer by their key":  {jobs.Job{ExternalConsumerID: "c-1"}, contactData()},
		"of a consumer with both":     {jobs.Job{ExternalConsumerID: "c-1", ExternalCardID: "4711"}, contactData()},
		"of a card with both own":     {jobs.Job{ExternalConsumerID: "c-1", ExternalCardID: "4711"}, billingAddress()},
		"with a text of another land": {jobs.Job{ExternalCardID: "k"}, jobs.Change{BillingAddress: &jobs.Address{City: "Ústí nad Labem"}}},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c.job.ID, c.job.Program, c.job.Operation = "a", "demo", jobs.Update
			sealed, err := newSealer(t, key).SealChange(c.job, c.change)
			require.NoError(t, err)
			require.NoError(t, sealed.Check())

			opened, problem := ring.UnsealChange(sealed.Sealed)
			require.Nil(t, problem)
			require.Equal(t, c.change, opened.Change)
			require.Empty(t, opened.Numbers)
			require.Nil(t, opened.Change.Fits(c.job))
		})
	}
}

func TestAChangeThatIsNoneIsRefused(t *testing.T) {
	t.Parallel()

	both := contactData()
	both.BillingAddress = billingAddress().BillingAddress

	tooLong := contactData()
	tooLong.Consumer.MobileNumber = &jobs.MobileNumber{CountryCode: "420", PhoneNumber: "70000000000000"}

	noEmail := contactData()
	noEmail.Consumer.EmailAddress = ""

	for name, c := range map[string]struct {
		job    jobs.Job
		change jobs.Change
		field  string
	}{
		"of nothing":                        {jobs.Job{ExternalCardID: "k"}, jobs.Change{}, ""},
		"of both":                           {jobs.Job{ExternalCardID: "k"}, both, ""},
		"of an empty address":               {jobs.Job{ExternalCardID: "k"}, jobs.Change{BillingAddress: &jobs.Address{}}, "billingAddress"},
		"of a country that is none":         {jobs.Job{ExternalCardID: "k"}, jobs.Change{BillingAddress: &jobs.Address{CountryCode: "QQ"}}, "billingAddress.countryCode"},
		"of a phone number that is none":    {jobs.Job{ExternalConsumerID: "c"}, tooLong, "consumer.mobileNumber.phoneNumber"},
		"of contact data without an e-mail": {jobs.Job{ExternalConsumerID: "c"}, noEmail, "consumer.emailAddress"},
		"of a card that is not named":       {jobs.Job{ExternalConsumerID: "c"}, billingAddress(), "src_digital_card_id"},
		"of a card that is a consumer":      {jobs.Job{SrcConsumerID: "c", ExternalCardID: "k"}, billingAddress(), "src_consumer_id"},
		"of a consumer who is not named":    {jobs.Job{ExternalCardID: "k"}, contactData(), "src_consumer_id"},
		"of a consumer who is a card":       {jobs.Job{SrcDigitalCardID: "k", ExternalConsumerID: "c"}, contactData(), "src_digital_card_id"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			c.job.ID, c.job.Program, c.job.Operation = "a", "demo", jobs.Update
			_, err := newSealer(t, newKey(t)).SealChange(c.job, c.change)

			var problem *jobs.Problem
			require.ErrorAs(t, err, &problem)
			require.Equal(t, jobs.ReasonInvalidField, problem.Reason)
			require.Equal(t, c.field, problem.Field, problem)
		})
	}
}

// What is sealed for one operation is not sealed for another by mistake.
func TestASealIsOfItsOperation(t *testing.T) {
	t.Parallel()

	sealer := newSealer(t, newKey(t))

	_, err := sealer.SealChange(jobs.Job{ID: "a", Program: "demo", ExternalCardID: "k"}, billingAddress())
	require.ErrorContains(t, err, "operation")

	_, err = sealer.Seal(jobs.Job{ID: "a", Program: "demo", Operation: jobs.Update, ExternalCardID: "k"}, goodPayload())
	require.ErrorContains(t, err, "operation")
}

func TestAChangeHoldsNothingElse(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text   string
		reason jobs.Reason
		field  string
	}{
		"an enrollment":        {`{"card":{"primaryAccountNumber":"5204731600014784"},"consumer":{"emailAddress":"a@b.example"}}`, jobs.ReasonInvalidField, ""},
		"a card number":        {`{"billingAddress":{"line1":"x"},"primaryAccountNumber":"5204731600014784"}`, jobs.ReasonInvalidField, ""},
		"a security code":      {`{"billingAddress":{"line1":"x","cvc":"123"}}`, jobs.ReasonSecurityCode, "billingAddress.cvc"},
		"a member twice":       {`{"billingAddress":{"line1":"x"},"billingAddress":{"cvc":"123"}}`, jobs.ReasonSecurityCode, ""},
		"a stripe":             {`{"billingAddress":{"line1":"%B5204731600014784^SAMPLE/ANA^29121010000000000?"}}`, jobs.ReasonSecurityCode, "billingAddress.line1"},
		"no JSON":              {`hello`, jobs.ReasonNotJSON, "sealed"},
		"text named by a code": {`cvc=123`, jobs.ReasonSecurityCode, "sealed"},
		"a list":               {`[]`, jobs.ReasonInvalidField, ""},
		"null":                 {`{"consumer":null}`, jobs.ReasonInvalidField, "consumer"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			change, problem := jobs.ParseChange([]byte(c.text))
			require.NotNil(t, problem)
			require.Equal(t, jobs.Change{}, change)
			require.Equal(t, c.reason, problem.Reason, problem)
			require.NotContains(t, problem.Error(), testPAN)

			if c.field != "" {
				require.Equal(t, c.field, problem.Field, problem)
			}
		})
	}
}

func TestAChangePrintsNothingOfItself(t *testing.T) {
	t.Parallel()

	for _, change := range []jobs.Change{contactData(), billingAddress(), {}} {
		var log strings.Builder

		slog.New(slog.NewTextHandler(&log, nil)).Info("x", "change", change)

		for _, text := range []string{fmt.Sprint(change), fmt.Sprintf("%+v %#v %s %d", change, change, change, change), log.String()} {
			require.Contains(t, text, "update of")
			require.NotContains(t, text, "Brno")
			require.NotContains(t, text, "ana.new")
		}
	}
}

func FuzzParseChange(f *testing.F) {
	f.Add(contactData().Reveal())
	f.Add(billingAddress().Reveal())
	f.Add([]byte(`{"consumer":{"emailAddress":"a@b.example","cvv":"123"}}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		change, problem := jobs.ParseChange(text)
		if problem != nil {
			if problem.Reason == "" || problem.Message == "" || change.Consumer != nil && problem.Field == "" {
				t.Fatalf("a problem without a text: %#v", problem)
			}

			return
		}

		if (change.Consumer == nil) == (change.BillingAddress == nil) {
			t.Fatal("taken, and not of one thing")
		}

		if again, problem := jobs.ParseChange(change.Reveal()); problem != nil || fmt.Sprint(again) != fmt.Sprint(change) {
			t.Fatalf("taken, and not read again: %v", problem)
		}
	})
}
