package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
)

// class says whose fault an error of the database is.
type class int

const (
	classNone    class = iota // no error of the database
	classAway                 // the server cannot be reached, or cannot work now: later it can
	classBusy                 // other transactions were in the way: the same again, soon
	classRefused              // these values will never be taken
	classMisfit               // the program, the schema, the rights or a pooler do not fit together: somebody has to act
)

const (
	sqlstateReadOnly    = "25006" // a primary that became a standby
	sqlstateLockTimeout = "55P03"
)

// condition is what is known of a class of SQLSTATEs, or of one.
type condition struct {
	class class
	// text takes the place of Postgres' message, which quotes values; empty: the message is about names and can be shown.
	text string
}

// conditions are by SQLSTATE, or by its first two characters; the longer one counts.
func conditions() map[string]condition {
	return map[string]condition{
		"08": {class: classAway}, // connection exception
		"0A": {class: classMisfit},
		"21": {class: classMisfit},
		"22": {class: classRefused, text: "a value cannot be kept as what its column holds"},
		"23": {class: classRefused}, // integrity constraint violation: its message names the constraint
		"25": {class: classMisfit},
		// A server that takes no writes has become a standby, or is about to be shut down.
		sqlstateReadOnly:    {class: classAway},
		"25P03":             {class: classAway}, // idle in transaction for too long: the worker stood still
		"25P04":             {class: classAway}, // a transaction that took too long: likewise
		"26":                {class: classMisfit},
		"28":                {class: classMisfit},
		"3D":                {class: classMisfit},
		"3F":                {class: classMisfit},
		"40":                {class: classBusy}, // deadlock, serialization failure
		"40002":             {class: classRefused},
		"42":                {class: classMisfit}, // a table or right is missing; a prepared statement of another connection (42P05)
		"53":                {class: classAway},   // disk, memory or connections are used up
		"54":                {class: classRefused},
		"54001":             {class: classMisfit}, // statement too complex, for the server's settings
		"55":                {class: classAway},
		"55006":             {class: classBusy},
		sqlstateLockTimeout: {class: classBusy},
		"57":                {class: classAway}, // shutdown, crash, statement timeout, cannot connect now
		"58":                {class: classAway}, // an error of the system
		"F0":                {class: classAway}, // of its configuration file
		"P0":                {class: classMisfit, text: "a function of the database failed"},
		"XX":                {class: classAway}, // data or index corrupted, internal
	}
}

// conditionOf looks a SQLSTATE up. One that is not known is taken for the database's fault and not the job's, and not quoted.
func conditionOf(code string) condition {
	all := conditions()

	if c, ok := all[code]; ok {
		return c
	}

	if len(code) > 2 {
		if c, ok := all[code[:2]]; ok {
			return c
		}
	}

	return condition{class: classAway, text: "the database failed"}
}

// classify says whose fault an error is.
func classify(err error) class {
	var known *databaseError

	switch code := sqlstate(err); {
	case err == nil:
		return classNone
	case errors.As(err, &known):
		return known.class
	case code != "":
		return conditionOf(code).class
	case ours(err):
		return classNone
	case isEncoding(err):
		return classRefused
	case isScanning(err):
		return classMisfit
	default:
		return classAway
	}
}

// rowLocked reports whether a lock was waited for that one job is to blame for, as another transaction inserts its row or
// holds its attempt: then Postgres says where it was, at a tuple of which table. What a whole flush shares, a table or a
// row of a rollup, is waited for in vain by each part of it.
func rowLocked(err error) bool {
	pg, ok := errors.AsType[*pgconn.PgError](err)

	return ok && pg.Code == sqlstateLockTimeout &&
		(strings.Contains(pg.Where, "enrollments") || strings.Contains(pg.Where, "attempts"))
}

// sqlstate is the server's code for an error, empty when it is not the server's.
func sqlstate(err error) string {
	if pg, ok := errors.AsType[*pgconn.PgError](err); ok {
		return pg.Code
	}

	return ""
}

// databaseError is an error of the driver or the server as it can be logged: without values.
type databaseError struct {
	class class
	text  string
	err   error
}

func (e *databaseError) Error() string { return e.text }
func (e *databaseError) Unwrap() error { return e.err }

// Is makes one that will never be taken ErrRefused.
func (e *databaseError) Is(target error) bool { return target == ErrRefused && e.class == classRefused }

// step says what was being done when an error came. It is told apart from the driver's texts, which may hold values.
type step struct {
	doing string
	err   error
}

func doing(what string, err error) error { return &step{what, err} }

func (s *step) Error() string { return s.doing + ": " + s.err.Error() }
func (s *step) Unwrap() error { return s.err }

// explain returns an error of the driver without the values that its text may quote. Other errors stay as they are.
func explain(err error) error {
	var (
		known *databaseError
		s     *step
	)

	switch {
	case err == nil, errors.As(err, &known), ours(err):
		return err
	case errors.As(err, &s):
		return doing(s.doing, explain(s.err))
	default:
		return &databaseError{class: classify(err), text: safeText(err), err: err}
	}
}

// ours reports whether an error is none of the driver: its text is known.
func ours(err error) bool {
	all := []error{
		ErrRequest, ErrRefused, ErrNotBegun, ErrNoJob, ErrLocked, ErrClosed,
		errPanic, errPooler, pgx.ErrNoRows,
	}

	for _, known := range all {
		if errors.Is(err, known) {
			return true
		}
	}

	return false
}

// safeText is what may be said of an error of the driver. Its own text is for those alone that are known to quote no value.
func safeText(err error) string {
	var (
		pg      *pgconn.PgError
		connect *pgconn.ConnectError
		network net.Error
	)

	switch {
	case errors.As(err, &connect): // host, user and database
		return causesOnce(err.Error())
	case errors.As(err, &pg):
		if c := conditionOf(pg.Code); c.text != "" {
			return withNames(fmt.Sprintf("%s: %s (SQLSTATE %s)", pg.Severity, c.text, pg.Code), pg)
		}

		return sanitizeExternal(pg.Error(), maxMessage)
	case errors.Is(err, context.DeadlineExceeded):
		return "the database did not answer in time: " + context.DeadlineExceeded.Error()
	case errors.Is(err, context.Canceled):
		return "the database was not waited for: " + context.Canceled.Error()
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		errors.Is(err, pgx.ErrTxClosed), errors.Is(err, pgx.ErrTxCommitRollback), pgconn.SafeToRetry(err):
		return err.Error()
	case isEncoding(err):
		return "a value cannot be encoded for Postgres; the driver's message is left out, as it quotes values"
	case isScanning(err):
		return "a value from Postgres cannot be read; the driver's message is left out, as it may quote values"
	default:
		return fmt.Sprintf("the database's driver failed; its message is left out, as it may quote values (%T)", err)
	}
}

// withNames adds where a value was refused, by names of the schema.
func withNames(text string, pg *pgconn.PgError) string {
	all := []string{text}

	for _, name := range []struct{ kind, name string }{
		{"table", pg.TableName}, {"column", pg.ColumnName}, {"constraint", pg.ConstraintName},
	} {
		if name.name != "" {
			all = append(all, name.kind+" "+name.name)
		}
	}

	return strings.Join(all, ", ")
}

// isEncoding reports whether the driver could not write a value. It has no type for that.
func isEncoding(err error) bool {
	text := err.Error()

	return strings.Contains(text, "failed to encode args[") || strings.Contains(text, "unable to encode ")
}

// isScanning reports whether the driver could not read a value.
func isScanning(err error) bool {
	var scan pgx.ScanArgError

	return errors.As(err, &scan)
}
