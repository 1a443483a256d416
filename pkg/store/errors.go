package store

import (
	"errors"
)

// Errors of the store. ErrRequest, ErrRefused, ErrNotBegun and ErrNoJob say that the same call
// would fail again; after the others it may succeed.
var (
	ErrRequest  = errors.New("the request's values are at fault")
	ErrRefused  = errors.New("the database refuses the request's values")
	ErrNotBegun = errors.New("no such attempt has begun")
	ErrNoJob    = errors.New("no worker has seen such a job")
	ErrLocked   = errors.New("the row is locked by another transaction")
	ErrClosed   = errors.New("the store is closed")
)

// Retryable reports whether the same call may succeed later: the database was
// away, busy or closed, the caller's context ended. It is false for values that
// the table refuses, for an attempt that was never begun and a job that is not there. An error it does
// not know is taken for the database's fault and not the job's.
func Retryable(err error) bool {
	return err != nil && !errors.Is(err, ErrRequest) && !errors.Is(err, ErrNotBegun) && !errors.Is(err, ErrNoJob) && !refused(err)
}

// refused reports whether a row's values are at fault: Postgres or the driver refused them, or they made the store panic.
func refused(err error) bool {
	return errors.Is(err, ErrRefused) || errors.Is(err, errPanic) || classify(err) == classRefused
}

// contended reports whether other transactions were in the way.
func contended(err error) bool { return classify(err) == classBusy }
