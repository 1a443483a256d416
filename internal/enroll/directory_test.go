package enroll_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/store"
)

const directoryID = "dir-1"

// newDirectoryRig is one whose program has a directory.
func newDirectoryRig(t *testing.T) *rig {
	t.Helper()

	r := newChangingRig(t)

	described, err := profile.BuiltIn(profile.NameDirectory)
	require.NoError(t, err)

	r.startSandboxWith(directorySandbox())
	r.api.Profiles = []*profile.Profile{described}

	program := r.config.Programs["demo"]
	program.Profile, program.DirectoryID = profile.NameDirectory, directoryID
	r.config.Programs["demo"] = program

	return r
}

// own is a job with the issuer's own keys.
func own(id, consumer, card string) jobs.Job {
	return jobs.Job{ID: id, ExternalConsumerID: consumer, ExternalCardID: card}
}

func (r *rig) send(job jobs.Job) {
	r.t.Helper()

	job.Program = "demo"
	_, err := r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// Cards and consumers of a directory go their way by the issuer's own keys: no id of Mastercard's is needed, and none is kept.
func TestADirectoryFromEnrollmentToTheEnd(t *testing.T) {
	t.Parallel()

	r := newDirectoryRig(t)
	stop := r.start()

	for i, card := range []string{"k 1", "k/2"} {
		job := r.seal(card[:1]+card[2:], sandbox.PAN(0, i+1))
		job.ExternalConsumerID, job.ExternalCardID = "c/1", card
		r.send(job)
		require.Equal(t, "enrolled", r.outcome().Status)
	}

	unenroll := own("out", "c/1", "k 1")
	unenroll.Operation = jobs.Unenroll

	for _, step := range []struct {
		publish func()
		want    store.Status
	}{
		{func() { r.change(own("address", "c/1", "k 1"), billingAddress("Brno")) }, store.StatusUpdated},
		{func() { r.change(own("contact", "c/1", ""), contactData("a@b.example")) }, store.StatusUpdated},
		{func() { r.send(unenroll) }, store.StatusUnenrolled},
		{func() { r.change(own("gone", "c/1", "k 1"), billingAddress("Brno")) }, store.StatusNotEnrolled},
		{func() { r.forget(own("forget", "c/1", "")) }, store.StatusForgotten},
		{func() { r.change(own("gone-too", "c/1", "k/2"), billingAddress("Brno")) }, store.StatusNotEnrolled},
		{func() { r.forget(own("nobody", "c/2", "")) }, store.StatusNotEnrolled},
	} {
		step.publish()

		outcome := r.outcome()
		require.Equal(t, string(step.want), outcome.Status, "%s: %+v", outcome.ID, outcome.Error)
		require.Equal(t, 1, outcome.Attempts, outcome.ID)
	}

	stop()
	r.drained()

	totals := r.sandbox.Ledger().Totals()
	require.Equal(t, 2, totals.Updated)
	require.Equal(t, 1, totals.Forgotten)
	require.Equal(t, 1, totals.Deleted)
}

// A job that lacks a key by which the directory names its card or consumer is not sent.
func TestADirectoryNeedsOwnKeys(t *testing.T) {
	t.Parallel()

	r := newDirectoryRig(t)
	stop := r.start()
	enrollment := r.seal("enroll", sandbox.PAN(0, 1))
	enrollment.ExternalConsumerID = "c"

	for _, c := range []struct {
		publish func()
		field   string
	}{
		{func() { r.send(r.seal("neither", sandbox.PAN(0, 2))) }, "external_consumer_id"},
		{func() { r.send(enrollment) }, "external_card_id"},
		{func() {
			r.send(jobs.Job{ID: "out", Operation: jobs.Unenroll, SrcDigitalCardID: "k", ExternalConsumerID: "c"})
		}, "external_card_id"},
		{func() {
			r.change(jobs.Job{ID: "address", SrcDigitalCardID: "k", ExternalConsumerID: "c"}, billingAddress("Brno"))
		}, "external_card_id"},
		{func() { r.change(own("card", "", "k"), billingAddress("Brno")) }, "external_consumer_id"},
		{func() { r.change(jobs.Job{ID: "contact", SrcConsumerID: "c"}, contactData("a@b.example")) }, "external_consumer_id"},
		{func() { r.forget(jobs.Job{ID: "forget", SrcConsumerID: "c"}) }, "external_consumer_id"},
	} {
		c.publish()

		outcome := r.outcome()
		require.Equal(t, "invalid", outcome.Status, outcome.ID)
		require.Equal(t, c.field, outcome.Error.Field, outcome.ID)
	}

	stop()
	require.Zero(t, r.sandbox.Ledger().Totals().Calls)
}

func directorySandbox() sandbox.Options {
	options := sandboxOptions(time.Now)
	options.Clients[0].Programs[0].DirectoryID = directoryID

	return options
}

// What the directory's profile guesses is not sent to production unless it is accepted, and neither is what the lifecycle calls are
// inferred to be.
func TestInferredChangesAreNotSentToProduction(t *testing.T) {
	t.Parallel()

	accepted := []string{profile.NameEnroll, profile.NameEnrollBatch}
	require.NoError(t, enroll.CheckInferred(programs(t, ""), nil, accepted))

	for members, says := range map[string][]string{
		`,"operations":["enroll","update"]`:       {"profile lifecycle, operation update_card", "profile lifecycle, operation update_consumer"},
		`,"operations":["enroll","forget"]`:       {"profile lifecycle, operation forget_consumer"},
		`,"operations":["forget"],"lane":"batch"`: {"profile lifecycle, operation forget_consumer"},
		`,"operations":["enroll","unenroll","update","forget"],"profile":"credential-directory","directory_id":"d"`: {
			"profile credential-directory, operation enroll", "profile credential-directory, operation unenroll",
			"profile credential-directory, operation update_card", "profile credential-directory, operation forget_consumer",
		},
	} {
		loaded, named, err := enroll.LoadProfiles(programs(t, members))
		require.NoError(t, err)

		err = enroll.CheckInferred(named, loaded, accepted)
		for _, one := range says {
			require.ErrorContains(t, err, one)
		}

		require.NoError(t, enroll.CheckInferred(named, loaded, append(accepted, profile.NameLifecycle, profile.NameDirectory)))
	}
}
