package store_test

import (
	"bytes"
	"fmt"
	"log/slog"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/store"
)

// with adds a parameter to a database URL.
func with(url, parameter string) string {
	if strings.Contains(url, "?") {
		return url + "&" + parameter
	}

	return url + "?" + parameter
}

// Everything, from the migrations on, goes through a pooler that gives each transaction another connection to the server.
func TestEverythingWorksThroughATransactionPooler(t *testing.T) {
	t.Parallel()

	const jobs, workers, servers, seed = 300, 8, 3, 20261126

	direct := stacktest.EmptyDatabase(t)
	pooler, url := newTransactionPooler(t, direct, servers)

	_, err := store.MigrateUp(t.Context(), url)
	require.NoError(t, err)

	d := &database{Store: openStore(t, url, store.Options{}), url: url, sql: openPool(t, direct)}

	together(workers, func(w int) {
		h := history{database: d, random: rand.New(rand.NewPCG(seed, uint64(w)))}

		for range 2 {
			for n := w; n < jobs; n += workers {
				if err := h.step(t.Context(), n); err != nil {
					t.Error(n, err)
				}
			}
		}
	})

	claim := begin(t, d.Store, beginRequest("last"))
	lost, err := d.Renew(t.Context(), []store.Lease{leaseOf(claim)}, time.Minute)
	require.NoError(t, err)
	require.Empty(t, lost)
	require.NoError(t, d.SaveBatch(t.Context(), store.Batch{ID: "b1", Program: "acme"}))
	require.NoError(t, d.SaveRejects(t.Context(), "b1", []store.Reject{{Row: 1, Faults: []store.Fault{{Code: "PAN"}}}}))

	_, err = d.Rejects(t.Context(), "b1", 1, 9)
	require.NoError(t, err)
	_, err = d.Progress(t.Context(), "b1")
	require.NoError(t, err)
	_, err = d.Overdue(t.Context(), 0, store.Overdue{}, 10)
	require.NoError(t, err)
	_, err = d.TidyCounts(t.Context())
	require.NoError(t, err)

	requireCountsFit(t, d)

	for _, given := range pooler.parameters() {
		require.Empty(t, given, "parameters to start with")
	}

	require.Len(t, pooler.transactions(), servers)

	for _, n := range pooler.transactions() {
		require.Greater(t, n, 10, "transactions on each connection to the server")
	}
}

// What the pooler is there for to be seen: statements prepared by name, as one who knows nothing of a pooler would, meet
// connections that do not know them.
func TestAPoolerTakesNoNamedStatements(t *testing.T) {
	t.Parallel()

	_, url := newTransactionPooler(t, stacktest.Database(t), 3)
	s, err := store.Open(t.Context(), with(url, "default_query_exec_mode=cache_statement"), store.Options{})

	for n := 0; err == nil && n < 100; n++ {
		_, err = s.Begin(t.Context(), beginRequest(fmt.Sprint("job-", n)))
	}

	require.ErrorContains(t, err, "prepared statement")
	require.True(t, store.Retryable(err), "it is no job's fault")

	if s != nil {
		s.Close()
	}
}

// Settings that the URL gives are made in each transaction, so that a pooler does not refuse them; those left out are the store's.
func TestSettingsOfAURL(t *testing.T) {
	t.Parallel()

	direct := stacktest.Database(t)
	pooler, url := newTransactionPooler(t, direct, 1)
	url = with(url, "statement_timeout=7s&application_name=it%27s%20ours")

	s := openStore(t, url, store.Options{})
	begin(t, s, beginRequest("job-1"))

	for _, given := range pooler.parameters() {
		require.Empty(t, given)
	}

	require.Equal(t, map[string]string{
		"statement_timeout": "7s", "application_name": "it's ours", "lock_timeout": "250ms", "enable_seqscan": "off", "jit": "off",
		"idle_in_transaction_session_timeout": "30s",
	}, store.SettingsIn(t, s))
}

func TestOpenRefusesAModeThatCannotWriteArrays(t *testing.T) {
	t.Parallel()

	url := stacktest.Database(t)

	for mode, ok := range map[string]bool{
		"exec": false, "simple_protocol": false, "cache_describe": true, "describe_exec": true, "cache_statement": true,
	} {
		t.Run(mode, func(t *testing.T) {
			t.Parallel()

			s, err := store.Open(t.Context(), with(url, "default_query_exec_mode="+mode), store.Options{})
			if !ok {
				require.ErrorContains(t, err, "default_query_exec_mode="+mode+", which cannot write many rows at once: remove it, or set")
				return
			}

			require.NoError(t, err)
			t.Cleanup(s.Close)
			begin(t, s, beginRequest(mode))
		})
	}
}

// A primary that became a standby is away; when it is back, or another has taken over, the same calls succeed.
func TestAServerThatTurnsReadOnlyIsAway(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	claim := begin(t, d.Store, beginRequest("job-1"))
	name := value[string](t, d, `SELECT quote_ident(current_database())`)

	d.exec(t, `ALTER DATABASE `+name+` SET default_transaction_read_only = on`)
	d.endSessions(t)

	var err error

	eventually.True(t, func() bool { // the connections that were ended are noticed first
		_, err = d.Begin(t.Context(), beginRequest("job-2"))
		return err != nil && strings.Contains(err.Error(), "25006")
	}, time.Minute, time.Millisecond)
	require.True(t, store.Retryable(err))
	require.NotErrorIs(t, err, store.ErrRefused)

	// Somebody else is the primary now. The store does not cling to connections to the one before.
	_, err = d.sql.Exec(t.Context(), `SET default_transaction_read_only = off; ALTER DATABASE `+name+` RESET default_transaction_read_only`)
	require.NoError(t, err)
	eventually.True(t, func() bool {
		_, err := d.Finish(t.Context(), result(claim, "enrolled", store.StatusEnrolled))
		return err == nil
	}, time.Minute, time.Millisecond)
}

// endSessions ends all sessions on the database but the one that asks.
func (d *database) endSessions(t *testing.T) {
	t.Helper()

	d.exec(t, `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
		WHERE datname = current_database() AND pid <> pg_backend_pid() AND backend_type = 'client backend'`)
}

// A value that the driver cannot encode, or that Postgres refuses and quotes, does not get into an error, and so not into a log.
func TestErrorsOfRealValuesQuoteNone(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	claim := begin(t, d.Store, beginRequest("job-1"))
	d.exec(t, `DROP VIEW unfinished`)
	d.exec(t, `ALTER TABLE enrollments ALTER COLUMN pan_hmac_kid TYPE varchar(3), ALTER COLUMN src_digital_card_id TYPE varchar(3)`)

	s := openStore(t, d.url, store.Options{}) // without plans of the tables as they were

	r := beginRequest("job-2")
	r.Job.PANHMACKid = "secret-key-name"
	_, inserted := s.Begin(t.Context(), r)

	f := result(claim, "enrolled", store.StatusEnrolled)
	f.SrcDigitalCardID = "secret-card-id"
	_, updated := s.Finish(t.Context(), f)

	encoded := store.Ask(t.Context(), s, `SELECT $1::integer[]`, []string{"secret"})
	quoted := store.Ask(t.Context(), s, `SELECT $1::text::integer`, "secret")
	read := store.Ask(t.Context(), s, `SELECT 'secret'`)

	require.ErrorIs(t, inserted, store.ErrRefused)
	require.ErrorIs(t, updated, store.ErrRefused)
	require.ErrorIs(t, encoded, store.ErrRefused)
	require.ErrorIs(t, quoted, store.ErrRefused)
	require.NotErrorIs(t, read, store.ErrRefused, "what is there already is not the request's")

	for name, err := range map[string]error{"inserted": inserted, "updated": updated, "encoded": encoded, "quoted": quoted, "read": read} {
		var log bytes.Buffer

		slog.New(slog.NewTextHandler(&log, nil)).Error("the store failed", "error", err)
		require.NotContains(t, log.String(), "secret", name)
		require.NotContains(t, log.String(), "4784", name)
	}
}
