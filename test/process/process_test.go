package process_test

import (
	"bytes"
	"errors"
	"os"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/test/process"
)

// The roles of these tests.
const (
	obedient = "obedient" // repeats its orders, and ends when there are no more
	deaf     = "deaf"     // does not end when it is told to
	failing  = "failing"
)

func TestMain(m *testing.M) {
	code, ok := process.Main(map[string]process.Role{
		obedient: func(config []byte) error {
			if err := process.Ready(); err != nil {
				return err
			}

			for order := range process.Orders() {
				if err := process.Tell(string(config) + " " + order); err != nil {
					return err
				}
			}

			return nil
		},
		deaf: func([]byte) error {
			if err := process.Ready(); err != nil {
				return err
			}

			select {}
		},
		failing: func([]byte) error { return errors.New("it cannot start") },
	})
	if ok {
		os.Exit(code)
	}

	os.Exit(m.Run())
}

func TestAChildTakesOrdersAndStops(t *testing.T) {
	t.Parallel()

	child, err := process.Start(t.Context(), obedient, "config", os.Stderr)
	require.NoError(t, err)

	<-child.Ready
	child.Order("work")
	require.Equal(t, `"config" work`, <-child.Told)
	require.True(t, child.Stop(time.Minute))

	child.Order("of one that has ended")
	child.Kill()
}

func TestAChildThatDoesNotStopIsKilled(t *testing.T) {
	t.Parallel()

	child, err := process.Start(t.Context(), deaf, nil, os.Stderr)
	require.NoError(t, err)

	<-child.Ready
	require.False(t, child.Stop(time.Millisecond))
	<-child.Done
}

func TestAChildThatEndsAtItsStartIsReadyForNothing(t *testing.T) {
	t.Parallel()

	var log bytes.Buffer

	child, err := process.Start(t.Context(), failing, nil, &log)
	require.NoError(t, err)

	<-child.Ready
	<-child.Done
	require.Equal(t, "failing: it cannot start\n", log.String())
}
