package jobs

import (
	"bytes"
	"encoding/json"

	"enroll.example/clicktopay/pkg/pan"
)

// A document in the form in which this package writes it needs no schema: it has the members that are known, each once and
// in its own spelling, and whether their values are good is checked in Go (see conforms). Any other document, of which most are
// as good, goes the long way: generic JSON, sensitive members, card numbers in clear, the schema.

// canonicalJob reads a message body in this package's own form, that conforms.
func canonicalJob(body []byte, cardLike ...string) (Job, bool) {
	if job, ours := readJob(body); ours {
		return job, job.conforms(cardLike...)
	}

	var job Job
	if err := json.Unmarshal(body, &job); err != nil || job.Schema != SchemaVersion || !job.conforms(cardLike...) {
		return Job{}, false
	}

	again, err := job.Body()

	return job, err == nil && bytes.Equal(again, body)
}

// readJob reads a job to enroll, if it is in our form.
func readJob(body []byte) (Job, bool) {
	r := canonicalReader{rest: body}
	r.skip(`{"schema":1`)

	job := Job{
		Schema: SchemaVersion, ID: r.required("id"), Program: r.required("program"), Batch: r.optional("batch"),
		ExternalConsumerID: r.optional("external_consumer_id"), ExternalCardID: r.optional("external_card_id"),
		NotAfter: r.time("not_after"), Sealed: r.optional("sealed"),
	}

	r.close()

	return job, r.ended()
}

// writeJob writes a message body, if no text of it needs an escape.
func writeJob(j Job) ([]byte, bool) {
	const around = 512 // of the seal, about

	w := canonicalWriter{body: make([]byte, 0, len(j.Sealed)+around)}

	w.add("{")
	w.number("schema", j.Schema)
	w.text("id", j.ID)
	w.text("program", j.Program)
	w.optional("batch", j.Batch)
	w.optional("external_consumer_id", j.ExternalConsumerID)
	w.optional("external_card_id", j.ExternalCardID)
	w.optionalTime("not_after", j.NotAfter)
	w.optional("operation", string(j.Operation))
	w.optional("src_digital_card_id", j.SrcDigitalCardID)
	w.optional("src_consumer_id", j.SrcConsumerID)
	w.optional("unenroll_reason", j.UnenrollReason)
	w.optional("token_requestor_id", j.TokenRequestorID)
	w.optional("sealed", j.Sealed)
	w.add("}")

	return w.body, !w.bad
}

// canonicalPayload reads a payload in this package's own form, that conforms.
func canonicalPayload(text []byte) (Payload, bool) {
	if payload, ours := readPayload(text); ours {
		return payload, payload.conforms() && !mayHoldTrack(text)
	}

	payload, err := decodePayload(text)
	if err != nil || !payload.conforms() || mayHoldTrack(text) {
		return Payload{}, false
	}

	again := payload.Reveal() //nolint:forbidigo // compared, and cleared
	defer clear(again)

	return payload, bytes.Equal(again, text)
}

// readPayload reads a payload with a card, if it is as Reveal writes it.
func readPayload(text []byte) (Payload, bool) {
	r := canonicalReader{rest: text}
	r.skip(`{"card":`)

	payload := Payload{Card: r.card()}

	if !r.member("consumer") {
		return Payload{}, false
	}

	payload.Consumer = r.consumer()

	if r.member("compliance") {
		payload.Compliance = r.compliance()
	}

	r.close()

	return payload, r.ended()
}

func (r *canonicalReader) card() Card {
	r.open()

	card := Card{
		PanExpirationMonth: r.required("panExpirationMonth"), PanExpirationYear: r.required("panExpirationYear"),
		CardholderFullName: r.optional("cardholderFullName"), CardholderFirstName: r.optional("cardholderFirstName"),
		CardholderLastName: r.optional("cardholderLastName"),
	}

	if r.member("billingAddress") {
		card.BillingAddress = r.address()
	}

	card.PrimaryAccountNumber = pan.Unchecked(r.required("primaryAccountNumber"))

	r.close()

	return card
}

func (r *canonicalReader) address() *Address {
	r.open()

	address := &Address{
		Name: r.optional("name"), Line1: r.optional("line1"), Line2: r.optional("line2"), Line3: r.optional("line3"),
		City: r.optional("city"), State: r.optional("state"), CountryCode: r.optional("countryCode"), Zip: r.optional("zip"),
	}

	r.close()

	return address
}

func (r *canonicalReader) consumer() Consumer {
	r.open()

	consumer := Consumer{EmailAddress: r.required("emailAddress")}

	if r.member("mobileNumber") {
		r.open()
		consumer.MobileNumber = &MobileNumber{CountryCode: r.required("countryCode"), PhoneNumber: r.required("phoneNumber")}
		r.close()
	}

	consumer.FirstName, consumer.LastName = r.optional("firstName"), r.optional("lastName")
	consumer.FullName = r.optional("fullName")
	consumer.CountryCode, consumer.LanguageCode = r.optional("countryCode"), r.optional("languageCode")

	r.close()

	return consumer
}

func (r *canonicalReader) compliance() *Compliance {
	r.open()

	compliance := &Compliance{
		Privacy: r.consent("privacy"), Tnc: r.consent("tnc"), Cookie: r.consent("cookie"), GeoLocation: r.consent("geoLocation"),
	}

	r.close()

	return compliance
}

func (r *canonicalReader) consent(name string) *Consent {
	if !r.member(name) {
		return nil
	}

	r.open()

	consent := &Consent{
		AcceptedVersion: r.optional("acceptedVersion"), LatestVersion: r.optional("latestVersion"),
		LatestVersionURI: r.optional("latestVersionUri"),
	}

	r.close()

	return consent
}
