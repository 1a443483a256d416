package chaos

import (
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"os"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
)

// Job is a job that the harness publishes.
type Job struct {
	ID      string
	Program string
	// Scenario of the sandbox that its card is of, and the card's serial number: each job has a card of its own.
	Scenario, Serial int
	// Offered is when its publisher first tried.
	Offered time.Time
	// Broken jobs have a seal that no key opens.
	Broken bool
	// Want is how it must end whatever happens.
	Want store.Status
}

// Card returns the job's test card number.
func (j Job) Card() string { return sandbox.PAN(j.Scenario, j.Serial) }

// The programs. Steady never has to give up. Patient is the same, with pauses that a message's redelivery comes into.
// Brief gives up soon, for the cards that never succeed. Careful leaves to an operator what may have been processed.
// Batched is steady on the batch lane.
const (
	programSteady  = "steady"
	programPatient = "patient"
	programBrief   = "brief"
	programCareful = "careful"
	programBatched = "batched"
)

// drawJob draws the nth job.
func drawJob(random *rand.Rand, n int) Job {
	mix := []struct {
		scenario, weight int
		program          string
		want             store.Status
	}{
		{0, 36, programSteady, store.StatusEnrolled},
		{0, 24, programBatched, store.StatusEnrolled},
		{0, 2, programSteady, store.StatusInvalid},
		{70, 2, programCareful, store.StatusInDoubt}, // answer lost
		{1, 2, programSteady, store.StatusAlreadyEnrolled},
		{10, 2, programSteady, store.StatusRejected},
		{28, 2, programSteady, store.StatusEnrolled},  // 429 once
		{50, 3, programSteady, store.StatusEnrolled},  // 500 once
		{53, 3, programPatient, store.StatusEnrolled}, // 503 once
		{51, 2, programBrief, store.StatusDead},       // 500 always
		{70, 5, programSteady, store.StatusEnrolled},  // answer lost
		{81, 4, programPatient, store.StatusEnrolled}, // answer cut in the middle
		{82, 3, programSteady, store.StatusEnrolled},  // answer empty
		{83, 4, programSteady, store.StatusEnrolled},  // answer unreadable
		{10, 2, programBatched, store.StatusRejected}, // a record of the batch
		{46, 1, programBatched, store.StatusEnrolled}, // 429 to the first question for the batch
		{47, 1, programBatched, store.StatusEnrolled}, // 500 to it
		{48, 1, programBatched, store.StatusEnrolled}, // its answer cut in the middle
		{49, 1, programBatched, store.StatusEnrolled}, // the record twice in the answer
	}

	drawn := random.IntN(100)
	for _, m := range mix {
		if drawn < m.weight {
			return Job{
				ID: fmt.Sprintf("job-%d", n), Program: m.program, Scenario: m.scenario, Serial: n, Want: m.want,
				Broken: m.want == store.StatusInvalid,
			}
		}

		drawn -= m.weight
	}

	panic("chaos: the weights of the cards are not 100")
}

// seal makes the message.
func (j Job) seal(sealer *jobs.Sealer) (jobs.Job, error) {
	sealed, err := sealer.Seal(jobs.Job{ID: j.ID, Program: j.Program, Batch: "chaos"}, jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(j.Card()), PanExpirationMonth: "12", PanExpirationYear: "2099"},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com", FirstName: "Ana", LastName: "Sample"},
	})

	if j.Broken {
		tag := strings.LastIndexByte(sealed.Sealed, '.') + 1
		sealed.Sealed = sealed.Sealed[:tag] + strings.Repeat("A", len(sealed.Sealed)-tag)
	}

	return sealed, err
}

// writePrograms writes the programs file, which the folder of keys then leaves as it is.
func writePrograms(keys devkeys.Dir) error {
	program := func(name string, attempts int, shortest, longest, unknown string) map[string]any {
		return map[string]any{
			"name": name, "src_client_id": "b3a5c1de-0f2e-4d7a-9c41-5e8f60718293", "service_id": "CHAOS#ISSUER#01",
			"max_attempts": attempts, "on_unknown": unknown,
			// Longer than any clock jumps, which ages a job, and rightly so.
			"max_age": "72h", "retry_base": shortest, "retry_cap": longest,
		}
	}

	batched := program(programBatched, 1000, "200ms", "3s", "resend")
	batched["lane"], batched["batch_wait"], batched["batch_poll"] = "batch", "300ms", "300ms"

	text, err := json.Marshal(map[string]any{"programs": []any{
		batched,
		program(programSteady, 1000, "200ms", "3s", "resend"),
		program(programPatient, 1000, "3500ms", "4s", "resend"),
		program(programBrief, 3, "200ms", "1s", "resend"),
		program(programCareful, 1000, "200ms", "3s", "hold"),
	}})
	if err != nil {
		return fmt.Errorf("writing the programs file: %w", err)
	}

	return os.WriteFile(keys.Path(devkeys.Programs), text, 0o600)
}
