package bulk_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/trailer"
)

// endingOptions ask for an ending, and for a trailer record where a form is given.
func endingOptions(t *testing.T, form string, ending check.Ending) bulk.Options {
	t.Helper()

	o := options(t)
	o.Ending = ending

	if form != "" {
		o.Input.Trailer = trailerForm(t, form)
	}

	return o
}

func trailerForm(t *testing.T, pattern string) *trailer.Form {
	t.Helper()

	form, err := trailer.Parse(pattern)
	require.NoError(t, err)

	return form
}

// rows are good ones, the last without its end.
func rows(n int) string {
	lines := []string{header}
	for i := range n {
		lines = append(lines, strings.Replace(row, "ana", fmt.Sprintf("p%d", i+1), 1))
	}

	return strings.Join(lines, "\n")
}

// What is asked of a file's end is seen to before anything is sent, however the file comes.
func TestFilesWithAnotherEndThanAskedFor(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text   string
		form   string
		ending check.Ending
		want   string
	}{
		"a last row that was cut": {
			rows(4)[:len(rows(4))-1], "", check.Ending{Strict: true},
			":5: the last line has no end, as in a file that was cut: get the file again, whole, or leave --strict-end out",
		},
		"a last row that was cut before its last column": {rows(4)[:len(rows(4))-20], "", check.Ending{Strict: true}, ":5: the last line has no end"},
		"too few rows":  {rows(4) + "\n", "", check.Ending{Rows: 5}, ": has 4 rows, and 5 are expected: get the file again, whole, or correct --expect-rows"},
		"too many rows": {rows(4) + "\n", "", check.Ending{Rows: 3}, ": has 4 rows, and 3 are expected"},
		"a single row":  {rows(1) + "\n", "", check.Ending{Rows: 3}, ": has 1 row, and 3 are expected"},
		"fewer rows than the trailer says": {
			rows(4) + "\nT;5\n", "T;{rows}", check.Ending{}, ":6: the trailer record says that there are 5 rows, and there are 4",
		},
		"no trailer":                  {rows(4) + "\n", "T;{rows}", check.Ending{}, "the last line is no trailer record of the form T;{rows}"},
		"a trailer that was cut":      {rows(12) + "\nT;1", "T;{rows}", check.Ending{}, "says that there are 1 row, and there are 12"},
		"a trailer in the middle":     {rows(4) + "\nT;4\n" + row + "\n", "T;{rows}", check.Ending{}, "the last line is no trailer record"},
		"a trailer that counts more":  {rows(4) + "\nT;5\n", "T;{rows+2}", check.Ending{}, "says that there are 3 rows, and there are 4"},
		"a trailer without its end":   {rows(4) + "\nT;4", "T;{rows}", check.Ending{Strict: true}, ":6: the last line has no end"},
		"a trailer and other numbers": {rows(4) + "\nT;4\n", "T;{rows}", check.Ending{Rows: 5}, "has 4 rows, and 5 are expected"},
	} {
		for how, made := range map[string]func() cardfile.Source{
			"as it is":        func() cardfile.Source { return source(c.text) },
			"with gzip":       func() cardfile.Source { return source(gzipped(t, c.text)) },
			"with zstd":       func() cardfile.Source { return source(zstandard(t, c.text)) },
			"from a pipe":     func() cardfile.Source { return pipe(c.text) },
			"zstd, in a pipe": func() cardfile.Source { return pipe(zstandard(t, c.text)) },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()

				o := endingOptions(t, c.form, c.ending)
				queue := &fakeQueue{}

				var fault *cardfile.FileError

				_, err := bulk.Submit(t.Context(), made(), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
				require.ErrorAs(t, err, &fault)
				require.ErrorContains(t, err, c.want)
				require.Empty(t, queue.jobs)

				_, err = bulk.Check(t.Context(), made(), o)
				require.ErrorAs(t, err, &fault)
				require.ErrorContains(t, err, c.want, "of a dry run")
				require.NoFileExists(t, o.RejectsPath)
				require.NoFileExists(t, o.RejectsPath+".checking")
			})
		}
	}
}

func TestFilesWithTheEndThatIsAskedFor(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text   string
		form   string
		ending check.Ending
	}{
		"a last line with its end":              {rows(4) + "\n", "", check.Ending{Strict: true, Rows: 4}},
		"CRLF":                                  {strings.ReplaceAll(rows(4)+"\n", "\n", "\r\n"), "", check.Ending{Strict: true, Rows: 4}},
		"blank lines behind it":                 {rows(4) + "\n\n\r\n", "", check.Ending{Strict: true, Rows: 4}},
		"a trailer":                             {rows(4) + "\nT;0004\n", "T;{rows}", check.Ending{Strict: true, Rows: 4}},
		"a trailer that counts the header":      {rows(4) + "\nTRL,5,20261126\n", "TRL,{rows+1},*", check.Ending{}},
		"a trailer of which the begin is known": {rows(4) + "\n9900004\n\n", "99", check.Ending{}},
		"a trailer of JSON Lines": {
			objects(rows(4)) + `{"records": 4}` + "\n", `{"records": {rows}}`, check.Ending{Strict: true},
		},
		"a trailer without its end": {rows(4) + "\nT;4", "T;{rows}", check.Ending{}},
	} {
		for how, made := range map[string]func() cardfile.Source{
			"as it is": func() cardfile.Source { return source(c.text) }, "gzip, in a pipe": func() cardfile.Source { return pipe(gzipped(t, c.text)) },
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()

				o := endingOptions(t, c.form, c.ending)
				queue := &fakeQueue{}

				var found check.Findings
				o.OnChecked = func(f check.Findings) { found = f }

				summary, err := bulk.Submit(t.Context(), made(), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
				require.NoError(t, err)
				require.EqualValues(t, 4, found.Rows, "all of it was looked at before")
				require.Empty(t, found.Warnings)
				require.EqualValues(t, 4, summary.Published)
				require.Zero(t, summary.Rejected)
			})
		}
	}
}

func TestALastLineWithoutItsEndIsAWarning(t *testing.T) {
	t.Parallel()

	for name, text := range map[string]string{
		"a good row": rows(4), "a row that is faulty now": rows(4)[:len(rows(4))-20], "JSON Lines": strings.TrimRight(objects(rows(4)), "\n"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			found, err := bulk.Check(t.Context(), source(text), options(t))
			require.NoError(t, err)
			requireUnended(t, found.Warnings)

			to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}
			o := options(t)
			o.OnChecked = func(f check.Findings) { found = f }
			_, err = bulk.Submit(t.Context(), source(gzipped(t, text)), to, o)
			require.NoError(t, err)
			requireUnended(t, found.Warnings)

			summary, err := bulk.Submit(t.Context(), pipe(text), to, options(t))
			require.NoError(t, err)
			requireUnended(t, summary.Warnings)
		})
	}
}

func requireUnended(t *testing.T, warnings []check.Warning) {
	t.Helper()
	require.Len(t, warnings, 1)
	require.Equal(t, check.WarnUnended, warnings[0].Code)
	require.EqualValues(t, 5, warnings[0].Line)
	require.EqualValues(t, 1, warnings[0].Rows)
}

// A packed file that was cut anywhere is refused, without being asked to.
func TestAPackedFileThatWasCutIsRefused(t *testing.T) {
	t.Parallel()

	for name, whole := range map[string]string{"gzip": gzipped(t, rows(4)+"\n"), "zstd": zstandard(t, rows(4)+"\n")} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for length := 4; length < len(whole); length++ {
				_, err := bulk.Check(t.Context(), source(whole[:length]), options(t))
				require.ErrorContains(t, err, "ends in the middle of what is compressed", "%d of %d bytes", length, len(whole))
			}
		})
	}
}

// A trailer is passed over too where a run goes on behind the middle of its file.
func TestAFileWithATrailerIsGoneOnWith(t *testing.T) {
	t.Parallel()

	path := write(t, cards(brokenRows)+"T;400\n")
	o := options(t)
	o.Input.Trailer = trailerForm(t, "T;{rows}")
	o.BatchSize, o.InFlight = 10, 1
	o.StatePath = filepath.Join(t.TempDir(), "state.json")

	ctx, stop := context.WithCancel(t.Context())
	defer stop()

	queue := &fakeQueue{}
	to := bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &hookQueue{Queue: queue, at: 20, before: stop}}

	_, err := submitFile(ctx, path, to, o)
	require.Error(t, err)

	to.Queue = queue
	second, err := submitFile(t.Context(), path, to, o)
	require.NoError(t, err)
	require.EqualValues(t, 200, second.ResumedAfter)
	require.EqualValues(t, brokenRows, second.RowsRead)
	require.Len(t, queue.jobs, brokenRows*9/10)
}

func TestWhatIsReadOnceAndTooLongToBeHeldIsRefused(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.Ending.Strict = true
	queue := &fakeQueue{}

	_, err := bulk.Submit(t.Context(), pipe(strings.Repeat("\n", 64<<20)+rows(4)+"\n"),
		bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
	require.ErrorContains(t, err, "stdin: is larger than 64 MiB and can be read only once")
	require.Empty(t, queue.jobs)
}
