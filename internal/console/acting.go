package console

import (
	"context"
	"net/http"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// mostWhy is how long a reason may be.
const mostWhy = 200

// actor is who asks, for the account of acts.
func (v *visit) actor() acts.Actor {
	return acts.Actor{Who: v.who.Name, Host: v.who.Host + " (console)"}
}

// why is the reason that was given.
func (v *visit) why() string {
	why := strings.TrimSpace(v.field("why"))
	if len(why) > mostWhy {
		why = strings.ToValidUTF8(why[:mostWhy], "")
	}

	return settings.Masked(why)
}

// act keeps that an act begins, does it, and keeps how it ended: an act that cannot be kept is not begun.
func (v *visit) act(act acts.Act, do func(context.Context) (acts.Result, error)) error {
	s, err := v.c.ledger.get(v.r.Context())
	if err != nil {
		return away("Postgres does not answer, so the act could not be kept in the account of acts, and was not begun", err)
	}

	return acts.Book{Actor: v.actor(), Ledger: s}.Do(v.r.Context(), act, do)
}

// lenient is act for what has to be possible while Postgres is away. The note tells who acts that it was not kept.
func (v *visit) lenient(act acts.Act, do func(context.Context) (acts.Result, error)) (note string, err error) {
	book := acts.Book{Actor: v.actor(), Ledger: unopened{v.c.ledger}, Unkept: func(err error) {
		note = " It is not in the account of acts, as Postgres does not answer."

		v.c.Logger.Warn("an act was not kept", "act", act.Name, "user", v.who.Name, "error", settings.Masked(err.Error()))
	}}

	return note, book.Do(v.r.Context(), act, do)
}

// unopened opens the ledger for an act, for a few seconds.
type unopened struct{ *ledger }

const keepTimeout = 3 * time.Second

func (u unopened) BeginAct(ctx context.Context, a store.OperatorAct) (int64, error) {
	ctx, cancel := context.WithTimeout(ctx, keepTimeout)
	defer cancel()

	s, err := u.get(ctx)
	if err != nil {
		return 0, err
	}

	return s.BeginAct(ctx, a)
}

func (u unopened) EndAct(ctx context.Context, id int64, end store.ActEnd) error {
	s, err := u.get(ctx)
	if err != nil {
		return err
	}

	return s.EndAct(ctx, id, end)
}

// keepRefused keeps that somebody tried what they may not.
func (v *visit) keepRefused(one route) {
	_, _ = v.lenient(acts.Act{Name: one.act, Program: v.field("program"), Why: v.why()},
		func(context.Context) (acts.Result, error) {
			return acts.Result{Text: "refused: the user has no right to act", Refused: true}, nil
		})
}

// away is a problem with what does not answer.
func away(what string, err error) error {
	return problem{http.StatusServiceUnavailable, what + ": " + settings.Masked(err.Error())}
}
