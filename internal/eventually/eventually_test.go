package eventually_test

import (
	"fmt"
	"runtime"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
)

// failing is a test that notes how it failed.
type failing struct{ said string }

func (*failing) Helper() {}

func (f *failing) Fatalf(format string, args ...any) {
	f.said = fmt.Sprintf(format, args...)
	runtime.Goexit()
}

func TestTrue(t *testing.T) {
	t.Parallel()

	asked := 0
	eventually.True(t, func() bool { asked++; return asked == 3 }, time.Minute, time.Nanosecond)
	require.Equal(t, 3, asked)
}

func TestTrueFails(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		condition func(*failing) bool
		within    time.Duration
		want      string
	}{
		"when its time is over":            {func(*failing) bool { return false }, time.Nanosecond, "not true within 1ns: waiting for 3 jobs"},
		"at once when its condition fails": {func(f *failing) bool { f.Fatalf("no server"); return false }, time.Hour, "no server"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			test, ended := &failing{}, make(chan struct{})

			go func() {
				defer close(ended)

				eventually.True(test, func() bool { return c.condition(test) }, c.within, time.Nanosecond, "waiting for %d jobs", 3)
			}()

			<-ended
			require.Equal(t, c.want, test.said)
		})
	}
}
