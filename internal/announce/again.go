package announce

import (
	"context"
	"fmt"
	"sync/atomic"
	"time"

	"golang.org/x/time/rate"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/persist"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// Ledger is where the jobs are that have ended (store.Store).
type Ledger interface {
	EndedOutcomes(ctx context.Context, scope store.EndedScope, after store.EndedJob, limit int) ([]store.Outcome, error)
}

// AgainOptions of Again.
type AgainOptions struct {
	// Scope says of which programs, from when and until when.
	Scope store.EndedScope
	// Keys open what pushes gave; nil where nobody has them here.
	Keys *jobs.KeyRing
	// Rate is how many events a second at most; zero for no limit.
	Rate float64
	// OnProgress, when set, is told how many events are published.
	OnProgress func(done int64)
}

// AgainAccount is what was announced again.
type AgainAccount struct {
	// Announced are the jobs. Of their events, Duplicates were published shortly before, so that the queue has kept the one that
	// it has, and WithoutPush lack the receipt that they had at first.
	Announced   int64 `json:"announced"`
	Duplicates  int64 `json:"duplicates"`
	WithoutPush int64 `json:"without_push"`
	// Through is when the last job ended up to which all are announced: who is interrupted goes on there. Zero: none is.
	Through time.Time `json:"through,omitzero"`
}

const (
	againPage = 1000
	// againAtOnce is how many events are on their way, so that the queue can store them together.
	againAtOnce = 64
	// againGrace is for how long after an interruption events on their way may be confirmed.
	againGrace = 10 * time.Second
)

// Again publishes the events of jobs that have ended once more, in the order in which they did, by the same function as the first
// time: with the same ids and the same bodies. When it ends early, the account says how far it came.
func Again(ctx context.Context, queue persist.Queue, ledger Ledger, o AgainOptions) (AgainAccount, error) {
	a := again{queue: queue, options: o, limiter: pace.Limiter(o.Rate, 1)}

	var last store.EndedJob

	for {
		page, err := ledger.EndedOutcomes(ctx, o.Scope, last, againPage)
		if err != nil || len(page) == 0 {
			return a.account(), err
		}

		if err := a.publish(ctx, page); err != nil {
			return a.account(), err
		}

		end := page[len(page)-1]
		last = store.EndedJob{JobID: end.JobID, CompletedAt: end.CompletedAt}
		a.through = end.CompletedAt
	}
}

// again publishes pages of events.
type again struct {
	queue   persist.Queue
	options AgainOptions
	limiter *rate.Limiter
	through time.Time

	announced, duplicates, withoutPush atomic.Int64
}

func (a *again) account() AgainAccount {
	return AgainAccount{a.announced.Load(), a.duplicates.Load(), a.withoutPush.Load(), a.through}
}

// publish publishes a page. When the context ends, no more are begun.
func (a *again) publish(ctx context.Context, page []store.Outcome) error {
	run := pace.Run{Limiter: a.limiter, AtOnce: againAtOnce, Grace: againGrace}
	err := pace.Each(ctx, run, page, a.one)

	if a.options.OnProgress != nil {
		a.options.OnProgress(a.announced.Load())
	}

	return err
}

func (a *again) one(ctx context.Context, outcome store.Outcome) error {
	pushed := a.pushed(outcome)

	message, err := Message(outcome, pushed)
	if err != nil {
		return err
	}

	duplicate, err := persist.Message(ctx, a.queue, jobs.StreamOutcomes, message, persist.Options{})
	if err != nil {
		return fmt.Errorf("announcing job %s: %w", outcome.JobID, err)
	}

	a.announced.Add(1)

	if duplicate {
		a.duplicates.Add(1)
	} else if pushed == nil && outcome.SealedResult != "" {
		a.withoutPush.Add(1)
	}

	return nil
}

// pushed is what a push gave, nil where there is nothing or its key is not here.
func (a *again) pushed(outcome store.Outcome) *jobs.Pushed {
	if outcome.SealedResult == "" || a.options.Keys == nil {
		return nil
	}

	pushed, problem := a.options.Keys.OpenPushed(outcome.SealedResult)
	if problem != nil {
		return nil
	}

	return &pushed
}
