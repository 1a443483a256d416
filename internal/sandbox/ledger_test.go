package sandbox_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/pan"
)

func TestLedgerCounts(t *testing.T) {
	t.Parallel()

	f := setup(t)
	for _, number := range []string{
		sandbox.PAN(0, 1), sandbox.PAN(0, 1), sandbox.PAN(0, 2), sandbox.PAN(10, 1), sandbox.PAN(70, 1), sandbox.PAN(70, 1), sandbox.PAN(28, 1),
	} {
		f.seen(t, number)
	}

	f.do(t, request{body: []byte("{}"), key: f.keys.stranger})

	require.Equal(t, sandbox.Totals{
		Calls: 8, Effects: 5, Cards: 3, Repeated: 2, Lost: 1,
		Results: map[string]int{
			"200 enrolled":                     3,
			"200 enrolled again":               2,
			"400 INVALID_STATE/PAN_INELIGIBLE": 1,
			"429 RATE_LIMIT_EXCEEDED":          1,
			"403 AUTHENTICATION_FAILED":        1,
		},
	}, f.sandbox.Ledger().Totals())

	require.Equal(t, sandbox.CardEntry{
		First6: "520473", Last4: sandbox.PAN(70, 1)[12:], Calls: 2, Effects: 2, Lost: 1, First: now(), Last: now(),
	}, f.sandbox.Ledger().Card(sandbox.PAN(70, 1)))
	require.Equal(t, sandbox.CardEntry{}, f.sandbox.Ledger().Card(sandbox.PAN(0, 3)))

	totals := f.sandbox.Ledger().Totals()
	totals.Results["200 enrolled"] = 99
	require.Equal(t, 3, f.sandbox.Ledger().Totals().Results["200 enrolled"], "the totals given out are a copy")
}

func TestLedgerHoldsNoNumbers(t *testing.T) {
	t.Parallel()

	f := setup(t)
	number := sandbox.PAN(0, 1)
	f.enroll(t, number).enrolled(t)

	require.NotContains(t, fmt.Sprintf("%+v %#v", f.sandbox.Ledger(), f.sandbox), number)
}

func TestNothingIsLoggedThatLooksLikeANumber(t *testing.T) {
	t.Parallel()

	f := setup(t)
	for _, scenario := range sandbox.Scenarios() {
		f.seen(t, sandbox.PAN(scenario.Number, 9))
	}

	number := sandbox.PAN(0, 5)
	f.do(t, request{method: http.MethodGet, target: cardsPath + "/" + number + query})
	f.do(t, request{body: f.enrollmentOf(t, number)})
	f.do(t, request{body: f.enrollmentOf(t, withHeader(t, f.seal(t, []byte("{}")), func(h members) { h["kid"] = number }))})

	require.Contains(t, f.log.String(), "200 enrolled")
	require.Contains(t, f.log.String(), "unknown key")
	require.False(t, pan.Contains(f.log.String()), f.log.String())
}

func TestAdminServesTheTotals(t *testing.T) {
	t.Parallel()

	f := setup(t)
	f.enroll(t, sandbox.PAN(0, 1)).enrolled(t)

	for _, c := range []struct {
		method, path string
		status       int
	}{
		{http.MethodGet, sandbox.LedgerPath, http.StatusOK},
		{http.MethodPost, sandbox.LedgerPath, http.StatusMethodNotAllowed},
		{http.MethodGet, "/_sandbox/other", http.StatusNotFound},
	} {
		recorder := httptest.NewRecorder()
		f.sandbox.Admin().ServeHTTP(recorder, httptest.NewRequestWithContext(t.Context(), c.method, c.path, nil))
		require.Equal(t, c.status, recorder.Code)

		if c.status == http.StatusOK {
			var totals sandbox.Totals
			require.NoError(t, json.Unmarshal(recorder.Body.Bytes(), &totals))
			require.Equal(t, f.sandbox.Ledger().Totals(), totals)
		}
	}

	require.Equal(t, http.StatusNotFound, f.do(t, request{method: http.MethodGet, target: sandbox.LedgerPath}).status,
		"the API itself does not serve it")
}
