package enroll_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"io/fs"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/test/parts"
)

// numberOnDisk is of no brand and of this test alone, as other tests write to the same Postgres.
const numberOnDisk = "9998370625184033"

// What must not be kept is in no file of the queue or of Postgres either: what is acknowledged or deleted stays in files for long.
func TestWhatMustNotBeKeptIsInNoFile(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	patterns := numberPatterns(numberOnDisk)
	send := func(id, subject, clear string, change map[string]any) {
		members := r.members(id, numberOnDisk)
		members["sealed"] = sealText(t, r.intake, clear)

		maps.Copy(members, change)

		body, err := json.Marshal(members)
		require.NoError(t, err)
		r.publishRaw(subject, body)

		_, ciphertext, _ := strings.Cut(members["sealed"].(string), ".")
		patterns[id+": its seal"] = ciphertext[len(ciphertext)/2:]
	}

	good := string(parts.Payload(numberOnDisk).Reveal())
	coded := strings.Replace(good, `"card":{`, `"card":{"cvc":"123",`, 1)
	beside := map[string]any{"external_card_id": numberOnDisk}
	elsewhere := jobs.Subject("gone")

	_, err := r.store.CancelBatch(t.Context(), "canceled", "ana@desk", "wrong file")
	require.NoError(t, err)

	// A program whose worker is away keeps the file of the queue in which all of it stands.
	_, err = jobs.Ensure(t.Context(), r.js, jobs.Topology{Programs: []string{"waits"}})
	require.NoError(t, err)
	r.publishRaw(jobs.Subject("waits"), []byte("{}"))

	send("code", jobs.Subject("demo"), coded, nil)
	send("number", jobs.Subject("demo"), good, beside)
	send("clear-code", jobs.Subject("demo"), good, map[string]any{"cvc": "123", "external_consumer_id": numberOnDisk})
	send("orphaned-code", elsewhere, coded, map[string]any{"program": "gone"})
	send("orphaned-number", elsewhere, good, map[string]any{"program": "gone", "external_card_id": numberOnDisk})
	send("canceled-code", jobs.Subject("demo"), coded, map[string]any{"batch": "canceled"})
	send("canceled-number", jobs.Subject("demo"), good, map[string]any{"batch": "canceled", "external_card_id": numberOnDisk})
	r.publishRaw(jobs.Subject("demo"), []byte("enroll "+numberOnDisk+" cvc 123"))

	stop := r.start()
	r.outcomesUntil(len(patterns) - len(numberPatterns("")) + 1)
	stop()

	require.Empty(t, r.letters())
	r.requireNowhere(numberOnDisk)
	r.requireInNoFile(patterns)
}

// numberPatterns are the ways in which a number could be in a file.
func numberPatterns(number string) map[string]string {
	grouped := func(separator string) string {
		var groups []string
		for at := 0; at+4 <= len(number); at += 4 {
			groups = append(groups, number[at:at+4])
		}

		return strings.Join(groups, separator)
	}

	encoded := base64.StdEncoding.EncodeToString([]byte(number))

	return map[string]string{
		"the number":              number,
		"the number with blanks":  grouped(" "),
		"the number with hyphens": grouped("-"),
		"the number in hex":       hex.EncodeToString([]byte(number)),
		"the number in base64":    encoded[:len(encoded)*5/6],
	}
}

// requireInNoFile looks through the files of the queue and, where they are on this machine, of Postgres.
func (r *rig) requireInNoFile(patterns map[string]string) {
	r.t.Helper()

	conn, err := pgx.Connect(r.t.Context(), r.database)
	require.NoError(r.t, err)

	defer func() { require.NoError(r.t, conn.Close(context.Background())) }()

	var data, base string

	require.NoError(r.t, conn.QueryRow(r.t.Context(),
		`SELECT current_setting('data_directory'), 'base/' || oid FROM pg_database WHERE datname = current_database()`).Scan(&data, &base))

	_, err = conn.Exec(r.t.Context(), `CHECKPOINT`)
	require.NoError(r.t, err)

	dir := r.server.Dir()
	r.server.Stop() // writes what it holds
	r.requireInNoFileOf(dir, patterns)

	if _, err := os.Stat(data); err == nil {
		r.requireInNoFileOf(filepath.Join(data, "pg_wal"), patterns)
		r.requireInNoFileOf(filepath.Join(data, base), patterns)
	}
}

func (r *rig) requireInNoFileOf(dir string, patterns map[string]string) {
	r.t.Helper()

	files := 0
	err := filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || !entry.Type().IsRegular() {
			return nil //nolint:nilerr // files come and go
		}

		content, err := os.ReadFile(path) //nolint:gosec // a folder of the test's own
		if err != nil {
			return nil //nolint:nilerr // likewise
		}

		files++

		for name, pattern := range patterns {
			if bytes.Contains(content, []byte(pattern)) {
				r.t.Errorf("%s is in %s", name, path)
			}
		}

		return nil
	})
	require.NoError(r.t, err)
	require.NotZero(r.t, files)
}
