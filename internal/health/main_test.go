package health_test

import (
	"fmt"
	"os"
	"sync"
	"testing"
	"time"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestMain(m *testing.M) {
	code := stacktest.Main(m)

	if err := os.RemoveAll(string(keys())); err != nil {
		fmt.Fprintln(os.Stderr, err)

		code = 1
	}

	os.Exit(code)
}

// keys are made once: RSA keys take a while.
//
//nolint:gochecknoglobals // shared by all tests, never changed
var keys = sync.OnceValue(func() devkeys.Dir {
	dir, err := os.MkdirTemp("", "enroll-test-health-*")
	if err != nil {
		panic(err)
	}

	if _, err := devkeys.Dir(dir).Make(sandbox.KeyID(time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC))); err != nil {
		panic(err)
	}

	return devkeys.Dir(dir)
})
