package enroll_test

import (
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

// Each reason for which a job ends as invalid, what becomes of its message, and what docs/concepts.md says of it. What can become valid
// with another version or configuration of the workers is kept and concealed; of what is not kept the row says so.
func TestEveryReasonSaysWhetherALetterFollows(t *testing.T) {
	t.Parallel()

	const big = jobs.MaxMessageBytes + 1

	r := newRig(t)
	good := r.seal("good", sandbox.PAN(0, 1))
	with := func(members string) string {
		return `{"schema":1,"id":"ID","program":"demo","external_card_id":"own-key",` + members + `"sealed":"` + good.Sealed + `"}`
	}
	sealing := func(clear string) string {
		return `{"schema":1,"id":"ID","program":"demo","sealed":"` + sealText(t, r.intake, clear) + `"}`
	}
	clear := func(old, replacement string) string {
		return strings.Replace(string(parts.Payload(sandbox.PAN(0, 1)).Reveal()), old, replacement, 1)
	}
	luhn := sandbox.PAN(0, 1)
	wrong := luhn[:len(luhn)-1] + string('0'+(luhn[len(luhn)-1]-'0'+1)%10)

	cases := []struct {
		id, subject, body string
		reason            jobs.Reason
		kept              bool
	}{
		{"text", "", "hello", jobs.ReasonNotJSON, true},
		{"text-with-a-card", "", "enroll " + luhn + " 12/29", jobs.ReasonNotJSON, false},
		{"text-with-a-code", "", "id=7;cvv2=123", jobs.ReasonNotJSON, false},
		{"version", "", strings.Replace(with(""), `"schema":1`, `"schema":2`, 1), jobs.ReasonUnknownSchema, true},
		{"version-of-a-document", "", `{"schema":2,"id":"ID","document":"{\"cvc\":\"123\"}"}`, jobs.ReasonUnknownSchema, false},
		{"unknown-member", "", with(`"color":"vermilion",`), jobs.ReasonInvalidField, true},
		{"unknown-operation", "", with(`"operation":"suspend",`), jobs.ReasonInvalidField, true},
		{"code-under-a-name-used-twice", "", with(`"x":{"cvc":"123"},"x":1,`), jobs.ReasonSecurityCode, false},
		{"code-in-a-text", "", with(`"note":"security code 123",`), jobs.ReasonInvalidField, false},
		{"code-in-the-seal-of-a-version", "", `{"schema":2,"id":"ID","sealed":"` + sealText(t, r.intake, clear(`"card":{`, `"card":{"cvc":"1",`)) + `"}`,
			jobs.ReasonSecurityCode, false},
		{"code-in-another-seal-of-a-version", "", `{"schema":2,"id":"ID","card":["` + sealText(t, r.intake, clear(`"card":{`, `"card":{"cvc":"1",`)) + `"]}`,
			jobs.ReasonSecurityCode, false},
		{"another-seal-of-a-version", "", `{"schema":2,"id":"ID","card":["` + sealText(t, r.intake, clear("", "")) + `"]}`,
			jobs.ReasonUnknownSchema, true},
		{"own-number-beside-another-seal", "", `{"schema":2,"id":"ID","external_card_id":"` + ownNumber + `","card":"` +
			sealText(t, r.intake, clear(luhn, ownNumber)) + `"}`, jobs.ReasonClearCard, false},
		{"sealed-text-with-a-code", "", sealing(`{"card":{"cvc":"123"`), jobs.ReasonSecurityCode, false},
		{"sealed-documents-with-a-code", "", sealing(clear("", "") + ` {"cvc":"123"}`), jobs.ReasonSecurityCode, false},
		{"sealed-text", "", sealing(`{"card":`), jobs.ReasonNotJSON, true},
		{"code-in-a-sealed-document", "", sealing(clear(`"card":{`, `"card":{"raw":"{\"cvv2\":123}",`)), jobs.ReasonSecurityCode, false},
		{"stripe-in-a-name", "", sealing(clear(`"card":{`, `"card":{"cardholderFullName":"%B`+luhn+`^DOE/ANA^29121011",`)),
			jobs.ReasonSecurityCode, false},
		{"own-number-of-a-version", "", `{"schema":2,"id":"ID","external_card_id":"` + ownNumber + `","sealed":"` +
			sealText(t, r.intake, clear(luhn, ownNumber)) + `"}`, jobs.ReasonClearCard, false},
		{"own-number-in-an-unknown-member", "", `{"schema":1,"id":"ID","program":"demo","x":"` + ownNumber + `","sealed":"` +
			sealText(t, r.intake, clear(luhn, ownNumber)) + `"}`, jobs.ReasonClearCard, false},
		{"no-object", "", `["ID"]`, jobs.ReasonInvalidField, true},
		{"large", "", with(`"color":"` + strings.Repeat("r", jobs.MaxKeptMessage) + `",`), jobs.ReasonInvalidField, false},
		{"unknown-sealed-member", "", sealing(clear(`"card":{`, `"card":{"color":"vermilion",`)), jobs.ReasonInvalidField, true},
		{"another-subject", "enroll.jobs.other", with(""), jobs.ReasonInvalidField, false},
		{"no-subject", "enroll.jobs.demo.x", with(`"color":"vermilion",`), jobs.ReasonInvalidField, false},
		{"card-in-clear", "", with(`"pan":"` + luhn + `",`), jobs.ReasonClearCard, false},
		{"card-in-clear-of-a-version", "", `{"schema":2,"id":"ID","pan":"` + luhn + `"}`, jobs.ReasonClearCard, false},
		{"code", "", with(`"cvc":"123",`), jobs.ReasonSecurityCode, false},
		{"sealed-code", "", sealing(clear(`"card":{`, `"card":{"pin":"1234",`)), jobs.ReasonSecurityCode, false},
		{"sealed-code-under-a-name-used-twice", "", sealing(clear(`"card":{`, `"card":{"cvc":"123"},"card":{`)), jobs.ReasonSecurityCode, false},
		{"altered", "", strings.Replace(with(""), good.Sealed, tampered(good.Sealed), 1), jobs.ReasonBrokenSeal, true},
		{"no-card-number", "", sealing(clear(luhn, wrong)), jobs.ReasonInvalidPAN, true},
		{"expired-card", "", sealing(clear("2099", "2019")), jobs.ReasonExpiredCard, true},
		{"unknown-program", "enroll.jobs.other", strings.Replace(with(""), `"demo"`, `"other"`, 1), jobs.ReasonUnknownProgram, true},
		{"operation-off", "", with(`"operation":"update",`), jobs.ReasonOperationOff, true},
		{"too-large", "", with(`"x":"` + strings.Repeat("r", big) + `",`), jobs.ReasonTooLarge, false},
	}

	rows := map[string]string{}

	for i, c := range cases {
		if c.subject == "" {
			c.subject = "enroll.jobs.demo"
		}

		rows[c.id] = c.id
		if jobs, problem := jobs.Decode([]byte(c.body)); problem != nil && jobs.ID == "" {
			rows[c.id] = fmt.Sprintf("~ENROLL_JOBS.%d", i+1)
		}

		r.publishRaw(c.subject, []byte(strings.Replace(c.body, `"ID"`, `"`+c.id+`"`, 1)))
	}

	stop := r.start()
	r.outcomesUntil(len(cases))
	stop()
	r.drained()

	kept := map[jobs.Reason]map[bool]bool{
		jobs.ReasonUnknownKid: {true: true}, jobs.ReasonNoIdentity: {true: true}, jobs.ReasonWorkerPanic: {true: true, false: true}, jobs.ReasonWorkerCrash: {true: true, false: true},
	} // these in tests of their own
	letters := map[string]jobs.DeadLetter{}

	for _, letter := range r.letters() {
		letters[letter.Key()] = letter
	}

	for _, c := range cases {
		key := rows[c.id]
		row := r.row(key)
		letter, there := letters[key]

		require.Equal(t, c.reason, jobs.Reason(row.Failure.Reason), "%s: %+v", c.id, row)
		require.Equal(t, store.StatusInvalid, row.Status, c.id)
		require.Equal(t, c.kept, there, "letter of %s", c.id)
		require.Equal(t, !c.kept, strings.Contains(row.Failure.Message, "no copy of the message is kept"), "%s: %s", c.id, row.Failure.Message)

		if kept[c.reason] == nil {
			kept[c.reason] = map[bool]bool{}
		}

		kept[c.reason][c.kept] = true

		require.NotContains(t, fmt.Sprint(row), ownNumber, c.id)

		if there {
			require.NotEmpty(t, letter.Job.Sealed)
			require.NotContains(t, fmt.Sprintf("%+v", letter.Job), "vermilion", "nothing of it is in clear")
			require.Equal(t, row.CompletedAt, letter.DeadAt)
		}
	}

	requireDocumented(t, kept)
}

// requireDocumented holds the table of docs/concepts.md against what was seen.
func requireDocumented(t *testing.T, kept map[jobs.Reason]map[bool]bool) {
	t.Helper()

	page, err := os.ReadFile("../../docs/concepts.md")
	require.NoError(t, err)

	_, table, found := strings.Cut(string(page), "<!-- reasons")
	require.True(t, found)
	table, _, _ = strings.Cut(table, "<!-- end of reasons -->")

	documented := map[jobs.Reason]string{}
	for _, row := range regexp.MustCompile("(?m)^\\| `([A-Z_]+)` \\| .+ \\| (.+) \\|$").FindAllStringSubmatch(table, -1) {
		documented[jobs.Reason(row[1])] = row[2]
	}

	require.Len(t, documented, len(jobs.Reasons()))

	for _, reason := range jobs.Reasons() {
		said := documented[reason]

		switch seen := kept[reason]; {
		case seen[true] && seen[false]:
			require.Regexp(t, "unless|likewise", said, reason)
		case seen[true]:
			require.Equal(t, "yes", said, reason)
		case seen[false]:
			require.Equal(t, "no", said, reason)
		default:
			require.Fail(t, "nothing shows what becomes of it", reason)
		}
	}
}

// The message of a key that nobody has is kept when the program's time for it is over.
func TestAJobForAKeyThatNeverCameIsKept(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	program := r.config.Programs["demo"]
	program.MaxAge = enroll.Duration(time.Millisecond)
	r.config.Programs["demo"] = program

	r.publish("job", sandbox.PAN(0, 1))

	other, err := jobs.NewKeyRing(parts.IntakeKey(t))
	require.NoError(t, err)

	r.config.Keys = func() *jobs.KeyRing { return other }
	stop := r.start()
	require.Equal(t, string(jobs.ReasonUnknownKid), r.outcome().Error.Reason)
	stop()

	require.Len(t, r.letters(), 1)
	require.Equal(t, "job", r.letters()[0].Job.ID)
}

// What ended processes is not read any more, so it is kept as a whole, sealed, unless it shows what must not be kept.
func TestAMessageThatEndedProcessesIsKeptSealed(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		body string
		kept bool
	}{
		"of any kind":          {`{"schema":1,"id":"job","program":"demo","name":"Ana Sample"}`, true},
		"with a security code": {`{"schema":1,"id":"job","program":"demo","cvc":"123"}`, false},
		"with a card number":   {`{"schema":1,"id":"job","program":"demo","x":"` + sandbox.PAN(0, 1) + `"}`, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			r := newRigWith(t, time.Second)
			notes := control.New(r.js).Crashes()
			r.config.Crashes = notes
			r.publishRaw("enroll.jobs.demo", []byte(c.body))

			for range 3 {
				_, err := notes.Reading(t.Context(), "ENROLL_JOBS.1")
				require.NoError(t, err)
			}

			r.deliverOften(5)

			stop := r.start()
			require.Equal(t, string(jobs.ReasonWorkerCrash), r.outcome().Error.Reason)
			stop()
			r.drained()

			letters := r.letters()
			if !c.kept {
				require.Empty(t, letters)
				require.Contains(t, r.row("~ENROLL_JOBS.1").Failure.Message, "no copy of the message is kept")

				return
			}

			require.Len(t, letters, 1)
			require.Equal(t, "~ENROLL_JOBS.1", letters[0].Key())
			body, problem := r.config.Keys().OpenMessage(letters[0].Job.Sealed)
			require.Nil(t, problem)
			require.JSONEq(t, c.body, string(body))
		})
	}
}
