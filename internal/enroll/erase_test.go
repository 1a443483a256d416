package enroll_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// A letter of a message that must not be kept goes also where a later letter of another job with the same id stands before it.
// Before, the search ended at the later one.
func TestOlderLettersOfAMessageThatMustNotBeKeptAreRemoved(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	number := sandbox.PAN(0, 1)
	coded := strings.Replace(string(parts.Payload(number).Reveal()), `"card":{`, `"card":{"cvc":"123",`, 1)
	sealed := sealText(t, r.intake, coded)
	body := []byte(`{"schema":1,"id":"job","program":"demo","sealed":"` + sealed + `"}`)

	writeLetter := func(sealed string) {
		letter, err := json.Marshal(jobs.DeadLetter{
			Schema: jobs.SchemaVersion, ID: "job", Status: "invalid", Error: jobs.Failure{Reason: "UNKNOWN_KID"}, DeadAt: time.Now(),
			Job: jobs.Job{Schema: jobs.SchemaVersion, ID: "job", Program: "demo", Sealed: sealed},
		})
		require.NoError(t, err)
		_, err = r.js.Publish(t.Context(), jobs.DeadSubject("demo", "job"), letter)
		require.NoError(t, err)
	}

	other := r.seal("job", sandbox.PAN(0, 2)).Sealed
	writeLetter(sealed) // of a worker that lacked its key
	writeLetter(other)

	r.publishRaw(jobs.Subject("demo"), body)

	stop := r.start()
	outcome := r.outcome()
	stop()
	r.drained()

	require.Equal(t, "SECURITY_CODE", outcome.Error.Reason)

	letters := r.letters()
	require.Len(t, letters, 1)
	require.Equal(t, other, letters[0].Job.Sealed)
}
