package bulk_test

import (
	"os"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
)

// A check foretells what other runs make of the file; the run itself says the same then.
func TestACheckForetellsWhatOtherRunsWouldRefuse(t *testing.T) {
	t.Parallel()

	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}, Registry: newStore(t)}
	_, err := submitFile(t.Context(), write(t, cards(5)), to, options(t))
	require.NoError(t, err)

	for name, c := range map[string]struct {
		rows   int
		change func(*bulk.Options)
		want   string
	}{
		"the same command":           {5, func(*bulk.Options) {}, ""},
		"another file":               {6, func(o *bulk.Options) { o.Batch = "other-file" }, ""},
		"the content under a name":   {5, func(o *bulk.Options) { o.Batch = "july" }, "the same content was sent before, as batch june"},
		"and again":                  {5, func(o *bulk.Options) { o.Batch, o.Again = "again", true }, ""},
		"the batch of another file":  {7, func(*bulk.Options) {}, "with other content (5 rows)"},
		"the batch of other program": {5, func(o *bulk.Options) { o.Program = "gold" }, "batch june is of program demo"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			c.change(&o)

			path := write(t, cards(c.rows))
			source, file, err := cardfile.Open(path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, file.Close()) })

			found, err := bulk.Check(t.Context(), source, o)
			require.NoError(t, err)

			foretold := bulk.FindConflict(t.Context(), to.Registry, source, o, found)
			own := to
			own.Queue = &fakeQueue{}
			_, refused := submitFile(t.Context(), path, own, o)

			if c.want == "" {
				require.NoError(t, foretold)
				require.NoError(t, refused)

				return
			}

			require.ErrorContains(t, foretold, c.want)
			require.ErrorContains(t, refused, c.want)
		})
	}
}

// A file that is half sent goes on under its names and with its content only: the check knows its checkpoint.
func TestACheckForetellsWhatTheCheckpointWouldRefuse(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		change func(t *testing.T, b *interruptedRun)
		want   string
	}{
		"the same command":   {func(*testing.T, *interruptedRun) {}, ""},
		"no run is named":    {func(_ *testing.T, b *interruptedRun) { b.o.Program = "" }, ""},
		"another batch":      {func(_ *testing.T, b *interruptedRun) { b.o.Batch = "july" }, "was begun as batch june of program demo"},
		"another meaning":    {func(_ *testing.T, b *interruptedRun) { b.o.Input.Mapping.Null = []string{"-"} }, "with other settings for what its rows mean"},
		"begun anew":         {func(_ *testing.T, b *interruptedRun) { b.o.Batch, b.o.Restart = "july", true }, ""},
		"another content":    {func(t *testing.T, b *interruptedRun) { t.Helper(); require.NoError(t, overwrite(b.path, -3, "X")) }, "was changed since"},
		"a file that is cut": {func(t *testing.T, b *interruptedRun) { t.Helper(); require.NoError(t, os.Truncate(b.path, 2000)) }, "was changed since"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			b := interruptRun(t, cards(brokenRows))
			c.change(t, b)

			source, file, err := cardfile.Open(b.path)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, file.Close()) })

			found, err := bulk.Check(t.Context(), source, b.o)
			require.NoError(t, err)
			require.Contains(t, found.Refused, c.want)
			require.Equal(t, c.want == "", found.Refused == "")
		})
	}
}
