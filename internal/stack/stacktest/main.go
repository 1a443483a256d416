// Package stacktest gives tests real servers: a Postgres for each test binary, with a database of its own for every test that
// asks, and a NATS server for every test that asks.
//
// A package whose tests want databases has
//
//	func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }
//
// Where there is no Postgres the tests fail; they are never skipped, or a run that tested nothing would look like success.
package stacktest

import (
	"context"
	"fmt"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// DatabaseSetting names a running server to use instead of starting one. Its user must be allowed to create databases.
const DatabaseSetting = "ENROLL_DATABASE_URL"

const stopTimeout = 30 * time.Second

// current is the test binary's Postgres. Main sets it; test functions, which nobody can hand it to, find it here.
var current atomic.Pointer[postgres] //nolint:gochecknoglobals // testing offers no other way from TestMain to a test

// Main runs the tests of a package and returns the exit code for os.Exit. Postgres starts when the first test asks for a
// database, so that a run that asks for none does not wait for it, and is stopped and removed at the end. A test
// binary that is killed takes its Postgres with it (on Linux).
func Main(m *testing.M) int {
	pg := newPostgres(os.Getenv(DatabaseSetting))
	current.Store(pg)

	code := m.Run()

	ctx, cancel := context.WithTimeout(context.Background(), stopTimeout)
	defer cancel()

	if err := pg.stop(ctx); err != nil {
		fmt.Fprintln(os.Stderr, "stacktest:", err)

		if code == 0 {
			code = 1
		}
	}

	return code
}
