package throughput_test

import (
	"fmt"
	"os"
	"testing"
)

func TestMain(m *testing.M) {
	config, ok := os.LookupEnv(nodeVariable)
	if !ok {
		os.Exit(m.Run())
	}

	if err := runNode([]byte(config)); err != nil {
		_, _ = fmt.Fprintln(os.Stderr, "throughput:", err)

		os.Exit(1)
	}
}
