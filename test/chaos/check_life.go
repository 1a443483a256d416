package chaos

import (
	"slices"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Life is what the API did to a card and its consumer after they were enrolled, and whether it has them now.
type Life struct {
	Card, Consumer       sandbox.Changes
	HasCard, HasConsumer bool
	// Consumers is how many consumers of the API's the issuer's one key leads to. What is said of one is said of all of them.
	Consumers int
}

// checkLife compares what the API did to a card and its consumer with what the jobs say that came after its enrollment.
func (c *checker) checkLife(job Job) {
	if len(job.After) == 0 {
		return
	}

	for _, follower := range slices.Concat(job.After...) {
		if !c.has(follower.ID) {
			c.reportf(follower.ID, "follows the enrollment of a card, and was never accepted")
		}
	}

	card, consumer := c.told(job)

	again := c.mayComeBack(job)
	done := c.history.Lives[job.ID]

	c.checkChanges(job, "card", done.Card, card, again)
	c.checkChanges(job, "consumer", done.Consumer, consumer.of(done.Consumers), again)

	enrolled := !c.superseded(job)
	cardStays, consumerStays := enrolled && !card.gone && !consumer.gone, enrolled && !consumer.gone
	if again > 0 {
		cardStays, consumerStays = cardStays || done.HasCard, consumerStays || done.HasConsumer
	}

	if done.HasCard != cardStays {
		c.reportf(job.ID, "that the API has its card is %t, and by the jobs after it, it is %t", done.HasCard, cardStays)
	}

	if done.HasConsumer != consumerStays {
		c.reportf(job.ID, "that the API has its consumer is %t, and by the jobs after it, it is %t", done.HasConsumer, consumerStays)
	}
}

// told is what the jobs that came after an enrollment say that they did to the card, and to its consumer.
func (c *checker) told(job Job) (card, consumer outcomes) {
	for _, follower := range slices.Concat(job.After...) {
		if follower.bringsCard() {
			continue
		}

		if follower.Consumer {
			consumer = consumer.with(c, follower)
		} else {
			card = card.with(c, follower)
		}
	}

	return card, consumer
}

// mayComeBack is how many attempts to enroll got no answer: one that was sent again may come when all else is over.
func (c *checker) mayComeBack(job Job) (again int) {
	for _, one := range append(slices.Concat(job.After...), job) {
		if one.bringsCard() {
			again += untold(c.attempts[one.ID])
		}
	}

	return again
}

// superseded reports whether the card of a job was not enrolled any more.
func (c *checker) superseded(job Job) bool {
	rows := c.rows[job.ID]

	return len(rows) == 1 && rows[0].Status == store.StatusSuperseded
}

// gone is how many consumers a job that forgets has to tell of.
func (c *checker) gone(job Job, status store.Status) int {
	if status != store.StatusForgotten {
		return 0
	}

	return c.history.Lives[job.Of].Consumers
}

// outcomes are what some jobs say that they did.
type outcomes struct {
	updated, maybeUpdated int // jobs that say so, and attempts that may have done so as well
	ended, maybeEnded     int
	several               int  // what they are about
	gone                  bool // one says that nothing is left, whether or not it took it out
}

func (o outcomes) with(c *checker, job Job) outcomes {
	rows, again := c.rows[job.ID], untold(c.attempts[job.ID])
	if len(rows) != 1 {
		return o // said already
	}

	switch rows[0].Status {
	case store.StatusUpdated:
		o.updated++
	case store.StatusUnenrolled, store.StatusForgotten:
		o.ended++
		o.gone = true
	case store.StatusNotEnrolled:
		o.gone = o.gone || job.takesOut()
	default:
	}

	if job.takesOut() {
		o.maybeEnded += again
	} else {
		o.maybeUpdated += again
	}

	return o
}

// of says the same of several.
func (o outcomes) of(several int) outcomes {
	o.several = several

	return o
}

// most is how often the API may have updated and taken out what the jobs are about. What is gone cannot be taken out again,
// unless it came back meanwhile: by an attempt to enroll it that got no answer.
func (o outcomes) most(again int) (updates, ends int) {
	return o.updated + o.maybeUpdated, max(o.several, 1) * min(o.ended+o.maybeEnded, 1+again)
}

func (o outcomes) surplus(done sandbox.Changes, again int) int {
	updates, ends := o.most(again)

	return max(done.Updated-updates, 0) + max(done.Deleted-ends, 0)
}

// checkChanges: what was done once was done once, and once more at most for each attempt whose result nobody could know.
func (c *checker) checkChanges(job Job, what string, done sandbox.Changes, told outcomes, again int) {
	updates, ends := told.most(again)

	if done.Updated < told.updated || done.Updated > updates {
		c.reportf(job.ID, "its %s was updated %d times, by %d jobs and %d attempts without an answer",
			what, done.Updated, told.updated, told.maybeUpdated)
	}

	if done.Deleted < told.ended*max(told.several, 1) || done.Deleted > ends {
		c.reportf(job.ID, "its %s was taken out %d times, by %d jobs and %d attempts without an answer",
			what, done.Deleted, told.ended, told.maybeEnded)
	}
}

// checkStrangeChanges: nothing was changed or pushed that no accepted job explains.
func (c *checker) checkStrangeChanges() {
	var updated, deleted, forgotten, pushed int

	for _, life := range c.history.Lives {
		updated += life.Card.Updated + life.Consumer.Updated
		deleted += life.Card.Deleted
		forgotten += life.Consumer.Deleted
	}

	for _, entry := range c.history.Effects {
		pushed += entry.Pushes
	}

	for _, of := range []struct {
		what            string
		done, explained int
	}{
		{"updated", c.history.Totals.Updated, updated}, {"deleted", c.history.Totals.Deleted, deleted},
		{"forgot", c.history.Totals.Forgotten, forgotten}, {"took pushes", c.history.Totals.Pushed, pushed},
	} {
		if of.done != of.explained {
			c.reportf("", "the API %s %d times, the accepted jobs explain %d", of.what, of.done, of.explained)
		}
	}
}

// fits reports whether a job that changes something ended as it may.
func (c *checker) fits(job Job, status store.Status) bool {
	return slices.Contains(job.Wants, status) || job.Gone != "" && status == job.Gone && c.mayBeGone(job)
}

// mayBeGone reports whether what the job names may have been taken out by an attempt of which nobody could know.
func (c *checker) mayBeGone(job Job) bool {
	return slices.ContainsFunc(slices.Concat(c.accepted[job.Of].After...), func(other Job) bool {
		return other.takesOut() && untold(c.attempts[other.ID]) > 0
	})
}

// checkPushes: a card is pushed by the jobs that push, once for each attempt at most, and the event of one that pushes alone has
// the receipt.
func (c *checker) checkPushes(job Job) {
	pushes := c.history.Effects[job.ID].Pushes

	switch attempts := len(c.attempts[job.ID]); {
	case job.Operation != jobs.Push && pushes > 0:
		c.reportf(job.ID, "pushes nothing, and its card was pushed %d times", pushes)
	case job.Operation == jobs.Push && (pushes == 0 && !c.superseded(job) || pushes > attempts):
		c.reportf(job.ID, "was pushed %d times, with %d attempts begun", pushes, attempts)
	}

	for id, event := range c.events[job.ID] {
		if pushed := event.status == store.StatusPushed; event.receipt != pushed {
			c.reportf(job.ID, "was announced as %q, and that the event %s has a receipt is %t", event.status, id, event.receipt)
		}
	}
}
