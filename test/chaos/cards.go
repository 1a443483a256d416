package chaos

import (
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
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
	Change

	ID      string
	Program string
	// Scenario of the sandbox that its card is of, and the card's serial number: each job has a card of its own.
	Scenario, Serial int
	// Own is the number in the issuer's key of its consumer.
	Own int
	// Offered is when its publisher first tried.
	Offered time.Time
	// Broken jobs have a seal that no key opens.
	Broken bool
	// Want is how it must end whatever happens. One that changes what another job enrolled has its own wants.
	Want store.Status
	// Operation is what it asks for, TokenRequestor who gets the card that it pushes; empty: Click to Pay.
	Operation      jobs.Operation
	TokenRequestor string
	// After are the jobs that follow when it has enrolled its card, in stages.
	After [][]Job
	// AtOnce has the first of these follow at once: where one forgets the consumer, the job may end as superseded.
	AtOnce bool
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

// drawJobs draws the jobs of a seed that bring cards, with what comes after them.
func drawJobs(o Options) []Job {
	//nolint:gosec // to be repeatable is the point
	random, later, pushed := rand.New(rand.NewPCG(o.Seed, 1)), rand.New(rand.NewPCG(o.Seed, 2)), rand.New(rand.NewPCG(o.Seed, 3))
	all := make([]Job, o.Jobs)

	for n := range all {
		all[n] = drawJob(random, n)
		if o.EnrollOnly {
			continue
		}

		all[n] = all[n].drawPush(pushed)
		all[n] = drawLife(later, all[n])
	}

	return all
}

// drawPush has some cards pushed: to Click to Pay, which enrolls them, or to a wallet, which does not.
func (j Job) drawPush(random *rand.Rand) Job {
	drawn := random.IntN(100)
	if j.Program != programSteady || j.Want != store.StatusEnrolled || drawn >= 20 {
		return j
	}

	if j.Operation = jobs.Push; drawn < 8 {
		j.TokenRequestor, j.Want = sandbox.SandboxWallet, store.StatusPushed
	}

	return j
}

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
				ID: fmt.Sprintf("job-%d", n), Program: m.program, Scenario: m.scenario, Serial: n, Own: n, Want: m.want,
				Broken: m.want == store.StatusInvalid,
			}
		}

		drawn -= m.weight
	}

	panic("chaos: the weights of the cards are not 100")
}

// seal makes the message. Cards and consumers are named by the issuer's own keys, each job's card has a consumer of its own.
func (j Job) seal(sealer *jobs.Sealer) (jobs.Job, error) {
	job := jobs.Job{
		ID: j.ID, Program: j.Program, Batch: "chaos", Operation: j.Operation, TokenRequestorID: j.TokenRequestor,
		ExternalConsumerID: fmt.Sprintf("consumer-%d", j.Own), ExternalCardID: fmt.Sprintf("card-%d", j.Serial),
	}
	consumer := jobs.Consumer{EmailAddress: fmt.Sprintf("ana-%d@example.com", j.Serial), FirstName: "Ana", LastName: "Sample"}

	switch j.Operation {
	case jobs.Unenroll, jobs.Forget:
		return job, nil
	case jobs.Update:
		change := jobs.Change{BillingAddress: &jobs.Address{City: "Brno", CountryCode: "CZ"}}
		if j.Consumer {
			change = jobs.Change{Consumer: &consumer}
		}

		return sealer.SealChange(job, change)
	case jobs.Enroll, jobs.Push:
	}

	sealed, err := sealer.Seal(job, jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(j.Card()), PanExpirationMonth: "12", PanExpirationYear: "2099"},
		Consumer: consumer,
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
			"max_age": "72h", "retry_base": shortest, "retry_cap": longest, "operations": jobs.Operations(),
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

// pushKey is the file of Token Connect's key: the sandbox decrypts pushes with its one key.
const pushKey = "token-connect.pem"

func writePushKey(keys devkeys.Dir) error {
	options, err := keys.Sandbox()
	if err != nil {
		return err
	}

	var text []byte

	for _, key := range options.DecryptionKeys {
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return fmt.Errorf("writing the key of Token Connect: %w", err)
		}

		text = pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der})
	}

	return os.WriteFile(keys.Path(pushKey), text, 0o600)
}
