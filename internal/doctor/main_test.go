package doctor_test

import (
	"os"
	"testing"

	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }
