package console_test

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// file is a file of two rows, one of which was not sent.
func (r *rig) file(id string, began time.Time) {
	r.t.Helper()

	require.NoError(r.t, r.ledger.SaveBatch(r.t.Context(), store.Batch{
		ID: id, Program: program, Source: markup + ".csv", RowsRead: 2, RowsRejected: 1, RowsPublished: 1, StartedAt: began,
	}))
	require.NoError(r.t, r.ledger.SaveRejects(r.t.Context(), id, []store.Reject{
		{Row: 2, Line: 3, Faults: []store.Fault{{Field: "pan", Code: "INVALID_PAN", Reason: "fails the Luhn check " + markup}}},
	}))
}

func TestFilesAreListedPageByPage(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")
	require.Contains(t, b.page("/files"), "No file was sent yet.")

	began := time.Now().Add(-time.Hour)
	for i := range 101 {
		r.file(fmt.Sprint("file-", i), began.Add(time.Duration(i)*time.Second))
	}

	page := b.becomes("/files", "file-100")
	require.NotContains(t, page, ">file-0<")
	require.Contains(t, page, "not read to its end")
	require.Contains(t, b.page(hrefOf(t, page, "Older")), ">file-0<")
}

func TestAFileTellsItsCodesAndRejects(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.file("b1", time.Now())
	r.rejected("b1.1")

	page := r.as("bob").page("/file?id=b1")
	for _, want := range []string{
		"&lt;script&gt;", "INVALID_STATE / ISSUER_DECLINED", "INVALID_PAN", "fails the Luhn check", "<td class=\"n\">3</td>", "Download outcomes",
	} {
		require.Contains(t, page, want)
	}

	require.NotContains(t, page, "Cancel…")

	for path, want := range map[string]int{"/file?id=none": 404, "/file?id=%3Cb%3E": 422, "/file": 422, "/file/outcomes?id=none": 404, "/file?id=b1&rejects=x": 200} {
		status, _, _ := r.as("bob").get(path)
		require.Equal(t, want, status, path)
	}
}

func TestManyRejectsAreReadPageByPage(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.file("b1", time.Now())

	var rejects []store.Reject
	for row := range int64(150) {
		rejects = append(rejects, store.Reject{Row: row + 10, Faults: []store.Fault{{Code: "INVALID_PAN"}, {Code: "INVALID_FIELD"}}})
	}

	require.NoError(t, r.ledger.SaveRejects(t.Context(), "b1", rejects))

	b, seen := r.as("bob"), map[int64]bool{}

	for next := "/file?id=b1"; next != ""; {
		page := b.page(next)

		for row := range int64(200) {
			if strings.Contains(page, fmt.Sprintf(`<th scope="row" class="n">%d</th>`, row)) {
				require.False(t, seen[row], row)
				seen[row] = true
			}
		}

		next = ""
		if strings.Contains(page, "Next rows") {
			next = hrefOf(t, page, "Next rows")
		}
	}

	require.Len(t, seen, 151)
}

func TestOutcomesAreDownloaded(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.file("b1", time.Now())
	r.rejected("b1.1")

	b := r.as("bob")
	status, csv, _ := b.get("/file/outcomes?id=b1")
	require.Equal(t, http.StatusOK, status)
	require.Len(t, strings.Split(strings.TrimSpace(csv), "\n"), 3)
	require.Contains(t, csv, "ISSUER_DECLINED")
	require.Contains(t, csv, "520473")
	require.NotContains(t, csv, card)

	_, lines, _ := b.get("/file/outcomes?id=b1&format=jsonl")
	require.Contains(t, lines, `"status":"not_sent"`)
}

func TestAFileIsCanceledOnce(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	r.file("b1", time.Now())

	b := r.as("ana")
	status, _, _ := b.submit("/file/cancel", "id", "b1")
	require.Equal(t, http.StatusUnprocessableEntity, status, "a reason is needed")

	page := b.act("/file/cancel", "id", "b1", "why", "wrong file "+card)
	require.Contains(t, page, "b1 is canceled: workers begin no more of its jobs.")
	require.Contains(t, page, "wrong file")
	require.NotContains(t, page, "Cancel…")

	word, err := r.ledger.Canceled(t.Context(), "b1")
	require.NoError(t, err)
	require.Equal(t, "ana@127.0.0.1 (console)", word.By)
	require.Equal(t, "cancel", r.acts()[0].Act)
	require.Equal(t, store.ActDone, r.acts()[0].Status)
}
