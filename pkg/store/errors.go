package store

import (
	"errors"
	"strings"

	"github.com/jackc/pgx/v5/pgconn"
)

// Errors of the store. ErrRequest, ErrNotBegun and ErrNoJob say that the same call
// would fail again; after the others it may succeed.
var (
	ErrRequest  = errors.New("the request's values are at fault")
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
	return err != nil && !errors.Is(err, ErrRequest) && !errors.Is(err, ErrNotBegun) && !errors.Is(err, ErrNoJob) && !errors.Is(err, errPanic) && !refused(err)
}

// refused reports whether Postgres refused a row for its values: data
// exception, integrity violation, program limit exceeded.
func refused(err error) bool { return inClass(err, "22", "23", "54") }

// contended reports whether other transactions were in the way: lock timeout,
// deadlock, serialization failure.
func contended(err error) bool { return inClass(err, "55P03", "40") }

func inClass(err error, classes ...string) bool {
	var pg *pgconn.PgError
	if !errors.As(err, &pg) {
		return false
	}

	for _, class := range classes {
		if strings.HasPrefix(pg.Code, class) {
			return true
		}
	}

	return false
}
