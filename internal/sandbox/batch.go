package sandbox

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// enrollBatch serves POST /cards/batch. The path, the shape of the plaintext and what refuses a batch as a whole are inferred.
func (s *Sandbox) enrollBatch(ctx context.Context, c call) *reply {
	request, refused := s.contract.bodyOf(ctx, c.request, "/cards/batch", c.body, nil)
	if refused != nil {
		return refused
	}

	if refused := s.authorize(c.client, request.text("srcClientId"), request.text("serviceId")); refused != nil {
		return refused
	}

	return s.takeBatch(request, "")
}

// takeBatch takes a batch, in a directory where one is named.
func (s *Sandbox) takeBatch(request object, directory string) *reply {
	entries, refused := s.openBatch(request.text("encryptedEnrollmentData"), formIn(directory))
	if refused != nil {
		return refused
	}

	for i := range entries {
		if !entries[i].readable() {
			continue
		}

		entries[i].step = s.table.scenario(entries[i].card.digits()).step(s.ledger.called(entries[i].card))
		if refused := entries[i].refusesBatch(i); refused != nil {
			return refused
		}
	}

	return s.receive(request, directory, entries)
}

// batchForm is how the records of a batch are written.
type batchForm struct {
	schema           string // of the plaintext
	cards, ownCardID string
}

// formIn is the form of a directory's batches, or of others.
func formIn(directory string) batchForm {
	if directory != "" {
		return batchForm{schema: "DirectoryEnrollmentData", cards: "credentials", ownCardID: "externalCredentialId"}
	}

	return batchForm{schema: "EnrollmentData", cards: "cards", ownCardID: "externalCardId"}
}

// receive keeps a batch with what is to become of its records, and answers that it was received.
func (s *Sandbox) receive(request object, directory string, entries []entry) *reply {
	made := &batch{
		id:          s.ids.next(),
		externalID:  request.text("externalBatchId"),
		srcClientID: request.text("srcClientId"),
		serviceID:   request.text("serviceId"),
		directory:   directory,
		received:    s.options.Now(),
	}

	if s.batches.add(made, s.options.RepeatedBatch) {
		return alreadyExists()
	}

	way := whole

	for _, one := range entries {
		made.fate(one.step.batch)

		if one.refusal() == nil && one.step.delivery.ofAnswer() {
			way = one.step.delivery
		}
	}

	for _, one := range entries {
		made.items = append(made.items, s.process(made, request, one, way)...)
	}

	answer := jsonReply(http.StatusAccepted, batchAnswer{
		BatchID:          made.id,
		ExternalBatchID:  made.externalID,
		SrcCorrelationID: s.correlationID(request.text("srcCorrelationId")),
	})
	answer.delivery = way
	answer.result = "202 received"

	return answer
}

type batchAnswer struct {
	BatchID          string `json:"batchId"`
	ExternalBatchID  string `json:"externalBatchId"`
	SrcCorrelationID string `json:"srcCorrelationId"`
}

// fate is what a card does to its batch.
func (b *batch) fate(fate batchFate) {
	switch fate {
	case batchEndless:
		b.endless = true
	case batchFails:
		b.fails = true
	case statusThrottled, statusFailing, statusTruncated:
		b.polls = append(b.polls, fate)
	case batchPlain, recordMissing, recordTwice:
	}
}

// process enrolls the card of a record or refuses it, and returns what the results say of it.
func (s *Sandbox) process(of *batch, request object, one entry, way delivery) []batchItem {
	if of.endless || of.fails {
		return nil
	}

	at := place{directory: of.directory, consumer: one.consumerID(), credential: one.cardID()}
	item := at.item("FAILED")

	if refused := one.refusal(); refused != nil {
		item.Error = refused.body

		return []batchItem{item}
	}

	made := s.newRecord(one.card, request, at)
	who := s.newConsumer(object{"consumer": map[string]any(one.consumer)}, made, at)

	if at.directory == "" {
		who.rename(s.ids.consumer(of.serviceID, one.consumerID()), &made)
	}

	kept, fresh := s.cards.put(made, who, s.options.ReEnroll)
	if !fresh && s.options.ReEnroll == AlreadyExists {
		item.Error = alreadyExists().body

		return []batchItem{item}
	}

	if one.step.batch == recordMissing {
		way = lost
	}

	s.ledger.enrolled(one.card, way)

	masked := kept.masked(s.ids)
	masked.spoil(one.step.delivery)

	item = at.item("SUCCESSFUL")
	if at.directory == "" { // in a directory the issuer's own keys name them
		item.SrcDigitalCardID = masked.SrcDigitalCardID
		item.SrcConsumerID = who.masked.SrcConsumerID
	}

	switch one.step.batch {
	case recordMissing:
		return nil
	case recordTwice:
		return []batchItem{item, item}
	default:
		return []batchItem{item}
	}
}

// entry is a record of a batch: a card and its consumer.
type entry struct {
	form                batchForm
	consumer, described object
	card                card
	wrong               *reply // why the card cannot be read
	step                step
}

func (e *entry) readable() bool { return e.wrong == nil }

func (e *entry) consumerID() string { return e.consumer.text("externalConsumerId") }

func (e *entry) cardID() string { return e.described.text(e.form.ownCardID) }

// refusal is why the record is refused, nil where it is not.
func (e *entry) refusal() *reply {
	switch {
	case e.wrong != nil:
		return e.wrong
	case e.step.repeats:
		return repeatedNumber(e.card.digits(), e.consumer)
	case e.step.record != nil:
		return e.step.record()
	default:
		return nil
	}
}

// refusesBatch is the answer to the batch as a whole, where the record is not refused by itself.
func (e *entry) refusesBatch(at int) *reply {
	if e.step.refuse == nil || e.step.record != nil {
		return nil
	}

	answer := e.step.refuse()
	if answer.result != countryMissing().result {
		return answer
	}

	return invalidArgument(detail("CANNOT_BE_NULL", fmt.Sprintf("enrollmentData[%d].consumer.countryCode", at), "must not be null"))
}

// openBatch opens and checks an encrypted batch.
func (s *Sandbox) openBatch(token string, form batchForm) ([]entry, *reply) {
	const member = "encryptedEnrollmentData"

	plaintext, err := s.opener.open(token)
	if err != nil {
		return nil, invalidArgument(detail("CORRUPT_DATA", member, "Invalid encrypted data: "+err.Error()))
	}

	defer clear(plaintext)

	var value any
	if err := json.Unmarshal(plaintext, &value); err != nil {
		return nil, invalidArgument(detail("CORRUPT_DATA", member, "The decrypted data is not JSON"))
	}

	if violations := s.contract.checkBatch(form.schema, value); len(violations) > 0 {
		return nil, invalidArgument(violations...)
	}

	members, _ := value.(map[string]any)

	var all []entry

	for _, record := range object(members).objects("enrollmentData") {
		for _, described := range record.objects(form.cards) {
			one := entry{form: form, consumer: record.object("consumer"), described: described}
			one.card, one.wrong = s.newCard(described)
			all = append(all, one)
		}
	}

	return all, nil
}
