package chaos

import (
	"fmt"
	"math/rand/v2"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// A card that is enrolled may have a life after it: jobs that change it or its consumer, or take them out. The jobs of a stage
// are published one after the other, without waiting for what becomes of them, once all of the stage before are announced.

// Change is what a job does to a card, or to its consumer, that another job has enrolled.
type Change struct {
	// Of is the job that enrolled the card; empty for jobs that bring a card.
	Of string
	// Consumer says that it is the consumer that is changed, and not the card.
	Consumer bool
	// Wants are how the job may end.
	Wants []store.Status
	// Gone, when set, is how it may end as well when a job that takes out what it names, itself or another one of the life,
	// has got no answer once.
	Gone store.Status
}

// takesOut reports whether nothing is left of what the job names.
func (j Job) takesOut() bool { return j.Operation == jobs.Unenroll || j.Operation == jobs.Forget }

// bringsCard reports whether the job has a card of its own.
func (j Job) bringsCard() bool {
	return j.Operation == "" || j.Operation == jobs.Enroll || j.Operation == jobs.Push
}

type step struct {
	Change

	name      string
	operation jobs.Operation
}

func updates(name string, consumer bool, wants ...store.Status) step {
	return step{Change{Consumer: consumer, Wants: wants}, name, jobs.Update}
}

func forgets() step {
	return step{Change{Consumer: true, Wants: []store.Status{store.StatusForgotten}}, "forget", jobs.Forget}
}

// forgetsWhoever forgets a consumer who may not be enrolled yet, and is not enrolled any more then.
func forgetsWhoever() step {
	s := forgets()
	s.Wants = append(s.Wants, store.StatusNotEnrolled)

	return s
}

func unenrolls(wants ...store.Status) step {
	return step{Change{Wants: wants, Gone: store.StatusNotEnrolled}, "unenroll", jobs.Unenroll}
}

// overtaken is an update that one that forgets may come before.
func overtaken() step {
	s := updates("update", true, store.StatusUpdated, store.StatusSuperseded)
	s.Gone = store.StatusNotEnrolled

	return s
}

// enrolls another card of the same consumer, whom the API takes for another one by their address.
func enrolls() step {
	return step{Change{Wants: []store.Status{store.StatusEnrolled}}, "enroll", jobs.Enroll}
}

// life is what comes after an enrollment, in stages; weight is how many of 100 cards have it.
type life struct {
	weight int
	stages [][]step
	// atOnce: the first stage is published as soon as the job that it follows is.
	atOnce bool
}

func lives() []life {
	const updated, superseded = store.StatusUpdated, store.StatusSuperseded

	return []life{
		{weight: 3, stages: [][]step{{updates("update", false, updated)}}},
		{weight: 4, stages: [][]step{{updates("update", true, updated, superseded), updates("update-again", true, updated)}}},
		{weight: 3, stages: [][]step{{unenrolls(store.StatusUnenrolled)}}},
		{weight: 3, stages: [][]step{{forgets()}}},
		{weight: 3, stages: [][]step{{overtaken(), forgets()}}},
		{weight: 3, stages: [][]step{{unenrolls(store.StatusUnenrolled, store.StatusNotEnrolled), forgets()}}},
		{weight: 3, stages: [][]step{{updates("update", false, updated)}, {unenrolls(store.StatusUnenrolled)}, {forgets()}}},
		{weight: 4, stages: [][]step{{enrolls()}, {forgets()}}},
		{weight: 4, stages: [][]step{{forgetsWhoever()}}, atOnce: true},
	}
}

// drawLife draws what comes after a job: nothing for most, and for all that do not enroll.
func drawLife(random *rand.Rand, of Job) Job {
	drawn := random.IntN(100) // for each job, so that what comes after one leaves the others as they are
	if of.Want != store.StatusEnrolled {
		return of
	}

	for _, l := range lives() {
		if drawn -= l.weight; drawn < 0 {
			of.After, of.AtOnce = l.of(of), l.atOnce

			return of
		}
	}

	return of
}

func (l life) of(of Job) [][]Job {
	stages := make([][]Job, len(l.stages))

	for i, steps := range l.stages {
		for _, s := range steps {
			s.Of = of.ID
			follower := Job{
				ID: fmt.Sprintf("%s.%s", of.ID, s.name), Program: of.Program, Serial: of.Serial, Operation: s.operation, Change: s.Change,
				Own: of.Own,
			}

			if follower.bringsCard() {
				follower.Serial, follower.Want = sandbox.MaxSerial-of.Serial, store.StatusEnrolled
			}

			stages[i] = append(stages[i], follower)
		}
	}

	return stages
}
