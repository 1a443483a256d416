package store_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

func TestRetryable(t *testing.T) {
	t.Parallel()

	postgres := func(code string) error { return fmt.Errorf("writing: %w", &pgconn.PgError{Code: code}) }

	for name, c := range map[string]struct {
		err  error
		want bool
	}{
		"no error":                         {nil, false},
		"the connection is lost":           {io.ErrUnexpectedEOF, true},
		"the caller has gone":              {context.Canceled, true},
		"the flush took too long":          {context.DeadlineExceeded, true},
		"the row is locked":                {store.ErrLocked, true},
		"the store is closed":              {store.ErrClosed, true},
		"the server shuts down":            {postgres("57P01"), true},
		"the server is full":               {postgres("53100"), true},
		"a standby took over":              {postgres("25006"), true},
		"a deadlock":                       {postgres("40P01"), true},
		"the schema changed underneath":    {postgres("42703"), true},
		"nobody has seen it before":        {errors.New("odd"), true},
		"a check is violated":              {postgres("23514"), false},
		"a byte that text cannot hold":     {postgres("22021"), false},
		"an entry too big for its index":   {postgres("54000"), false},
		"values that the database refused": {store.ErrRefused, false},
		"values that cannot be":            {store.ErrRequest, false},
		"an attempt that never began":      {store.ErrNotBegun, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, store.Retryable(c.err))

			if c.err != nil {
				require.Equal(t, c.want, store.Retryable(fmt.Errorf("finishing: %w", c.err)))
			}
		})
	}
}
