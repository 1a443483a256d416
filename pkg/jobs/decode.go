package jobs

import (
	"bytes"
	"cmp"
	"encoding/json"
	"slices"
	"strings"

	"github.com/santhosh-tekuri/jsonschema/v6"

	"enroll.example/clicktopay/pkg/pan"
)

// Decode reads a message body. When the problem is not nil, the job holds what
// could be read of it, so that the failure can be recorded under its id.
//
// Checked are the size, the schema, and that no member outside the seal holds
// a card number, but for those that are allowed to look like one (see Encode).
func Decode(body []byte, cardLike ...string) (Job, *Problem) {
	if len(body) > MaxMessageBytes {
		return Job{}, problem(ReasonTooLarge, "", "the message has %d bytes, %d are accepted", len(body), MaxMessageBytes)
	}

	if job, ok := canonicalJob(body, cardLike...); ok {
		return job, nil
	}

	return decodeAny(body, cardLike...)
}

// decodeAny decodes a message body whatever its form, by the schema.
func decodeAny(body []byte, cardLike ...string) (Job, *Problem) {
	document, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return Job{}, problem(ReasonNotJSON, "", "the message is not a JSON document")
	}

	job := readable(document, cardLike)
	if p := cmp.Or(sensitive("", document), hiddenSensitive(body)); p != nil {
		return job, p
	}

	// Before all that may be mended: what is kept of a job depends on it.
	if p := cardInClear(document, cardLike); p != nil {
		return job, p
	}

	if p := knownVersion(document); p != nil {
		return job, p
	}

	if p := jobSchema().check(document); p != nil {
		return job, p
	}

	// Only a document that passed the schema is read as a whole: encoding/json
	// alone would take members spelled in another case.
	job = Job{}
	if err := json.Unmarshal(body, &job); err != nil {
		return job, problem(ReasonInvalidField, "", "the message does not fit version %d", SchemaVersion)
	}

	return job, nil
}

// readable takes the members that say what a job is and for which card from a document that may break every rule.
func readable(document any, cardLike []string) Job {
	text := func(name string) string {
		members, _ := document.(map[string]any)
		value, _ := members[name].(string)

		return value
	}

	shows := func(name string) bool { return pan.Contains(text(name)) && !slices.Contains(cardLike, name) }

	var job Job
	if id := text("id"); ValidID(id) && !shows("id") {
		job.ID = id
	}

	if program := text("program"); ValidProgram(program) && !shows("program") {
		job.Program = program
	}

	if batch := text("batch"); ValidID(batch) && !shows("batch") {
		job.Batch = batch
	}

	if sealed := text("sealed"); compactJWE(sealed) {
		job.Sealed = sealed
	}

	// Nobody knows the card's number here, so a key is left out that could be any.
	if key := text("external_card_id"); ownKey(key) && !shows("external_card_id") {
		job.ExternalCardID = key
	}

	if key := text("external_consumer_id"); ownKey(key) && !shows("external_consumer_id") {
		job.ExternalConsumerID = key
	}

	if operation := Operation(text("operation")); operation.Known() {
		job.Operation = operation
	}

	return job
}

func knownVersion(document any) *Problem {
	members, ok := document.(map[string]any)
	if !ok {
		return problem(ReasonInvalidField, "", "the message is not a JSON object")
	}

	if version, ok := members["schema"].(json.Number); ok && version != "1" {
		return problem(ReasonUnknownSchema, "schema", "is not %d, the version that this worker knows", SchemaVersion)
	}

	return nil
}

// cardInClear looks for card data beside the seal before the schema does, because
// "unknown member" would be too mild a word for it.
func cardInClear(document any, cardLike []string) *Problem {
	return cardInClearAt("", document, append([]string{"sealed"}, cardLike...))
}

func cardInClearAt(path string, value any, besides []string) *Problem {
	switch v := value.(type) {
	case string:
		if pan.LooksLikeCard(v) && !slices.Contains(besides, path) {
			return problem(ReasonClearCard, pan.MaskText(path), "holds a card number in clear; card data belongs inside sealed")
		}
	case json.Number:
		return cardInClearAt(path, v.String(), besides)
	case []any:
		for _, item := range v {
			if p := cardInClearAt(path, item, besides); p != nil {
				return p
			}
		}
	case map[string]any:
		for name, item := range v {
			at := strings.TrimPrefix(path+"."+name, ".")
			if pan.LooksLikeCard(name) {
				return problem(ReasonClearCard, pan.MaskText(at), "is a card number in clear; card data belongs inside sealed")
			}

			if p := cardInClearAt(at, item, besides); p != nil {
				return p
			}
		}
	}

	return nil
}
