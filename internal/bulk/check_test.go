package bulk_test

import (
	"context"
	"crypto/sha256"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk"
	"enroll.example/clicktopay/internal/bulk/cardfile"
	"enroll.example/clicktopay/internal/bulk/check"
	"enroll.example/clicktopay/internal/bulk/columns"
)

func TestCheckFindsEverythingAndSendsNothing(t *testing.T) {
	t.Parallel()

	const (
		rows   = 2000
		visa   = "4111111111111111,12,2029,visa@example.com,999,5555550100\n"
		diners = "36148900647913,12,2029,diners@example.com,,\n"
	)

	text := strings.ReplaceAll(cards(rows), ".com\n", ".com,,\n")
	text = strings.Replace(text, header, header+",phone_country,phone_number", 1) + visa + diners + visa
	sum := sha256.Sum256([]byte(text))

	var last bulk.Progress

	o := bulk.Options{
		Now: tickingClock(), RejectsPath: filepath.Join(t.TempDir(), "rejects.csv"),
		OnCheck: func(p bulk.Progress) { last = p },
	}

	found, err := bulk.Check(t.Context(), source(text), o)
	require.NoError(t, err)

	// Not with the others: what is unexported is not for comparing.
	require.EqualValues(t, rows+3, found.Rows)
	require.EqualValues(t, rows/10+2, found.Rejected)
	require.Equal(t, map[string]int64{"INVALID_PAN": rows / 10, "INVALID_FIELD": 1, "DUPLICATE": 1}, found.ByCode)
	require.Equal(t, []check.Warning{
		{Code: check.WarnOtherNetwork, Rows: 1, Line: rows + 2, Lines: []int64{rows + 2}, Text: "the card number is not in a known range of Mastercard or Maestro"},
		{Code: check.WarnCallingCode, Rows: 1, Line: rows + 2, Lines: []int64{rows + 2}, Text: "the calling code is none that is assigned"},
	}, found.Warnings)
	require.Equal(t, sum[:], found.SourceSHA256)
	require.Equal(t, o.RejectsPath, found.RejectsPath)
	require.Empty(t, found.Notes)
	require.Positive(t, found.Elapsed)

	require.EqualValues(t, rows+3, last.Rows)
	require.EqualValues(t, len(text), last.Bytes)

	rejects := rejected(t, o.RejectsPath)
	require.Len(t, rejects, rows/10+2)
	require.Equal(t, "DUPLICATE", rejects[rows/10+1]["reject_code"])
	require.Equal(t, "has the card and the consumer of line 2002", rejects[rows/10+1]["reject_reason"])
	require.Equal(t, "2004", rejects[rows/10+1]["reject_line"])
}

func TestCheckOfAGoodFileLeavesNoRejects(t *testing.T) {
	t.Parallel()

	o := options(t)
	o.Program, o.Batch = "", "" // neither is needed

	_, err := bulk.Check(t.Context(), source(header+"\n"+strings.Replace(row, "12", "13", 1)), o)
	require.NoError(t, err)
	require.FileExists(t, o.RejectsPath)

	found, err := bulk.Check(t.Context(), source(header+"\n"+row), o)
	require.NoError(t, err)
	require.Zero(t, found.Rejected)
	require.Empty(t, found.RejectsPath)
	require.NoFileExists(t, o.RejectsPath, "that of an earlier run")
}

// Rows are the same when they ask for the same: the first that is good goes, whatever comes after.
func TestDuplicates(t *testing.T) {
	t.Parallel()

	const headerLine = header + ",external_consumer_id,phone_country,phone_number,first_name\n"

	base := []string{testPAN, "12", "2029", "ana@example.com", "c-1", "1", "5555550100", "Ana"}
	with := func(at int, value string) string {
		cells := append([]string(nil), base...)
		cells[at] = value

		return strings.Join(cells, ",") + "\n"
	}
	first := with(0, testPAN)

	for name, c := range map[string]struct {
		text      string
		duplicate bool
	}{
		"the same row":                   {first + first, true},
		"another name":                   {first + with(7, "Anna"), true},
		"another expiry":                 {first + with(2, "2030"), true},
		"the address in capitals":        {first + with(3, "ANA@EXAMPLE.COM"), true},
		"another card":                   {first + with(0, otherPAN), false},
		"another address":                {first + with(3, "eva@example.com"), false},
		"another consumer":               {first + with(4, "c-2"), false},
		"another phone":                  {first + with(6, "5555550101"), false},
		"a row that was rejected before": {with(1, "13") + first, false},
	} {
		for how, of := range map[string]func(string) cardfile.Source{"a file": source, "a pipe": pipe} {
			t.Run(name+" in "+how, func(t *testing.T) {
				t.Parallel()

				want := map[bool]int64{true: 1}[c.duplicate]

				found, err := bulk.Check(t.Context(), of(headerLine+c.text), options(t))
				require.NoError(t, err)
				require.Equal(t, want, found.ByCode[columns.CodeDuplicate])

				queue := &fakeQueue{}
				summary, err := bulk.Submit(t.Context(), of(headerLine+c.text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, options(t))
				require.NoError(t, err)
				require.Equal(t, found.ByCode, summary.ByCode)
				require.Equal(t, found.Rows-found.Rejected, summary.Published)

				if c.duplicate {
					require.Contains(t, queue.jobs, "june.1", "the first one goes")
				}
			})
		}
	}
}

func TestWhatIsReadOnceIsCheckedOnItsWay(t *testing.T) {
	t.Parallel()

	text := cards(1000) + "4111111111111111,12,2029,ana@example.com\n"
	queue := &fakeQueue{}

	summary, err := bulk.Submit(t.Context(), pipe(text+row+"\n"+row+"\n"), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, options(t))
	require.NoError(t, err)
	require.Equal(t, map[string]int64{"INVALID_PAN": 100, "DUPLICATE": 1}, summary.ByCode)
	require.Len(t, summary.Warnings, 1)
	require.Equal(t, check.WarnOtherNetwork, summary.Warnings[0].Code)
	require.EqualValues(t, 1002, summary.Warnings[0].Line)
	require.Len(t, queue.jobs, 902)
	require.Empty(t, summary.Notes)

	sum := sha256.Sum256([]byte(text + row + "\n" + row + "\n"))
	require.Equal(t, sum[:], summary.SourceSHA256)
}

// In what is read once, a fault of the whole is found when some has been sent: then it is no FileError, which says that nothing was.
func TestAFaultThatIsFoundTooLate(t *testing.T) {
	t.Parallel()

	object := `{"pan":"` + testPAN + `","exp_month":12,"exp_year":2029,"email":"ana@example.com"}` + "\n"
	text := object + `{"pan":"` + testPAN + `","cvv":"123"}` + "\n"
	o := options(t)
	o.BatchSize = 1

	summary, err := bulk.Submit(t.Context(), pipe(text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: &fakeQueue{}}, o)
	require.ErrorContains(t, err, `stdin:2: a member, "cvv", is the card's security code`)

	_, is := errors.AsType[*cardfile.FileError](err)
	require.False(t, is)
	require.LessOrEqual(t, summary.Published, int64(1))
}

func TestAFileOfWhichMostIsWrongIsNotSent(t *testing.T) {
	t.Parallel()

	bad := strings.Replace(row, "12", "13", 1) + "\n"
	text := header + "\n" + row + "\n" + bad + bad + row + "\n"

	for name, c := range map[string]struct {
		good float64
		sent bool
	}{
		"no limit": {0, true}, "as many as are good": {25, true}, "more than are good": {25.1, false}, "all": {100, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			o.MinGood = c.good
			queue, told := &fakeQueue{}, 0
			o.OnChecked = func(found check.Findings) {
				told++

				require.EqualValues(t, 3, found.Rejected)
				require.Equal(t, map[string]int64{"INVALID_FIELD": 2, "DUPLICATE": 1}, found.ByCode)
			}

			_, err := bulk.Submit(t.Context(), source(text), bulk.Destination{Sealer: newIntakeKey(t).sealer, Queue: queue}, o)
			require.Len(t, rejected(t, o.RejectsPath), 3, "in either case")

			if c.sent {
				require.NoError(t, err)
				require.Len(t, queue.jobs, 1)
				require.Equal(t, 1, told)

				return
			}

			require.EqualError(t, err, "cards.csv: 3 of 4 rows are rejected, more than are allowed; the rows and reasons: "+o.RejectsPath)
			require.Empty(t, queue.jobs)
			require.Zero(t, told)
		})
	}
}

func TestCheckThatCannotFinishLeavesNothing(t *testing.T) {
	t.Parallel()

	bad := header + "\n" + strings.Repeat(strings.Replace(row, "12", "13", 1)+"\n", 5000)
	fire := errors.New("disk on fire")
	ctx, interrupt := context.WithCancel(t.Context())

	for name, c := range map[string]struct {
		ctx    context.Context //nolint:containedctx // of one case each
		source cardfile.Source
		change func(*bulk.Options)
		want   error
	}{
		"a source that breaks off": {
			t.Context(), cardfile.Source{Reader: io.MultiReader(strings.NewReader(bad), iotest.ErrReader(fire)), Name: "cards.csv"}, func(*bulk.Options) {}, fire,
		},
		"an interruption": {
			ctx, cardfile.Source{Reader: io.MultiReader(strings.NewReader(bad), blockedReader{ctx}), Name: "cards.csv"},
			func(o *bulk.Options) { o.OnCheck = func(bulk.Progress) { interrupt() } }, context.Canceled,
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			o := options(t)
			c.change(&o)

			found, err := bulk.Check(c.ctx, c.source, o)
			require.ErrorIs(t, err, c.want)
			require.Empty(t, found.ByCode)

			left, err := os.ReadDir(filepath.Dir(o.RejectsPath))
			require.NoError(t, err)
			require.Empty(t, left)
		})
	}
}

// blockedReader is a source that has nothing until its context ends.
type blockedReader struct{ ctx context.Context } //nolint:containedctx // io.Reader has no parameter for it

func (b blockedReader) Read([]byte) (int, error) {
	<-b.ctx.Done()
	return 0, b.ctx.Err()
}
