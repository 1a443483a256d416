package results_test

import (
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/results"
)

func TestFormsByName(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]struct {
		form       string
		compressed bool
	}{
		"-":            {results.CSV, false},
		"a.csv":        {results.CSV, false},
		"a.csv.gz":     {results.CSV, true},
		"a.jsonl":      {results.JSONL, false},
		"A.JSONL.GZ":   {results.JSONL, true},
		"a.ndjson":     {results.JSONL, false},
		"no extension": {results.CSV, false},
	} {
		form, compressed := results.FormOf(name)
		require.Equal(t, want.form, form, name)
		require.Equal(t, want.compressed, compressed, name)
	}

	_, err := results.NewEncoder("xml", io.Discard)
	require.ErrorContains(t, err, "csv, jsonl")
}

func encode(t *testing.T, form string, w io.Writer, lines ...results.Line) {
	t.Helper()

	encoder, err := results.NewEncoder(form, w)
	require.NoError(t, err)

	for _, line := range lines {
		require.NoError(t, encoder.Encode(line))
	}

	require.NoError(t, encoder.Flush())
}

// Both forms say the same under the same names.
func TestForms(t *testing.T) {
	t.Parallel()

	line := results.Line{
		Row: 7, Line: 9, JobID: "b.7", ExternalConsumerID: "c", ExternalCardID: "k", PAN: "520473******4784", Status: "rejected",
		Code: "A/B", Field: "f", Message: "a \"quote\", <a>\nline", WhatToDo: "Nothing to do.",
		SrcDigitalCardID: "d", SrcCorrelationID: "e", TokenUniqueReference: "t", Attempts: 2,
		CompletedAt: time.Date(2026, 6, 15, 12, 0, 0, 123456000, time.UTC),
	}

	var table, objects bytes.Buffer

	encode(t, results.CSV, &table, line, results.Line{Row: 8, Status: "queued", WhatToDo: "x"})
	encode(t, results.JSONL, &objects, line, results.Line{Row: 8, Status: "queued", WhatToDo: "x"})

	records, err := csv.NewReader(&table).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 3)

	documents := strings.SplitAfter(strings.TrimSpace(objects.String()), "\n")
	require.Len(t, documents, 2)
	require.Contains(t, documents[0], "<a>")

	for i, document := range documents {
		var object map[string]any
		require.NoError(t, json.Unmarshal([]byte(document), &object))

		for column, name := range records[0] {
			cell := records[i+1][column]
			value, there := object[name]

			if there {
				require.Equal(t, cell, fmt.Sprint(value), name)
			} else {
				require.Empty(t, cell, name)
			}

			delete(object, name)
		}

		require.Empty(t, object, "members that are no columns")
	}
}

// What upstream systems and the API have sent is no formula of the operator's spreadsheet. JSON has it as it is.
func TestNoCellOfAListIsAFormula(t *testing.T) {
	t.Parallel()

	for cell, guarded := range map[string]string{
		"=cmd|'/C calc'!A0": "'=cmd|'/C calc'!A0", "+1": "'+1", "-1": "'-1", "@x": "'@x", "\tx": "'\tx", "  =1": "'  =1", "'=1": "''=1",
		"x;=cmd": "x;'=cmd", "x; =1": "x;' =1", "x\n=1": "x\n'=1", "plain; text": "plain; text",
	} {
		line := results.Line{
			Row: 1, JobID: cell, ExternalConsumerID: cell, ExternalCardID: cell, PAN: cell, Status: cell, Code: cell, Field: cell,
			Message: cell, WhatToDo: cell, SrcDigitalCardID: cell, SrcCorrelationID: cell, TokenUniqueReference: cell,
		}

		var table, objects bytes.Buffer

		encode(t, results.CSV, &table, line)
		encode(t, results.JSONL, &objects, line)

		rows, err := csv.NewReader(&table).ReadAll()
		require.NoError(t, err)

		for column, name := range rows[0] {
			if name != "row" && name != "line" && name != "attempts" && name != "completed_at" {
				require.Equal(t, guarded, rows[1][column], name)
			}
		}

		var object results.Line
		require.NoError(t, json.Unmarshal(objects.Bytes(), &object))
		require.Equal(t, cell, object.Message)
	}
}

func TestAFileAppearsWhenItIsComplete(t *testing.T) {
	t.Parallel()

	const before = "row,line,job_id,external_consumer_id\n"

	dir := t.TempDir()
	path := filepath.Join(dir, "june.csv.gz")
	require.NoError(t, os.WriteFile(path, []byte(before), 0o600))

	file, err := results.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	encode(t, results.CSV, file, results.Line{Row: 1, Status: "queued"})
	require.NoError(t, file.Discard())

	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.Equal(t, before, string(text))

	file, err = results.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	encode(t, results.CSV, file, results.Line{Row: 1, Status: "queued"})
	require.NoError(t, file.Complete())

	entries, err := os.ReadDir(dir)
	require.NoError(t, err)
	require.Len(t, entries, 1)

	info, err := entries[0].Info()
	require.NoError(t, err)
	require.Equal(t, os.FileMode(0o600), info.Mode())

	written, err := os.Open(path)
	require.NoError(t, err)
	unpacked, err := gzip.NewReader(written)
	require.NoError(t, err)
	text, err = io.ReadAll(unpacked)
	require.NoError(t, err)
	require.NoError(t, written.Close())
	require.Equal(t, 2, strings.Count(string(text), "\n"))

	_, err = results.Create(t.Context(), dir, noWait(t))
	require.ErrorContains(t, err, "is a folder, not a file")
	_, err = results.Create(t.Context(), filepath.Join(dir, "missing", "june.csv"), noWait(t))
	require.Error(t, err)
}

// noWait is for outputs that are written to at once.
func noWait(t *testing.T) func(string) {
	t.Helper()

	return func(note string) { t.Error(note) }
}

func TestOnlyAFileIsReplacedByResults(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "june.csv")

	file, err := results.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	require.False(t, file.Streams())
	encode(t, results.CSV, file, results.Line{Row: 1, Status: "queued"})
	require.NoError(t, syscall.Mkfifo(path, 0o600)) // while the lines were written

	require.ErrorContains(t, file.Complete(), "is a pipe, not a file")
	requirePipeAlone(t, path)
}

func TestOnlyAListIsReplacedByResults(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		text string
		says string
	}{
		"a list":             {"row,line,job_id,pan\n1,2,b.1,\n", ""},
		"a list of JSON":     {`{"row":1,"status":"queued"}` + "\n", ""},
		"a packed list":      {packed(t, `{"row":1,"status":"queued"}`+"\n"), ""},
		"an empty file":      {"", ""},
		"an empty list":      {packed(t, ""), ""},
		"a file of cards":    {"pan,exp_month,exp_year,email\n", "is there and is no list of outcomes: move it away, or name another file"},
		"packed cards":       {packed(t, "pan,exp_month,exp_year,email\n"), "is no list of outcomes"},
		"other JSON":         {`{"rows":1}`, "is no list of outcomes"},
		"what is no packing": {"\x1f\x8bxxxxxxxxxxxxxxxx", "looking at what is to be replaced"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			path := filepath.Join(t.TempDir(), "june.csv")
			require.NoError(t, os.WriteFile(path, []byte(c.text), 0o600))

			file, err := results.Create(t.Context(), path, noWait(t))
			if c.says != "" {
				require.ErrorContains(t, err, c.says)
				return
			}

			require.NoError(t, err)
			require.NoError(t, file.Discard())
		})
	}
}

func packed(t *testing.T, text string) string {
	t.Helper()

	var packed bytes.Buffer

	w := gzip.NewWriter(&packed)
	_, err := io.WriteString(w, text)
	require.NoError(t, err)
	require.NoError(t, w.Close())

	return packed.String()
}

func TestAPipeGetsTheResults(t *testing.T) {
	t.Parallel()

	for name, unpack := range map[string]func(io.Reader) (io.Reader, error){
		"june.csv":    func(r io.Reader) (io.Reader, error) { return r, nil },
		"june.csv.gz": func(r io.Reader) (io.Reader, error) { return gzip.NewReader(r) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			path := filepath.Join(t.TempDir(), name)
			require.NoError(t, syscall.Mkfifo(path, 0o600))

			reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
			require.NoError(t, err)
			t.Cleanup(func() { require.NoError(t, reader.Close()) })

			file, err := results.Create(t.Context(), path, noWait(t))
			require.NoError(t, err)
			require.True(t, file.Streams())
			encode(t, results.CSV, file, results.Line{Row: 1, Status: "queued"})
			require.NoError(t, file.Complete())

			unpacked, err := unpack(reader)
			require.NoError(t, err)
			text, err := io.ReadAll(unpacked)
			require.NoError(t, err)
			require.Equal(t, 2, strings.Count(string(text), "\n"))
			requirePipeAlone(t, path)
		})
	}
}

func TestAPipeWhoseListFailsStays(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "june.csv")
	require.NoError(t, syscall.Mkfifo(path, 0o600))

	reader, err := os.OpenFile(path, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	require.NoError(t, err)

	file, err := results.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	require.NoError(t, file.Discard())
	requirePipeAlone(t, path)

	file, err = results.Create(t.Context(), path, noWait(t))
	require.NoError(t, err)
	encode(t, results.CSV, file, results.Line{Row: 1, Status: "queued"})
	require.NoError(t, reader.Close())
	eventually.Unread(t, path)
	require.ErrorContains(t, file.Complete(), path+" is not read any more")
	requirePipeAlone(t, path)
}

func requirePipeAlone(t *testing.T, path string) {
	t.Helper()

	entries, err := os.ReadDir(filepath.Dir(path))
	require.NoError(t, err)
	require.Len(t, entries, 1, "no temporary file")
	require.Equal(t, os.ModeNamedPipe, entries[0].Type())
}
