package console_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
)

// A search that takes too long says so, and nobody is told that Postgres is away.
func TestASearchThatTakesTooLongSaysWhatToDo(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.rejected("one")
	r.serve(func(o *console.Options) {
		o.Open = r.opening()
		*o = o.WithSearchTimeout(time.Nanosecond)
	})

	page := r.as("bob").becomes("/jobs?program=demo&code=ISSUER_DECLINED", "The search took too long")
	require.Contains(t, page, "choose a program, a status or a shorter time.")
	require.NotContains(t, page, "does not answer</strong>")
}
