package health_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/prometheus/client_golang/prometheus/testutil/promlint"
	dto "github.com/prometheus/client_model/go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

func TestCountsEqualTheRows(t *testing.T) {
	t.Parallel()

	database := stacktest.Database(t)
	r := newRig(t, database)

	// Enrolled at once and after retries, enrolled before, rejected, given up, no answer; twice each.
	scenarios := []int{0, 1, 10, 12, 50, 51, 53, 70, 80}
	for _, scenario := range scenarios {
		for i := range 2 {
			r.publish(fmt.Sprintf("job-%d-%d", scenario, i), sandbox.PAN(scenario, i))
		}
	}

	_, err := r.js.Publish(t.Context(), jobs.Subject("demo"), []byte("no job"))
	require.NoError(t, err)

	stop := r.start()

	want := float64(2*len(scenarios) + 1)
	eventually.True(t, func() bool { return sum(r.values("enroll_jobs_settled_total")) == want }, patience, tick)
	stop()

	requireCounts(t, database, "SELECT status, count(*) FROM enrollments GROUP BY 1", r.values("enroll_jobs_settled_total"))
	attempts := r.values("enroll_attempts_total")
	requireCounts(t, database, "SELECT verdict, count(*) FROM attempts GROUP BY 1", attempts)

	calls := uint64(0)
	for _, metric := range r.metrics()["enroll_call_duration_seconds"].GetMetric() {
		calls += metric.GetHistogram().GetSampleCount()
	}

	require.InDelta(t, sum(attempts), calls, 0)
	require.InDelta(t, 0, r.values("enroll_jobs_in_flight")[""], 0)
	require.Zero(t, sum(r.values("enroll_store_errors_total")))

	_, body := r.get("/metrics")
	require.NotContains(t, string(body), "job-", "a label holds an id")

	for _, scenario := range scenarios {
		require.NotContains(t, string(body), sandbox.PAN(scenario, 0)[:12])
	}
}

func sum(values map[string]float64) (all float64) {
	for _, value := range values {
		all += value
	}

	return all
}

// requireCounts compares counters with what a query counts; series at zero have no rows.
func requireCounts(t *testing.T, database, query string, values map[string]float64) {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), database)
	require.NoError(t, err)

	defer func() { require.NoError(t, conn.Close(t.Context())) }()

	rows, err := conn.Query(t.Context(), query)
	require.NoError(t, err)

	want := map[string]float64{}

	var (
		label string
		count float64
	)

	_, err = pgx.ForEachRow(rows, []any{&label, &count}, func() error {
		want[label] = count
		return nil
	})
	require.NoError(t, err)

	for label, value := range values {
		if value == 0 {
			delete(values, label)
		}
	}

	require.Equal(t, want, values)
}

// The catalog, from which docs/metrics.md is written, is what a worker exposes: names, kinds, labels and meaning.
func TestCatalogIsWhatIsExposed(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.monitor.Keys = func() []mastercard.KeyInfo {
		return []mastercard.KeyInfo{{Purpose: "signing", NotAfter: time.Now().Add(time.Hour)}, {Purpose: "encryption"}}
	}
	r.start()
	r.publish("job", sandbox.PAN(0, 1))

	other := topology()
	other.MaxAckPending = 5
	r.inspect(other) // so that there is a difference to show
	r.watching.Swept(enroll.Swept{Submitted: []store.SubmittedJobs{{Program: "demo", Batches: 1, Jobs: 2, Oldest: time.Minute}}})

	exposed := r.metrics()

	eventually.True(t, func() bool {
		exposed = r.metrics()
		return exposed["enroll_queue_limit_bytes"] != nil && exposed["enroll_last_commit_timestamp_seconds"] != nil &&
			exposed["enroll_program_call_seconds"] != nil &&
			len(exposed["enroll_last_fetch_timestamp_seconds"].GetMetric()) == 2
	}, patience, tick)

	var have []health.Metric

	families := make([]*dto.MetricFamily, 0, len(exposed))

	for name, family := range exposed {
		families = append(families, family)

		if !strings.HasPrefix(name, "go_") && !strings.HasPrefix(name, "process_") {
			have = append(have, describe(family))
		}
	}

	var want []health.Metric

	for _, metric := range health.Catalog() {
		metric.Alert = ""
		slices.Sort(metric.Labels)
		want = append(want, metric)
	}

	require.ElementsMatch(t, want, have)

	faults, err := promlint.NewWithMetricFamilies(families).Lint()
	require.NoError(t, err)
	require.Empty(t, faults)

	require.InDelta(t, time.Hour.Seconds(), r.values("enroll_key_expiry_seconds")["signing"], patience.Seconds())
	require.Len(t, r.values("enroll_key_expiry_seconds"), 1, "a key without an expiry has none to show")
}

func describe(family *dto.MetricFamily) health.Metric {
	metric := health.Metric{Name: family.GetName(), Kind: strings.ToLower(family.GetType().String()), Help: family.GetHelp()}

	for _, label := range family.GetMetric()[0].GetLabel() {
		metric.Labels = append(metric.Labels, label.GetName())
	}

	return metric
}

func TestDepthsOfTheQueue(t *testing.T) {
	t.Parallel()

	r := newRig(t, stacktest.Database(t))
	r.watch()
	require.Empty(t, r.values("enroll_queue_jobs"), "nothing is shown that was not read")

	for i := range 3 {
		r.publish(fmt.Sprintf("job-%d", i), sandbox.PAN(0, i))
	}

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamJobs, jobs.ConsumerJobs("demo"))
	require.NoError(t, err)
	batch, err := consumer.Fetch(1)
	require.NoError(t, err)
	require.NotNil(t, <-batch.Messages())

	eventually.True(t, func() bool { // a server counts what a consumer has pending a little later than it takes it
		r.inspect(topology())
		return r.values("enroll_queue_jobs")["waiting"] > 1
	}, patience, tick)
	require.Equal(t, map[string]float64{"waiting": 2, "taken": 1, "due": 0, "stranded": 0}, r.values("enroll_queue_jobs"))
	require.Positive(t, r.values("enroll_queue_bytes")[""])
	require.Greater(t, r.values("enroll_queue_limit_bytes")[""], r.values("enroll_queue_bytes")[""])

	r.late.Store(int64(4 * time.Minute))
	require.Empty(t, r.values("enroll_queue_jobs"), "nothing is shown that may not be true any more")
}
