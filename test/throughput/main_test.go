package throughput_test

import (
	"os"
	"testing"

	"enroll.example/clicktopay/test/process"
)

func TestMain(m *testing.M) {
	if code, ok := process.Main(map[string]process.Role{process.NodeRole: process.RunNode}); ok {
		os.Exit(code)
	}

	os.Exit(m.Run())
}
