package chaos_test

import (
	"os"
	"testing"

	"enroll.example/clicktopay/test/chaos"
)

func TestMain(m *testing.M) {
	if code, ok := chaos.Child(); ok {
		os.Exit(code)
	}

	os.Exit(m.Run())
}
