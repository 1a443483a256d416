package chaos_test

import (
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/test/chaos"
)

func TestTheSameSeedGivesTheSameScript(t *testing.T) {
	t.Parallel()

	script := chaos.Script(7, 500)
	require.Equal(t, script, chaos.Script(7, 500))
	require.Equal(t, script[:100], chaos.Script(7, 100), "a longer script begins like a shorter one")
	require.NotEqual(t, script, chaos.Script(8, 500))
}

func TestAScriptCanBeOfOneKind(t *testing.T) {
	t.Parallel()

	for _, f := range chaos.Script(1, 100, chaos.KindNode) {
		require.Equal(t, chaos.KindNode, f.Kind)
	}
}

func TestWhatCannotBeRun(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		spoil func(o *chaos.Options)
		want  string
	}{
		"a kind that there is not": {func(o *chaos.Options) { o.Only = []chaos.Kind{"flood"} }, `there is no fault "flood"`},
		"no faults":                {func(o *chaos.Options) { o.Faults = 0 }, "a fault at least"},
		"more jobs than cards":     {func(o *chaos.Options) { o.Jobs = 100_000 }, "1 to 49999 jobs"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			options := chaos.Options{Faults: 1, Jobs: 1, Dir: t.TempDir(), Bin: t.TempDir()}
			c.spoil(&options)

			_, err := chaos.Run(t.Context(), options)
			require.ErrorContains(t, err, c.want)
		})
	}
}

func TestALongScriptHasEveryKindOfFault(t *testing.T) {
	t.Parallel()

	kinds := map[chaos.Kind]int{}
	steps := map[enroll.Step]int{}
	links := map[chaos.Link]int{}
	clocks := map[chaos.Clock]int{}

	for _, f := range chaos.Script(1, 1000) {
		kinds[f.Kind]++

		switch f.Kind {
		case chaos.KindCrash:
			steps[f.Step]++
		case chaos.KindStall, chaos.KindReset:
			links[f.Link]++
		case chaos.KindClock:
			clocks[f.Clock]++
			require.GreaterOrEqual(t, f.Jump.Abs(), time.Second)
			require.Less(t, f.Jump.Abs(), 3*time.Hour)
		default:
		}

		require.Positive(t, f.For)
		require.NotContains(t, f.String(), "%!")
	}

	require.Len(t, kinds, 15)
	require.Len(t, steps, 6)
	require.Len(t, links, 3)
	require.Len(t, clocks, 3)
}
