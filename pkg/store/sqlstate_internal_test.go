package store

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgtype"
	"github.com/stretchr/testify/require"
)

// Each class of Postgres' table of error codes, and each code that is not as its class.
func TestClassOfEverySQLSTATE(t *testing.T) {
	t.Parallel()

	for code, want := range map[string]class{
		"08000": classAway, "08006": classAway, // connection exception
		"09000": classAway,                                                  // triggered action: unknown here, taken for the database's fault
		"0A000": classMisfit,                                                // feature not supported
		"21000": classMisfit,                                                // cardinality violation
		"22001": classRefused, "22021": classRefused, "22P02": classRefused, // data exception
		"23502": classRefused, "23505": classRefused, "23514": classRefused, // integrity constraint violation
		"25001": classMisfit, "25P02": classMisfit, // invalid transaction state
		"25006": classAway,                     // read-only: a primary that became a standby
		"25P03": classAway, "25P04": classAway, // idle in transaction, transaction timeout
		"26000": classMisfit,                       // no such prepared statement: a pooler's other connection
		"28000": classMisfit, "28P01": classMisfit, // invalid authorization
		"3D000": classMisfit, "3F000": classMisfit, // no such database, schema
		"40001": classBusy, "40P01": classBusy, // serialization failure, deadlock
		"40002": classRefused,                  // integrity constraint violation at commit
		"42501": classMisfit,                   // insufficient privilege
		"42703": classMisfit,                   // undefined column: the schema changed underneath
		"42P05": classMisfit,                   // duplicate prepared statement: a pooler's other connection
		"53100": classAway, "53300": classAway, // disk full, too many connections
		"54000": classRefused,                                      // program limit exceeded
		"54001": classMisfit,                                       // statement too complex
		"55000": classAway,                                         // not in prerequisite state: a standby that recovers
		"55006": classBusy,                                         // object in use
		"55P03": classBusy,                                         // lock not available
		"57014": classAway,                                         // statement timeout
		"57P01": classAway, "57P02": classAway, "57P03": classAway, // shutdown, crash, cannot connect now
		"58030": classAway,                     // I/O error
		"F0000": classAway,                     // configuration file error
		"P0001": classMisfit,                   // raised by a function
		"XX000": classAway, "XX001": classAway, // internal error, data corrupted
		"ZZZZZ": classAway, // nobody has seen it before
	} {
		t.Run(code, func(t *testing.T) {
			t.Parallel()

			err := explain(fmt.Errorf("somewhere: %w", &pgconn.PgError{Code: code}))
			require.Equal(t, want, classify(err))
			require.Equal(t, want != classRefused, Retryable(err), "only a value is never taken")
			require.Equal(t, want == classRefused, errors.Is(err, ErrRefused))
			require.Equal(t, want == classBusy, contended(err))
		})
	}
}

func TestClassOfErrorsWithoutASQLSTATE(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		err  error
		want class
	}{
		"none":                    {nil, classNone},
		"ours":                    {ErrNotBegun, classNone},
		"the connection is lost":  {io.ErrUnexpectedEOF, classAway},
		"nobody answers":          {&net.OpError{Op: "dial", Err: errors.New("refused")}, classAway},
		"no answer in time":       {context.DeadlineExceeded, classAway},
		"the pool is closed":      {errors.New("closed pool"), classAway},
		"it cannot be encoded":    {encodeError(t), classRefused},
		"it cannot be read":       {pgx.ScanArgError{FieldName: "attempts", Err: errors.New("4111111111111111 is greater than")}, classMisfit},
		"there is a pooler, then": {errPooler, classNone},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			require.Equal(t, c.want, classify(c.err))
			require.Equal(t, c.want, classify(explain(c.err)))
			require.Equal(t, c.want == classRefused, errors.Is(explain(c.err), ErrRefused))
		})
	}
}

// encodeError is what the driver says of a value that it cannot write, in the words in which a query fails.
func encodeError(t *testing.T) error {
	t.Helper()

	_, err := pgtype.NewMap().Encode(pgtype.Int4ArrayOID, pgtype.BinaryFormatCode, []string{secret}, nil)
	require.ErrorContains(t, err, secret, "the driver quotes values")

	return fmt.Errorf("failed to encode args[%d]: %w", 0, err)
}

const secret = "secret-value"

// Whatever the driver says, no value of a job is in the error, and where it came from still is.
func TestErrorsQuoteNoValues(t *testing.T) {
	t.Parallel()

	pan := "4111111111111111"

	for name, c := range map[string]struct {
		err  error
		want string
	}{
		"a value that cannot be encoded": {encodeError(t), "locking jobs: a value cannot be encoded for Postgres"},
		"a value that cannot be read": {
			pgx.ScanArgError{FieldName: "attempts", Err: errors.New("cannot scan " + secret)}, "locking jobs: a value from Postgres cannot be read",
		},
		"a value that Postgres quotes": {
			&pgconn.PgError{
				Severity: "ERROR", Code: "22P02", Message: "invalid input syntax: " + secret, Detail: secret, ColumnName: "pan_last4",
			},
			"locking jobs: ERROR: a value cannot be kept as what its column holds (SQLSTATE 22P02), column pan_last4",
		},
		"a row that Postgres quotes": {
			&pgconn.PgError{Severity: "ERROR", Code: "23514", Message: `violates check constraint "c"`, Detail: "Failing row contains " + secret},
			`locking jobs: ERROR: violates check constraint "c" (SQLSTATE 23514)`,
		},
		"a message with a PAN":     {&pgconn.PgError{Severity: "ERROR", Code: "58000", Message: "at " + pan}, "SQLSTATE 58000"},
		"a function that tells":    {&pgconn.PgError{Severity: "ERROR", Code: "P0001", Message: secret}, "a function of the database failed"},
		"nobody has seen the code": {&pgconn.PgError{Severity: "ERROR", Code: "ZZZZZ", Message: secret}, "the database failed (SQLSTATE ZZZZZ)"},
		"nobody has seen the error": {
			errors.New("odd: " + secret), "locking jobs: the database's driver failed; its message is left out",
		},
		"the connection is lost": {io.ErrUnexpectedEOF, "locking jobs: unexpected EOF"},
		"no answer in time": {
			fmt.Errorf("%s: %w", secret, context.DeadlineExceeded), "the database did not answer in time: context deadline exceeded",
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			err := fmt.Errorf("beginning: %w", explain(doing("locking jobs", c.err)))
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), secret)
			require.NotContains(t, err.Error(), pan)
			require.ErrorIs(t, err, c.err, "what it was can still be asked")
		})
	}
}
