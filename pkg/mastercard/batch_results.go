package mastercard

import (
	"fmt"
	"net/http"

	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/pan"
)

// mostResults bounds what is read of an answer: no batch has as many records.
const mostResults = 10_000

// results reads what became of the records, each once.
func (c *Client) results(way *plan, root map[string]any) (results []RecordResult, unidentified int) {
	list, _ := follow(root, way.answer.records).([]any)
	seen := map[recordKey]int{}

	for _, item := range list[:min(len(list), mostResults)] {
		record, _ := item.(map[string]any)
		result := c.result(way, record)
		key := recordKey{result.ExternalConsumerID, result.ExternalCardID}

		if key.card == "" {
			unidentified++
			continue
		}

		if at, twice := seen[key]; twice {
			if results[at].Verdict != result.Verdict || results[at].SrcDigitalCardID != result.SrcDigitalCardID {
				results[at] = contradicted(result)
			}

			continue
		}

		seen[key] = len(results)
		results = append(results, result)
	}

	return results, unidentified
}

func (c *Client) result(way *plan, record map[string]any) RecordResult {
	text := func(target string) string { return way.answer.text(record, target) }

	result := RecordResult{
		ExternalConsumerID:   ownKey(text("record.consumer.external_id")),
		ExternalCardID:       ownKey(text("record.card.external_id")),
		Status:               clean(text(profile.TargetRecordStatus), maxCode, pan.Number{}),
		SrcDigitalCardID:     identifier(text("record.card.id")),
		SrcConsumerID:        identifier(text("record.consumer.id")),
		TokenUniqueReference: identifier(text("record.token_reference")),
	}

	verdict, known := way.answer.verdict(profile.TargetRecordStatus, text(profile.TargetRecordStatus))

	switch {
	case !known:
		result.Verdict = Unknown
		result.Failure = Failure{
			Source: SourceUnrecognized, Reason: result.Status, Detail: DetailStatusUnknown,
			Message: fmt.Sprintf("profile %s has no verdict for the record's status: add it to values", way.profile),
		}
	case verdict == profile.ByReason:
		c.concludeRecord(way, record, &result)
	default:
		result.Verdict = verdict
	}

	return result
}

// concludeRecord decides about a record that failed: by the reason that the profile has a verdict for, else by the verdict table,
// as for the same refusal of a single card.
func (c *Client) concludeRecord(way *plan, record map[string]any, result *RecordResult) {
	found := errorsIn(map[string]any{"error": way.answer.value(record, "record.error")})

	for i := range found {
		if found[i].Source == SourceUnrecognized {
			found[i].Source = SourceService // the answer around it is the API's, whatever shape its records have
		}
	}

	if reason := way.answer.text(record, profile.TargetRecordReason); reason != "" {
		found = append(found, finding{Failure: Failure{Source: SourceService, Reason: reason}})
	}
	if len(found) == 0 {
		found = []finding{{Failure: Failure{Source: SourceUnrecognized, Reason: result.Status, Detail: DetailNoError}}}
	}

	row, decisive := c.config.Verdicts.decide(evidence{
		operation: OperationEnroll, status: http.StatusBadRequest, findings: found,
	})

	result.Verdict, result.Advice, result.AboutCard = row.Verdict, row.Advice, row.AboutCard == "yes"
	result.Failure = Failure{
		Source:  decisive.Source,
		Reason:  clean(decisive.Reason, maxCode, pan.Number{}),
		Detail:  clean(decisive.Detail, maxCode, pan.Number{}),
		Field:   clean(decisive.Field, maxCode, pan.Number{}),
		Message: clean(decisive.Message, maxMessage, pan.Number{}),
	}

	for _, one := range found {
		for _, code := range []string{one.Detail, one.Reason} {
			if verdict, known := way.answer.verdict(profile.TargetRecordReason, code); known && code != "" {
				result.Verdict = verdict
				return
			}
		}
	}
}

// contradicted is the result of a record that the API tells of twice, and not the same.
func contradicted(result RecordResult) RecordResult {
	return RecordResult{
		ExternalConsumerID: result.ExternalConsumerID,
		ExternalCardID:     result.ExternalCardID,
		Verdict:            Unknown,
		Failure: Failure{
			Source: SourceUnrecognized, Reason: "CONTRADICTION",
			Message: "the answer has two results for the record, which differ",
		},
	}
}

// mostOwnKey is as long as an issuer's own key may be, in bytes: 255 characters of up to four.
const mostOwnKey = 1020

// ownKey returns an id of ours that an answer repeats, "" for one that cannot be ours.
func ownKey(id string) string {
	if len(id) > mostOwnKey {
		return ""
	}

	return id
}
