package chaos_test

import (
	"flag"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/test/chaos"
)

// The defaults are the short form, which runs with all tests; `make chaos` sets others.
//
//nolint:gochecknoglobals // where the flags of a test binary have to be
var (
	seed   = flag.Uint64("seed", 5485, "seed of the script of faults")
	faults = flag.Int("faults", 14, "how many faults")
	count  = flag.Int("jobs", 150, "how many jobs")
	every  = flag.Duration("every", 700*time.Millisecond, "time between faults")
	only   = flag.String("only", "", "kind of the faults, such as: worker killed; empty for all")
	keep   = flag.String("keep", "", "directory to keep the run's data and logs in")
)

func TestNothingAcceptedIsLostBurnedOrDoubled(t *testing.T) {
	t.Parallel()

	bin, err := stack.FindBinaries(t.Context(), stack.Source(os.Getenv(stack.SourceSetting)), os.Stderr)
	require.NoError(t, err)

	dir := runDir(t)
	options := chaos.Options{Seed: *seed, Faults: *faults, Jobs: *count, Every: *every, Dir: dir, Bin: bin, Out: t.Output()}
	if *only != "" {
		options.Only = []chaos.Kind{chaos.Kind(*only)}
	}

	report, err := chaos.Run(t.Context(), options)
	require.NoError(t, err, "seed %d, logs in %s", *seed, dir)

	var table strings.Builder

	require.NoError(t, report.Print(&table))
	t.Logf("\n%s", table.String())
	require.Empty(t, report.Violations, "seed %d, logs in %s", *seed, filepath.Clean(dir))
	require.Equal(t, *count, report.Cards())
}
