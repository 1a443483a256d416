package redrive_test

import (
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"sync"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// addDeadLetter leaves what a worker leaves that gives a job up without a call: a row and a letter.
func (r *rig) addDeadLetter(letter jobs.DeadLetter) {
	r.t.Helper()

	r.end(letter)
	r.write(letter)
}

// end gives the job of a letter its row.
func (r *rig) end(letter jobs.DeadLetter) {
	job := kept(letter.Job.ID)
	job.Program, job.BatchID = letter.Job.Program, letter.Job.Batch

	_, err := r.store.End(r.t.Context(), store.EndRequest{
		Job: job, Status: store.Status(letter.Status), Failure: store.Failure(letter.Error),
	})
	if err != nil {
		r.t.Error(err)
	}
}

func (r *rig) write(letter jobs.DeadLetter) {
	r.t.Helper()

	r.writeTo(jobs.DeadSubject(letter.Job.Program, letter.Job.ID), letter)
}

// writeTo puts a letter on some subject.
func (r *rig) writeTo(subject string, letter jobs.DeadLetter) {
	r.t.Helper()

	body, err := json.Marshal(letter)
	require.NoError(r.t, err)
	r.writeRaw(subject, body)
}

func (r *rig) writeRaw(subject string, body []byte) {
	r.t.Helper()

	_, err := r.js.Publish(r.t.Context(), subject, body)
	require.NoError(r.t, err)
}

// dead is the letter of a job that died of an outage.
func (r *rig) dead(id string, changes ...func(*jobs.DeadLetter)) jobs.DeadLetter {
	r.t.Helper()

	letter := jobs.DeadLetter{
		Schema: jobs.SchemaVersion, Status: "dead", Error: jobs.Failure{Reason: "UNAVAILABLE", Detail: "UPSTREAM"},
		Job: jobs.Job{Schema: jobs.SchemaVersion, ID: id, Program: "demo", Batch: "b1"},
	}
	for _, change := range changes {
		change(&letter)
	}

	letter.Job = r.seal(letter.Job, sandbox.PAN(0, 1))

	return letter
}

// addDeadLetters leaves many dead jobs. They share a seal: nobody opens it.
func (r *rig) addDeadLetters(n int) {
	r.t.Helper()

	letter := r.dead("seal")

	var rows sync.WaitGroup

	for i := range n {
		one := letter
		one.Job.ID = fmt.Sprintf("job-%04d", i)

		rows.Go(func() { r.end(one) })
		r.write(one)
	}

	rows.Wait()
}

// kept is what is kept of a job that no worker has opened.
func kept(id string) store.Job {
	digest := sha256.Sum256([]byte(id))

	return store.Job{ID: id, Program: "demo", MessageDigest: digest[:]}
}
