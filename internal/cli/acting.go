package cli

import (
	"context"
	"errors"
	"time"

	"enroll.example/clicktopay/internal/acts"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// Acting says who acts, for the account of acts.
type Acting struct {
	By string `placeholder:"NAME" help:"Who acts, for the account of acts; the user and the host of this machine are kept beside it."`
}

// Actor is who is at the keyboard.
func (a Acting) Actor() acts.Actor { return acts.Here(a.By) }

// Book keeps acts in a ledger, without which they are not begun.
func (a Acting) Book(ledger acts.Ledger) acts.Book {
	return acts.Book{Actor: a.Actor(), Ledger: ledger}
}

// ledgerTimeout is how long an act that needs no database waits for it.
const ledgerTimeout = 3 * time.Second

// lenient opens the ledger for acts that must be possible while the database is away: they are done all the same, and a line says
// that they are not kept. end closes what was opened.
func (a Acting) lenient(
	ctx context.Context, d settings.Database, l settings.Log, streams Streams,
) (book acts.Book, end func(), err error) {
	unkept := func(err error) { streams.Notef("warning: this act is not fully recorded: %v", err) }
	book = acts.Book{Actor: a.Actor(), Ledger: noLedger{}, Unkept: unkept}

	if d.DatabaseURL == "" {
		return book, func() {}, nil
	}

	if err := d.Check(); err != nil {
		return book, nil, err
	}

	opening, cancel := context.WithTimeout(ctx, ledgerTimeout)
	defer cancel()

	ledger, err := d.Open(opening, l.Logger(streams.Err))
	if err != nil {
		book.Ledger = noLedger{err}
		return book, func() {}, nil
	}

	book.Ledger = ledger

	return book, ledger.Close, nil
}

// noLedger stands for a ledger that cannot be opened.
type noLedger struct{ err error }

func (n noLedger) BeginAct(context.Context, store.OperatorAct) (int64, error) {
	if n.err == nil {
		return 0, errors.New("--database-url is not given, so it is not kept in operator_acts")
	}

	return 0, n.err
}

func (n noLedger) EndAct(context.Context, int64, store.ActEnd) error { return nil }
