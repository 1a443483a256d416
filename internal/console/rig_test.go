package console_test

import (
	"context"
	"crypto/sha256"
	"html"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/jackc/pgx/v5/pgxpool"
	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const (
	password = "correct horse battery"
	program  = "demo"
	card     = "5204731600014784"
	// markup is what somebody sends who wants it to run.
	markup = `<script>alert("x")</script>`
)

// rig is a console with everything real beside it but a worker: tests put there what pages show.
type rig struct {
	t      *testing.T
	js     jetstream.JetStream
	ledger *store.Store
	sql    *pgxpool.Pool
	url    string // of the console

	database string
	log      *parts.Log
}

// prepared is a queue and a database.
func prepared(t *testing.T) *rig {
	t.Helper()

	r := &rig{t: t, log: &parts.Log{}}

	var err error

	r.js, err = jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), r.js, jobs.Topology{Programs: []string{program}})
	require.NoError(t, err)

	r.database = stacktest.Database(t)
	r.ledger, err = store.Open(t.Context(), r.database, store.Options{})
	require.NoError(t, err)
	t.Cleanup(r.ledger.Close)

	r.sql, err = pgxpool.New(t.Context(), r.database)
	require.NoError(t, err)
	t.Cleanup(r.sql.Close)

	r.serve(func(o *console.Options) { o.Open = r.opening() })

	return r
}

// opening connects a console to the database.
func (r *rig) opening() func(context.Context) (*store.Store, error) {
	return func(ctx context.Context) (*store.Store, error) { return store.Open(ctx, r.database, store.Options{}) }
}

// serve serves a console until the test ends.
func (r *rig) serve(change func(*console.Options)) {
	r.t.Helper()

	path := filepath.Join(r.t.TempDir(), "users")
	require.NoError(r.t, os.WriteFile(path, []byte(entry(r.t, "ana", access.Operator)+"\n"+entry(r.t, "bob", access.Viewer)), 0o600))
	users, err := access.OpenUsers(path)
	require.NoError(r.t, err)
	verdicts, err := mastercard.Verdicts()
	require.NoError(r.t, err)

	traces, err := console.ParseTraces("https://jaeger.example/trace/{trace_id}")
	require.NoError(r.t, err)

	logger := slog.New(slog.NewTextHandler(r.log, nil))
	o := console.Options{
		Queue: r.js, Acts: true, Traces: traces, Verdicts: verdicts, Now: time.Now, Logger: logger,
		Gate: access.New(access.Options{Users: users, Now: time.Now, Logger: logger}),
	}
	change(&o)

	made, err := console.New(o)
	require.NoError(r.t, err)

	listener := httptest.NewUnstartedServer(nil).Listener
	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan error, 1)

	go func() { ended <- made.Serve(ctx, listener) }()

	r.t.Cleanup(func() {
		cancel()
		require.NoError(r.t, <-ended)
	})

	r.url = "http://" + listener.Addr().String()
}

func entry(t *testing.T, name string, role access.Role) string {
	t.Helper()

	line, err := access.Entry(name, role, []byte(password), bcrypt.MinCost)
	require.NoError(t, err)

	return line
}

// browser is somebody who keeps cookies and follows nothing by itself.
type browser struct {
	*rig

	client *http.Client
}

func (r *rig) browser() *browser {
	jar, err := cookiejar.New(nil)
	require.NoError(r.t, err)

	return &browser{r, &http.Client{Jar: jar, CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}}
}

// as is the browser of somebody who is signed in.
func (r *rig) as(name string) *browser {
	r.t.Helper()

	b := r.browser()
	status, _, to := b.post("/signin", "name", name, "password", password)
	require.Equal(r.t, http.StatusSeeOther, status)
	require.Equal(r.t, "/", to)

	return b
}

func (b *browser) do(request *http.Request) (status int, body, location string) {
	b.t.Helper()

	response, err := b.client.Do(request)
	require.NoError(b.t, err)

	defer response.Body.Close()

	text, err := io.ReadAll(response.Body)
	require.NoError(b.t, err)

	return response.StatusCode, string(text), response.Header.Get("Location")
}

func (b *browser) get(path string) (status int, body, location string) {
	b.t.Helper()

	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodGet, b.url+path, nil)
	require.NoError(b.t, err)

	return b.do(request)
}

// page is a page that is there.
func (b *browser) page(path string) string {
	b.t.Helper()

	status, body, _ := b.get(path)
	require.Equal(b.t, http.StatusOK, status, body)
	require.NotContains(b.t, body, markup, path)
	require.NotContains(b.t, body, card, path)

	return body
}

// post sends a form as it is given.
func (b *browser) post(path string, pairs ...string) (status int, body, location string) {
	b.t.Helper()

	values := url.Values{}
	for pair := range slices.Chunk(pairs, 2) {
		values.Add(pair[0], pair[1])
	}

	request, err := http.NewRequestWithContext(b.t.Context(), http.MethodPost, b.url+path, strings.NewReader(values.Encode()))
	require.NoError(b.t, err)
	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Sec-Fetch-Site", "same-origin")

	return b.do(request)
}

var tokenOf = regexp.MustCompile(`name="token" value="([^"]+)"`)

// submit sends a form of a page, with its token.
func (b *browser) submit(path string, pairs ...string) (status int, body, location string) {
	b.t.Helper()

	return b.post(path, append(pairs, "token", b.token())...)
}

func (b *browser) token() string {
	b.t.Helper()

	found := tokenOf.FindStringSubmatch(b.page("/jobs"))
	require.NotEmpty(b.t, found)

	return found[1]
}

// act sends a form, and returns the note of the page that follows.
func (b *browser) act(path string, pairs ...string) string {
	b.t.Helper()

	status, body, to := b.submit(path, pairs...)
	require.Equal(b.t, http.StatusSeeOther, status, body)

	return b.page(to)
}

// present has a worker tell that it is there.
func (r *rig) present(presence control.Presence) {
	r.t.Helper()

	ctx, cancel := context.WithCancel(context.Background())
	ended := make(chan struct{})
	ticks := make(chan time.Time, 1)

	go func() {
		defer close(ended)

		control.New(r.js).Announce(ctx, ticks, func() control.Presence { return presence }, slog.New(slog.DiscardHandler))
	}()

	r.t.Cleanup(func() {
		cancel()
		<-ended
	})
}

// publishedAt is when all jobs were.
func publishedAt() time.Time { return time.Date(2026, 6, 1, 10, 20, 30, 0, time.UTC) }

// begin begins an attempt at a job.
func (r *rig) begin(id string) store.Claim {
	r.t.Helper()

	digest := sha256.Sum256([]byte(id))
	job := store.Job{
		ID: id, Program: program, BatchID: "b1", ExternalCardID: "card-" + id, ExternalConsumerID: "consumer",
		PANFirst6: card[:6], PANLast4: card[12:], PANHMAC: digest[:], PANHMACKid: "k1", MessageDigest: digest[:],
		QueuedAt: publishedAt(),
	}

	claim, err := r.ledger.Begin(r.t.Context(), store.BeginRequest{Job: job, Worker: "w1", TraceID: "trace-1", Lease: time.Minute, MaxAttempts: 3})
	require.NoError(r.t, err)
	require.Equal(r.t, store.Begun, claim.Decision)

	return claim
}

// finish ends an attempt.
func (r *rig) finish(claim store.Claim, verdict string, status store.Status, failure store.Failure) {
	r.t.Helper()

	_, err := r.ledger.Finish(r.t.Context(), store.FinishRequest{
		JobID: claim.Outcome.JobID, Attempt: claim.Attempt, StartedAt: claim.StartedAt, Verdict: verdict, Status: status, Failure: failure,
	})
	require.NoError(r.t, err)
}

// rejected is a job that the issuer did not want.
func (r *rig) rejected(id string) {
	r.t.Helper()
	r.finish(r.begin(id), "rejected", store.StatusRejected,
		store.Failure{Source: "issuer", Reason: "INVALID_STATE", Detail: "ISSUER_DECLINED", Message: "no " + markup})
}

// acts are those that were kept, the latest first.
func (r *rig) acts() []store.OperatorAct {
	r.t.Helper()

	all, err := r.ledger.OperatorActs(r.t.Context(), store.ActFilter{Limit: 10})
	require.NoError(r.t, err)

	return all
}

// endsAs waits until the latest act has ended so, and returns it.
func (r *rig) endsAs(status store.ActStatus) store.OperatorAct {
	r.t.Helper()

	eventually.True(r.t, func() bool {
		kept := r.acts()

		return len(kept) > 0 && kept[0].Status == status
	}, patience, tick, "an act that is %s", status)

	return r.acts()[0]
}

// publish leaves a message in the queue.
func (r *rig) publish(subject, body string) {
	r.t.Helper()

	message := nats.NewMsg(subject)
	message.Data = []byte(body)

	_, err := r.js.PublishMsg(r.t.Context(), message)
	require.NoError(r.t, err)
}

// hrefOf is where a link of a page leads.
func hrefOf(t *testing.T, page, text string) string {
	t.Helper()

	found := regexp.MustCompile(`href="([^"]+)">` + text + `<`).FindStringSubmatch(page)
	require.NotEmpty(t, found, "a link %s in %s", text, page)

	return html.UnescapeString(found[1])
}
