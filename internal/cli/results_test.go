package cli_test

import (
	"encoding/csv"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

// file writes a file of cards, each of a scenario of the sandbox.
func (s *system) file(name string, scenarios ...int) string {
	s.t.Helper()

	rows := []string{"pan,exp_month,exp_year,email,external_card_id"}
	for i, scenario := range scenarios {
		rows = append(rows, sandbox.PAN(scenario, i)+",12,2099,ana@example.com,key-"+name)
	}

	path := filepath.Join(s.dir, name+".csv")
	require.NoError(s.t, os.WriteFile(path, []byte(strings.Join(rows, "\n")+"\n"), 0o600))

	return path
}

// A file comes back with a line for each of its rows, whatever became of it.
func TestEveryRowComesBack(t *testing.T) {
	t.Parallel()

	const declined = 12

	s := newSystem(t)
	s.worker("w")

	path := s.file("b1", 0, declined, 0)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, "5204731600014780,12,2099,ana@example.com,k\n"...), 0o600))

	// Sent and followed in one.
	code, out := run(t, s.env, "submit", path, "--program", "demo", "--batch", "b1", "--wait")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "4 rows: 3 sent, 0 sent before, 1 rejected")
	require.Contains(t, out, "b1: 100%: 3 of 3 settled")
	require.Contains(t, out, "INVALID_STATE/ISSUER_DECLINED")

	// Followed by a program.
	code, out = run(t, s.env, "submit", "watch", "b1", "--json")
	require.Equal(t, 3, code, out)

	var event map[string]any
	require.NoError(t, json.Unmarshal([]byte(out), &event))
	require.Equal(t, true, event["done"])

	// Its total is known.
	code, out = run(t, s.env, "submit", "watch", "b1", "--total", "3")
	require.Equal(t, 2, code, out)
	require.Contains(t, out, "--total: is for batches that only messages name; b1 is the file b1.csv")

	code, out = run(t, s.env, "submit", s.file("good", 0), "--program", "demo", "--batch", "good", "--wait", "--json")
	require.Zero(t, code, out)

	_, events, _ := strings.Cut(out, "{")
	require.NoError(t, json.NewDecoder(strings.NewReader("{"+events)).Decode(&event))

	list := filepath.Join(s.dir, "results.csv")
	s.submit("outcomes", "b1", "-o", list)
	written, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, s.submit("outcomes", "b1"), string(written))

	records, err := csv.NewReader(strings.NewReader(string(written))).ReadAll()
	require.NoError(t, err)
	require.Len(t, records, 5)

	column := map[string]int{}
	for i, name := range records[0] {
		column[name] = i
	}

	for i, want := range []struct{ status, code, key, line, advice string }{
		{"enrolled", "", "key-b1", "2", "Nothing to do."},
		{"rejected", "INVALID_STATE/ISSUER_DECLINED", "key-b1", "3", "Do not retry."},
		{"enrolled", "", "key-b1", "4", "Nothing to do."},
		{"not_sent", "INVALID_PAN", "", "5", "Correct what is named"},
	} {
		record := records[i+1]
		require.Equal(t, want.status, record[column["status"]])
		require.Equal(t, want.code, record[column["code"]])
		require.Equal(t, want.key, record[column["external_card_id"]])
		require.Equal(t, want.line, record[column["line"]])
		require.Contains(t, record[column["what_to_do"]], want.advice)
	}

	require.Equal(t, 2, strings.Count(s.submit("outcomes", "b1", "--status", "rejected"), "\n"))
	require.Equal(t, 1, strings.Count(s.submit("outcomes", "b1", "--code", "INVALID_PAN", "--format", "jsonl"), "\n"))
	require.Equal(t, 1, strings.Count(s.submit("outcomes", "b1", "--code", "INVALID_PAN", "--status", "enrolled"), "\n"),
		"the code is there, though not at that status")

	const known = " has it, and it is not known (is it INVALID_PAN?); there are: INVALID_PAN, INVALID_STATE, ISSUER_DECLINED"
	s.fails("--code INVALID_PNA: no row of batch b1"+known, "outcomes", "b1", "--code", "INVALID_PNA")
	s.fails(list+" is not written", "outcomes", "b1", "--code", "INVALID_PNA", "-o", list)
	s.fails("--code ISUER_DECLINED: no row of batch good has it, and it is not known (is it ISSUER_DECLINED?)",
		"outcomes", "good", "--code", "ISUER_DECLINED")

	// That a code which can occur has not is an answer, not a failure.
	require.Contains(t, s.submit("outcomes", "good", "--code", "INVALID_PAN"), "none: no row of batch good has the code INVALID_PAN\n")
	require.Contains(t, s.submit("outcomes", "b1", "--code", "account_range_not_found"), // in any case, as the filter takes it
		"none: no row of batch b1 has the code account_range_not_found; there are: INVALID_PAN, INVALID_STATE, ISSUER_DECLINED\n")

	none := filepath.Join(t.TempDir(), "none.csv")
	listed := s.submit("outcomes", "b1", "--code", "HTTP_503", "-o", none)
	require.Contains(t, listed, "0 of 4 rows listed in ") // the folder's number may be masked
	require.Contains(t, listed, filepath.Base(none)+"\n")
	require.FileExists(t, none)

	// A batch that is not there is one error everywhere, with the one that is probably meant.
	for _, command := range []string{"outcomes", "watch", "status", "cancel"} {
		s.fails("batch gooood: no such batch: no file was submitted by that name, and no worker has seen a job of it (is it good?); "+
			"the latest: submit batches", command, "gooood")
	}

	kept, err := os.ReadFile(list)
	require.NoError(t, err)
	require.Equal(t, written, kept)

	code, out = run(t, s.env, "submit", "outcomes", "b1", "--code", "INVALID_PNA")
	require.Equal(t, 1, code)
	require.NotContains(t, out, "row,line", "no header of an empty list")

	out = s.submit("batches")
	require.Less(t, strings.Index(out, "good"), strings.Index(out, "b1"), "newest first:\n%s", out)

	var batches []map[string]any
	require.NoError(t, json.Unmarshal([]byte(s.submit("batches", "--limit", "1", "--json")), &batches))
	require.Len(t, batches, 1)
	require.Equal(t, "good", batches[0]["batch"])
}

// An operator's word stops what is not sent, and all who are concerned hear of it.
func TestABatchIsCanceled(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")
	s.submit("pause", "demo")
	worker.says(t, "paused by an operator")

	path := s.file("b1", 0, 0, 0)
	s.submit(path, "--program", "demo", "--batch", "b1")

	following := start(t, s.env, "submit", "watch", "b1")
	following.says(t, "paused: demo, by")

	require.Contains(t, s.submit("cancel", "b1", "--dry-run"), "3  no worker has seen")
	require.NotContains(t, s.submit("status", "b1"), "canceled")
	require.Contains(t, s.submit("cancel", "b1", "--why", "wrong file"), "b1 is canceled")
	require.Contains(t, s.submit("cancel", "b1"), "b1 was canceled before")
	require.Contains(t, s.submit("cancel", "b1", "--why", "another"), "--why was not kept: the batch was canceled before with: wrong file")
	require.Contains(t, s.submit("cancel", "unexplained", "--unseen"), "no reason is kept; to add one, the same command with --why")
	require.Contains(t, s.submit("cancel", "unexplained", "--why", "wrong month"), "the reason is kept now: wrong month")
	following.says(t, "wrong file; what is left ends as canceled")

	code, out := run(t, s.env, "submit", path, "--program", "demo", "--batch", "b1")
	require.Equal(t, 1, code, out)
	require.Contains(t, out, "wrong file\nno more of it is sent")
	require.NotContains(t, out, "the same command again")

	s.submit("resume", "demo")
	require.Equal(t, 3, following.exit(t), following.out)
	require.Contains(t, following.out.String(), "3  canceled          CANCELED")
	require.Contains(t, s.submit("status", "b1"), "wrong file; what is not sent yet is not sent")
	require.Contains(t, s.submit("batches"), "canceled")
	require.Equal(t, 4, strings.Count(s.submit("outcomes", "b1", "--status", "canceled"), "\n"))
}

// Whoever stops looking is told where it stands and how to look again.
func TestFollowingIsInterrupted(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	worker := s.worker("w")
	s.submit("pause", "demo")
	worker.says(t, "paused by an operator")
	s.submit(s.file("b1", 0), "--program", "demo", "--batch", "b1")

	following := start(t, s.env, "submit", "watch", "b1")
	following.says(t, "0 of 1 settled")
	require.NoError(t, following.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, following.exit(t), following.out)
	require.Contains(t, following.out.String(), "interrupted: 0 of 1 jobs are settled, and the workers go on; to follow them again: submit watch b1")

	// The same after sending a file of which a row was rejected.
	path := s.file("b2", 0)
	text, err := os.ReadFile(path)
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, "5204731600014780,12,2099,ana@example.com,k\n"...), 0o600))

	sending := start(t, s.env, "submit", path, "--program", "demo", "--batch", "b2", "--wait")
	sending.says(t, "0 of 1 settled")
	require.NoError(t, sending.Process.Signal(syscall.SIGINT))
	require.Equal(t, 1, sending.exit(t), sending.out)
	require.Contains(t, sending.out.String(), "submit watch b2")
}

// A file's name is bytes, and need not be UTF-8; the tables and the checkpoint have text.
func TestAFileWhoseNameIsNotUTF8IsSent(t *testing.T) {
	t.Parallel()

	s := newSystem(t)
	s.worker("w")

	path := filepath.Join(s.dir, "K\xe4rten \xfc.csv")
	text, err := os.ReadFile(s.file("plain", 0, 0))
	require.NoError(t, err)
	require.NoError(t, os.WriteFile(path, append(text, "5204731600014780,12,2099,ana@example.com,k\n"...), 0o600))

	code, out := run(t, s.env, "submit", path, "--program", "demo", "--wait")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "3 rows: 2 sent, 0 sent before, 1 rejected")
	require.Contains(t, out, "K-rten--: 100%: 2 of 2 settled")
	require.FileExists(t, path+".rejects.csv")
	require.NoFileExists(t, path+".submit-state.json")

	out = s.submit("batches")
	require.Contains(t, out, "K-rten--")
	require.True(t, utf8.ValidString(out), out)

	code, out = run(t, s.env, "submit", path, "--program", "demo")
	require.Equal(t, 3, code, out)
	require.Contains(t, out, "3 rows: 0 sent, 2 sent before, 1 rejected")
}

func TestWrongUsageOfResults(t *testing.T) {
	t.Parallel()

	s := newSystem(t)

	for name, c := range map[string]struct {
		args []string
		code int
		says string
	}{
		"outcomes of nothing":          {[]string{"outcomes"}, 2, "BATCH"},
		"outcomes of no name":          {[]string{"outcomes", "a b", "--status", "done"}, 2, "no status \"done\""},
		"outcomes of an unknown batch": {[]string{"outcomes", "nosuch", "-o", filepath.Join(s.dir, "none.csv")}, 1, "no such batch"},
		"outcomes in another form":     {[]string{"outcomes", "b", "--format", "xml"}, 2, "--format"},
		"outcomes into a folder":       {[]string{"outcomes", "b", "-o", s.dir}, 1, "is a folder, not a file"},
		"watch of an unknown batch":    {[]string{"watch", "nosuch"}, 1, "no such batch"},
		"watch of no name":             {[]string{"watch", "a b"}, 2, `BATCH: "a b"`},
		"too many batches":             {[]string{"batches", "--limit", "1001"}, 2, "--limit"},
		"cancel of an unknown batch":   {[]string{"cancel", "nosuch"}, 1, "--unseen"},
		"cancel of what comes":         {[]string{"cancel", "coming", "--unseen"}, 0, "coming is canceled"},
		"cancel of no name":            {[]string{"cancel", "a b"}, 2, `BATCH: "a b"`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			code, out := run(t, s.env, "submit", c.args...)
			require.Equal(t, c.code, code, out)
			require.Contains(t, out, c.says)
		})
	}

	_, err := os.Stat(filepath.Join(s.dir, "none.csv"))
	require.ErrorIs(t, err, os.ErrNotExist)
}
