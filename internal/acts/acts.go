// Package acts keeps an account of what operators do: who, from where, what, why, and what came of it. An act is kept before its
// first effect, and its end after the last, also when it was refused, failed or was interrupted.
package acts

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/user"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// The acts. Others may be kept, too: one word each.
const (
	Pause    = "pause"
	Resume   = "resume"
	Lift     = "lift" // the pause that the API asked for
	Redrive  = "redrive"
	Resolve  = "resolve"
	Cancel   = "cancel"
	Purge    = "purge"
	Announce = "announce"
)

// Actor is who acts.
type Actor struct {
	// Who is the user of the machine, or the one who is signed in to a console.
	Who string
	// As is the name that the actor has given. It is kept beside Who, and takes nobody's place.
	As string
	// Host is from where: the machine of a command, the address of a browser.
	Host string
}

// Here is the user of this machine, as far as it knows.
func Here(as string) Actor {
	a := Actor{Who: "unknown", As: as, Host: "unknown"}

	if who, err := user.Current(); err == nil {
		a.Who = who.Username
	}

	if host, err := os.Hostname(); err == nil {
		a.Host = host
	}

	return a
}

// String names the actor where there is room for one text.
func (a Actor) String() string {
	machine := a.Who + "@" + a.Host
	if a.As == "" {
		return machine
	}

	return fmt.Sprintf("%s (%s)", a.As, machine)
}

// Ledger is where acts are kept (store.Store).
type Ledger interface {
	BeginAct(ctx context.Context, a store.OperatorAct) (id int64, err error)
	EndAct(ctx context.Context, id int64, end store.ActEnd) error
}

// Book keeps acts of one actor.
type Book struct {
	Actor  Actor
	Ledger Ledger

	// Unkept, when set, has an act done although it cannot be kept, and is told why. Without it such an act is not begun.
	Unkept func(error)
}

// Act is what is to be done.
type Act struct {
	Name    string
	Program string // empty: all, or none
	Scope   string
	Why     string
}

// Result is what an act came to. It counts as far as it came, too, when the act has failed.
type Result struct {
	Text    string
	Counts  map[string]int64
	Refused bool // what was to be changed does not stand as it should; also without an error
}

// endTimeout bounds the keeping of an end, which an interruption does not cut off.
const endTimeout = 10 * time.Second

// Do keeps that an act begins, does it, and keeps how it ended. The error is the act's own.
func (b Book) Do(ctx context.Context, act Act, do func(context.Context) (Result, error)) error {
	id, err := b.begin(ctx, act)
	if err != nil {
		return fmt.Errorf("%s was not begun: %w", act.Name, err)
	}

	result, failed := do(ctx)

	return errors.Join(failed, b.end(ctx, id, ending(ctx, result, failed)))
}

// begin returns 0 for an act that is done all the same.
func (b Book) begin(ctx context.Context, act Act) (int64, error) {
	id, err := b.Ledger.BeginAct(ctx, store.OperatorAct{
		Who: b.Actor.Who, AsName: b.Actor.As, Host: b.Actor.Host,
		Act: act.Name, Program: act.Program, Scope: act.Scope, Why: act.Why,
	})
	if err != nil && b.Unkept != nil {
		b.Unkept(err)

		return 0, nil
	}

	return id, err
}

func (b Book) end(ctx context.Context, id int64, end store.ActEnd) error {
	if id == 0 {
		return nil
	}

	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), endTimeout)
	defer cancel()

	err := b.Ledger.EndAct(ctx, id, end)
	if err != nil && b.Unkept != nil {
		b.Unkept(err)

		return nil
	}

	return err
}

// ending is what is kept of a result.
func ending(ctx context.Context, r Result, err error) store.ActEnd {
	end := store.ActEnd{Status: store.ActDone, Result: r.Text, Counts: r.Counts}

	switch {
	case r.Refused:
		end.Status = store.ActRefused
	case err != nil && (ctx.Err() != nil || errors.Is(err, context.Canceled)):
		end.Status = store.ActInterrupted
	case err != nil:
		end.Status = store.ActFailed
	}

	if err != nil && end.Result == "" {
		end.Result = err.Error()
	}

	end.Result = settings.Masked(end.Result)

	return end
}
