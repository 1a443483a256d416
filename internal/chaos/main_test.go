package chaos_test

import (
	"os"
	"testing"

	"enroll.example/clicktopay/internal/chaos"
)

func TestMain(m *testing.M) {
	if code, ok := chaos.Child(); ok {
		os.Exit(code)
	}

	os.Exit(m.Run())
}
