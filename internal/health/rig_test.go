package health_test

import (
	"bytes"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	dto "github.com/prometheus/client_model/go"
	"github.com/prometheus/common/expfmt"
	"github.com/prometheus/common/model"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/health"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

const (
	// patience is for things that must happen, on a machine that does much else.
	patience    = 40 * time.Second
	callTimeout = 5 * time.Second
	tick        = 20 * time.Millisecond
)

// rig is a worker with all it needs, each part the real one, and its monitor behind HTTP.
type rig struct {
	t          *testing.T
	nats       *stack.NATS
	natsDir    string
	natsListen string
	queue      *proxy
	js         jetstream.JetStream
	database   string
	store      *store.Store
	sandbox    *sandbox.Sandbox
	signing    string // file
	reload     []mastercard.Reloader
	publisher  *jobs.Publisher
	sealer     *jobs.Sealer
	config     enroll.Config
	api        enroll.API
	monitor    health.Config
	late       atomic.Int64 // nanoseconds by which the monitor's clock is ahead
	watching   *health.Monitor
	url        string
	apiURL     string
}

// newRig makes all but the worker, with the database at a URL.
func newRig(t *testing.T, database string) *rig {
	t.Helper()

	r := &rig{t: t, natsDir: t.TempDir(), natsListen: "127.0.0.1:0", database: database}
	r.startNATS()
	r.natsListen = r.nats.URL()[len("nats://"):]
	r.queue = newProxy(t, r.natsListen)

	nc, err := nats.Connect("nats://"+r.queue.addr(), nats.MaxReconnects(-1), nats.ReconnectWait(tick))
	require.NoError(t, err)
	t.Cleanup(nc.Close)
	r.js, err = jetstream.New(nc)
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), r.js, topology())
	require.NoError(t, err)

	r.store, err = store.Open(t.Context(), database, store.Options{})
	require.NoError(t, err)
	t.Cleanup(r.store.Close)

	r.startSandbox()
	r.configure()

	return r
}

func (r *rig) startNATS() {
	r.t.Helper()

	server, err := stack.StartNATS(r.t.Context(), stack.NATSOptions{Dir: r.natsDir, Listen: r.natsListen})
	require.NoError(r.t, err)
	r.nats = server
	r.t.Cleanup(server.Stop)
}

func (r *rig) startSandbox() {
	r.t.Helper()

	options, err := keys().Sandbox()
	require.NoError(r.t, err)
	r.sandbox, err = sandbox.New(options)
	require.NoError(r.t, err)

	server := httptest.NewServer(r.sandbox)
	r.t.Cleanup(server.Close)

	r.apiURL = server.URL
	r.signing = filepath.Join(r.t.TempDir(), "signing-key.pem")
	r.signFromStart(devkeys.SigningKey)
}

// signFromStart makes the worker's client, with one of the RSA keys as the first that it signs by.
func (r *rig) signFromStart(name string) {
	r.t.Helper()

	r.sign(name)

	api := service.API{
		MastercardURL:     r.apiURL + sandbox.BasePath,
		ConsumerKeyFile:   keys().Path(devkeys.ConsumerKey),
		SigningKeyFile:    r.signing,
		EncryptionKeyFile: keys().Path(devkeys.SandboxPublicKeySet),
		CallTimeout:       callTimeout,
		ComplianceAt:      "request",
	}
	apiKeys, err := api.Keys(r.t.Context())
	require.NoError(r.t, err)
	r.reload = apiKeys.Files
	r.api, err = api.Client(apiKeys, slog.New(slog.DiscardHandler))
	require.NoError(r.t, err)

	r.monitor.Keys = func() []mastercard.KeyInfo {
		return []mastercard.KeyInfo{apiKeys.Signing.SigningKey().Info(), apiKeys.Encryption.EncryptionKey().Info()}
	}
}

// sign puts one of the RSA keys where the worker's signing key is read.
func (r *rig) sign(name string) {
	r.t.Helper()

	key, err := os.ReadFile(keys().Path(name))
	require.NoError(r.t, err)
	require.NoError(r.t, os.WriteFile(r.signing, key, 0o600))

	for _, source := range r.reload {
		_, err := source.Reload(r.t.Context())
		require.NoError(r.t, err)
	}
}

func (r *rig) configure() {
	r.t.Helper()

	worker := service.Worker{
		ProgramsFile:   keys().Path(devkeys.Programs),
		IntakeKeyFiles: []string{keys().Path(devkeys.IntakeKey)},
		HMACKeyFiles:   []string{keys().Path(devkeys.HMACKey)},
		WorkerName:     "worker-1",
	}
	workerKeys, err := worker.Keys()
	require.NoError(r.t, err)
	r.config, err = worker.Config(workerKeys, settings.Streams{}, slog.New(slog.DiscardHandler))
	require.NoError(r.t, err)

	program := r.config.Programs[devkeys.Program]
	program.MaxAttempts, program.Backoff = 3, pace.Backoff{Base: 10 * time.Millisecond, Cap: 50 * time.Millisecond}
	r.config.Programs[devkeys.Program] = program
	r.config.HandBack = 50 * time.Millisecond

	r.monitor.Lanes = topology().Lanes()
	r.makePacers()
	r.monitor.Connected = r.js.Conn().IsConnected
	r.monitor.Ping = r.store.Ping
	r.monitor.Now = func() time.Time { return time.Now().Add(time.Duration(r.late.Load())) }

	r.publisher = jobs.NewPublisher(r.js, jobs.PublisherOptions{})
	intake, err := jobs.LoadIntakePublicKey(keys().Path(devkeys.IntakePublicKey))
	require.NoError(r.t, err)
	r.sealer, err = jobs.NewSealer(intake, nil)
	require.NoError(r.t, err)
}

// topology is that of the one program.
func topology() jobs.Topology { return jobs.Topology{Programs: []string{devkeys.Program}} }

// Names of its lanes.
const (
	freshLane = jobs.StreamJobs + "/" + devkeys.Program
	dueLane   = jobs.StreamRetry + "/" + devkeys.Program
)

// makePacers makes the worker's and the monitor's, with probes that come soon.
func (r *rig) makePacers() {
	r.config.Pacers = enroll.NewPacers(r.config.Programs, enroll.PacerOptions{
		InFlight: r.config.InFlight,
		Gate:     pace.Options{FirstProbe: 20 * time.Millisecond, LongestProbe: 100 * time.Millisecond},
		Logger:   r.config.Logger,
	})
	r.monitor.Pacers = r.config.Pacers
}

// watch makes the monitor.
func (r *rig) watch() {
	r.watching = health.New(r.monitor)
	r.config.Observer = r.watching

	server := httptest.NewServer(r.watching.Handler())
	r.t.Cleanup(server.Close)
	r.url = server.URL
}

// start runs a worker and returns what stops it.
func (r *rig) start() (stop func()) {
	r.t.Helper()
	r.watch()

	worker, err := enroll.New(r.js, r.store, r.api, r.config)
	require.NoError(r.t, err)

	running := parts.Run(r.t, worker)

	stop = sync.OnceFunc(func() {
		r.watching.Stopping()
		running()
	})
	r.t.Cleanup(stop)

	return stop
}

func (r *rig) publish(id, number string) {
	r.t.Helper()

	job, err := r.sealer.Seal(jobs.Job{ID: id, Program: devkeys.Program}, parts.Payload(number))
	require.NoError(r.t, err)
	_, err = r.publisher.Publish(r.t.Context(), job)
	require.NoError(r.t, err)
}

// enrolled waits until all of these jobs have been.
func (r *rig) enrolled(ids ...string) {
	r.t.Helper()

	eventually.True(r.t, func() bool {
		for _, id := range ids {
			if outcome, found, err := r.store.Outcome(r.t.Context(), id); err != nil || !found || outcome.Status != store.StatusEnrolled {
				return false
			}
		}

		return true
	}, patience, tick)
}

// inspect looks at the queue as the worker does now and then.
func (r *rig) inspect(settings jobs.Topology) {
	r.t.Helper()

	found, err := jobs.Inspect(r.t.Context(), r.js, settings)
	require.NoError(r.t, err)
	r.watching.Inspected(found)
}

func (r *rig) get(path string) (code int, body []byte) {
	r.t.Helper()

	request, err := http.NewRequestWithContext(r.t.Context(), http.MethodGet, r.url+path, nil)
	require.NoError(r.t, err)
	response, err := (&http.Client{Timeout: patience}).Do(request)
	require.NoError(r.t, err)
	body, err = io.ReadAll(response.Body)
	require.NoError(r.t, err)
	require.NoError(r.t, response.Body.Close())

	return response.StatusCode, body
}

// ready asks whether the worker is ready.
func (r *rig) ready() health.Readiness {
	r.t.Helper()

	code, body := r.get("/readyz")

	var readiness health.Readiness
	require.NoError(r.t, json.Unmarshal(body, &readiness))
	require.Equal(r.t, readiness.Ready, code == http.StatusOK, "%s", body)
	require.Equal(r.t, readiness.Ready, len(readiness.Reasons) == 0, "%s", body)

	return readiness
}

// becomes waits until the worker is ready, or not.
func (r *rig) becomes(ready bool) health.Readiness {
	r.t.Helper()

	var last health.Readiness

	eventually.True(r.t, func() bool {
		last = r.ready()
		return last.Ready == ready
	}, patience, tick)

	return last
}

// metrics scrapes.
func (r *rig) metrics() map[string]*dto.MetricFamily {
	r.t.Helper()

	code, body := r.get("/metrics")
	require.Equal(r.t, http.StatusOK, code, "%s", body)

	parser := expfmt.NewTextParser(model.UTF8Validation)
	families, err := parser.TextToMetricFamilies(bytes.NewReader(body))
	require.NoError(r.t, err)

	return families
}

// values are those of a metric by the value of its labels, but for that of the one program.
func (r *rig) values(name string) map[string]float64 {
	r.t.Helper()

	values := map[string]float64{}

	for _, metric := range r.metrics()[name].GetMetric() {
		var labels []string

		for _, label := range metric.GetLabel() {
			if label.GetName() != "program" {
				labels = append(labels, label.GetValue())
			}
		}

		values[strings.Join(labels, "/")] = metric.GetCounter().GetValue() + metric.GetGauge().GetValue()
	}

	return values
}
