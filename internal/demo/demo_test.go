package demo_test

import (
	"bytes"
	"context"
	"encoding/csv"
	"io"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/sample"
	"enroll.example/clicktopay/internal/demo"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

const patience = 3 * time.Minute

// The main job from end to end, as a user sees it, and then a search for card
// numbers over everything that it wrote.
func TestTheSampleBecomesOutcomes(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(t.TempDir(), "demo")
	ctx, stop := context.WithCancel(t.Context())
	out := newTranscript()
	ended := make(chan error, 1)

	go func() {
		ended <- demo.Run(ctx, demo.Options{Dir: dir, Keep: true, Out: out, Now: time.Now})
	}()

	text := out.until(t, "b2\n", ended)
	rows := sampleRows(t)
	require.Contains(t, text, "of "+strconv.Itoa(len(rows))+" rows")
	require.Regexp(t, `(?m)^ *[0-9]+  enrolled$`, text, "no blanks at its end")
	requireSettings(t, text)

	address := regexp.MustCompile(`psql '(.*)'`).FindStringSubmatch(text)
	require.Len(t, address, 2, text)
	requireFinal(t, address[1], text, len(rows))
	requirePushed(t, text)

	stop()
	require.NoError(t, <-ended)

	_, err := pgx.Connect(t.Context(), address[1])
	require.Error(t, err, "the database is stopped")
	requireNoCards(t, dir, rows)
	// The number of the test's own folder may pass for one.
	require.False(t, pan.Contains(strings.ReplaceAll(text, dir, "")), "the summary shows a card number: %s", text)
}

// A run that is interrupted says so and leaves nothing running, and the next one starts anew.
func TestInterruptedAndStartedAnew(t *testing.T) {
	t.Parallel()

	dir := filepath.Join(t.TempDir(), "demo")
	file := filepath.Join(t.TempDir(), "cards.csv")
	require.NoError(t, os.WriteFile(file, []byte("pan,exp_month,exp_year,email\n5204739961000011,12,2099,a@example.com\n"), 0o600))

	ctx, stop := context.WithCancel(t.Context())
	out := newTranscript()
	ended := make(chan error, 1)

	go func() { ended <- demo.Run(ctx, demo.Options{Dir: dir, File: file, Out: out, Now: time.Now}) }()

	out.until(t, "worker ", ended)
	stop()
	require.ErrorIs(t, <-ended, demo.ErrInterrupted)

	require.NoError(t, os.WriteFile(file, []byte("pan,exp_month,exp_year,email\n5204731600014784,12,2099,a@example.com\n"), 0o600))

	var text bytes.Buffer
	require.NoError(t, demo.Run(t.Context(), demo.Options{
		Dir: dir, File: file, Auth: mastercard.OAuth2, Out: &text, Now: time.Now,
	}))
	require.Regexp(t, `(?m)^ *1 +enrolled`, text.String(), "authorized by OAuth 2.0")
	require.Contains(t, text.String(), "of 1 rows")
}

// requireSettings requires that a worker finds all that the demo has started by the settings that it prints.
func requireSettings(t *testing.T, text string) {
	t.Helper()

	printed := map[string]string{}
	for _, line := range regexp.MustCompile(`(?m)^  export (ENROLL_[A-Z_]+)=(.*)$`).FindAllStringSubmatch(text, -1) {
		require.NotContains(t, printed, line[1], "it is printed once")
		printed[line[1]] = strings.Trim(line[2], "'")
	}

	require.ElementsMatch(t, []string{
		"ENROLL_NATS_URL", "ENROLL_DATABASE_URL", "ENROLL_MASTERCARD_URL", "ENROLL_CONSUMER_KEY_FILE", "ENROLL_SIGNING_KEY_FILE",
		"ENROLL_ENCRYPTION_KEY_FILE", "ENROLL_PROGRAMS_FILE", "ENROLL_INTAKE_KEY_FILES", "ENROLL_INTAKE_KEY_FILE",
		"ENROLL_HMAC_KEY_FILES",
	}, slices.Collect(maps.Keys(printed)))
	require.Contains(t, text, "  sandbox   "+printed["ENROLL_MASTERCARD_URL"]+"\n", "this demo's own")

	for name, value := range printed {
		if strings.Contains(name, "_FILE") {
			require.FileExists(t, value, name)
		}
	}
}

// requireFinal compares what the summary says with what the database says.
func requireFinal(t *testing.T, database, text string, rows int) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	var total, open, enrolled, repeated int

	err = conn.QueryRow(t.Context(), `SELECT count(*),
		count(*) FILTER (WHERE status IN ('in_progress', 'retrying', 'pending', 'in_doubt')),
		count(*) FILTER (WHERE status = 'enrolled'),
		count(*) FILTER (WHERE status = 'enrolled' AND attempts > 1)
		FROM enrollments`).Scan(&total, &open, &enrolled, &repeated)
	require.NoError(t, err)
	require.Zero(t, open)
	require.Positive(t, repeated, "some took more than one attempt")

	var rejected int
	require.NoError(t, conn.QueryRow(t.Context(), `SELECT rows_rejected FROM batch_progress WHERE batch_id = 'demo'`).Scan(&rejected))
	require.Positive(t, rejected)
	require.Equal(t, rows, total+rejected, "every row is accounted for")
	require.Contains(t, text, "enrolled "+strconv.Itoa(enrolled)+" cards", "the sandbox's own count is the same")
}

// requireNoCards reads everything below dir and looks for the file's card numbers and for any other.
func requireNoCards(t *testing.T, dir string, rows []string) {
	t.Helper()

	files, size := 0, 0
	sixteen := regexp.MustCompile(`\b[25][0-9]{3}([ -]?[0-9]{4}){3}\b`)
	root := os.DirFS(dir)
	err := fs.WalkDir(root, ".", func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return err
		}

		content, err := fs.ReadFile(root, path)
		if err != nil {
			return err
		}

		files++
		size += len(content)

		for _, number := range rows {
			require.False(t, bytes.Contains(content, []byte(number)), "%s holds a card number of the file", path)
		}

		// Files of a database hold all kinds of bytes, in which digits are near each other by chance.
		for _, digits := range sixteen.FindAll(content, -1) {
			require.False(t, pan.LooksLikeCard(string(digits)), "%s holds a card number", path)
		}

		return nil
	})
	require.NoError(t, err)
	require.Greater(t, files, 100, "the database's files are among them")
	t.Logf("searched %d files, %d bytes", files, size)
}

func sampleRows(t *testing.T) []string {
	t.Helper()

	source := sample.Source()
	text, err := io.ReadAll(source)
	require.NoError(t, err)
	records, err := csv.NewReader(bytes.NewReader(text)).ReadAll()
	require.NoError(t, err)

	column := -1
	for i, name := range records[0] {
		if name == "pan" {
			column = i
		}
	}

	require.GreaterOrEqual(t, column, 0)

	var numbers []string
	for _, record := range records[1:] {
		numbers = append(numbers, record[column])
	}

	return numbers
}

// transcript is what the demo has printed so far.
type transcript struct {
	mu    sync.Mutex
	text  strings.Builder
	grown chan struct{}
}

func newTranscript() *transcript { return &transcript{grown: make(chan struct{}, 1)} }

func (tr *transcript) Write(p []byte) (int, error) {
	tr.mu.Lock()
	defer tr.mu.Unlock()

	select {
	case tr.grown <- struct{}{}:
	default:
	}

	return tr.text.Write(p)
}

func (tr *transcript) String() string {
	tr.mu.Lock()
	defer tr.mu.Unlock()

	return tr.text.String()
}

// until waits until the demo has printed a text, and returns all that it has printed.
func (tr *transcript) until(t *testing.T, text string, ended chan error) string {
	t.Helper()

	deadline := time.After(patience)

	for !strings.Contains(tr.String(), text) {
		select {
		case <-tr.grown:
		case err := <-ended:
			t.Fatalf("ended with %v:\n%s", err, tr)
		case <-deadline:
			t.Fatalf("waiting for %q in:\n%s", text, tr)
		}
	}

	return tr.String()
}
