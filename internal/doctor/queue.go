package doctor

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
)

// queueTimeout bounds each request.
const queueTimeout = 5 * time.Second

// A Queue says where jobs are and who uses them.
type Queue struct {
	// Connect connects, and is asked once.
	Connect func() (jetstream.JetStream, func(), error)
	// Topology is how the streams should be.
	Topology jobs.Topology
	// Role is whose rights are needed.
	Role grants.Role
	// MonitorURL is the server's monitoring address; empty: what only that tells is said to be unproven. Transport asks it.
	MonitorURL string
	Transport  http.RoundTripper
	// Now tells this machine's time.
	Now func() time.Time
}

// queue is the area in the making.
type queue struct {
	checks

	Queue

	js jetstream.JetStream
}

// Check looks at the queue. It makes nothing, takes no job, and leaves nothing behind.
func (q Queue) Check(ctx context.Context) []Check {
	this := &queue{checks: checks{area: "queue"}, Queue: q}

	js, disconnect, err := q.Connect()
	if err != nil {
		this.fail("connection", "See that NATS runs, and check --nats-url and the credentials.", "%v", err)

		return this.all
	}
	defer disconnect()

	this.js = js
	this.version()
	this.account(ctx)

	if streams, ready := this.streams(ctx); ready {
		this.copies(streams)
		this.clock(streams)
		this.configuration(ctx)
	}

	this.rights(ctx)
	this.sync(ctx)

	return this.all
}

// schedules came with this version.
var oldestServer = []int{2, 12} //nolint:gochecknoglobals // a constant, but for its type

func (q *queue) version() {
	version := q.js.Conn().ConnectedServerVersion()

	var major, minor int
	if _, err := fmt.Sscanf(version, "%d.%d", &major, &minor); err != nil {
		q.warn("version", "See that it is a NATS server of 2.12 or later.", "%q is no version", version)
		return
	}

	if slices.Compare([]int{major, minor}, oldestServer) < 0 {
		q.fail("version", "Update the servers to 2.12 or later: scheduled messages are needed.", "NATS %s", version)
	} else {
		q.ok("version", "NATS %s at %s", version, q.js.Conn().ConnectedUrlRedacted())
	}
}

// account looks for the limits of JetStream.
func (q *queue) account(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	explain := jobs.Unanswered(q.js)

	info, err := q.js.AccountInfo(ctx)

	switch {
	case errors.Is(err, jetstream.ErrJetStreamNotEnabled), errors.Is(err, jetstream.ErrJetStreamNotEnabledForAccount):
		q.fail("JetStream", "Enable JetStream for the server and the account.", "it is not enabled")
	case err != nil:
		q.warn("JetStream limits", "Allow this user to publish to $JS.API.INFO, or look with nats account info.", "%v", explain(err))
	case info.Limits.MaxStore > 0:
		used := float64(info.Store) / float64(info.Limits.MaxStore)
		found := fmt.Sprintf("%s of %s of the account's storage in use (%.0f %%)",
			size(info.Store), size(info.Limits.MaxStore), 100*used)

		const nearlyFull = 0.8

		if used > nearlyFull {
			q.worse(used >= 1, "JetStream limits", "Raise the account's storage, or see why jobs are not taken.", "%s", found)
		} else {
			q.ok("JetStream limits", "%s", found)
		}
	default:
		q.ok("JetStream limits", "%s of storage in use, no limit of the account", size(info.Store))
	}
}

// streams reads those that the work needs.
func (q *queue) streams(ctx context.Context) (found []*jetstream.StreamInfo, ready bool) {
	var missing []string

	names := []string{jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes, "KV_" + jobs.BucketControl}
	for _, name := range names {
		info, err := q.stream(ctx, name)

		switch {
		case errors.Is(err, jetstream.ErrStreamNotFound):
			missing = append(missing, name)
		case err != nil:
			q.fail("streams", "See that the servers of the stream are there.", "reading stream %s: %v", name, err)

			return nil, false
		default:
			found = append(found, info)
		}
	}

	if len(missing) > 0 {
		q.warn("streams", "worker run makes them when it starts.", "missing: %s", strings.Join(missing, ", "))
	} else {
		q.ok("streams", "%s", strings.Join(names, ", "))
	}

	return found, len(missing) == 0
}

func (q *queue) stream(ctx context.Context, name string) (*jetstream.StreamInfo, error) {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	explain := jobs.Unanswered(q.js)

	stream, err := q.js.Stream(ctx, name)
	if err != nil {
		return nil, explain(err)
	}

	return stream.CachedInfo(), nil
}

// copies says how many there are of each stream, where, and whether all are up to date. Those that have one are told together.
func (q *queue) copies(streams []*jetstream.StreamInfo) {
	var single []string

	for _, info := range streams {
		if info.Config.Replicas < 2 {
			single = append(single, info.Config.Name)
			continue
		}

		name := "copies of " + info.Config.Name
		at, behind := placesOf(info)

		switch found := fmt.Sprintf("%d, at %s", info.Config.Replicas, strings.Join(at, ", ")); {
		case len(behind) > 0:
			q.warn(name, "See to these servers.", "%s; not up to date: %s", found, strings.Join(behind, ", "))
		default:
			q.ok(name, "%s: see that these fail apart from each other", found)
		}
	}

	if len(single) > 0 {
		q.warn("copies", "In production run three servers in three places, and give each stream three copies.",
			"one of each of %s: what is accepted is lost with its disk", strings.Join(single, ", "))
	}
}

func placesOf(info *jetstream.StreamInfo) (at, behind []string) {
	if info.Cluster == nil {
		return nil, nil
	}

	at = []string{info.Cluster.Leader}

	for _, peer := range info.Cluster.Replicas {
		at = append(at, peer.Name)

		if peer.Offline || !peer.Current {
			behind = append(behind, peer.Name)
		}
	}

	return at, behind
}

func (q *queue) clock(streams []*jetstream.StreamInfo) {
	if last := streams[len(streams)-1]; !last.TimeStamp.IsZero() {
		q.difference("clock", last.TimeStamp.Sub(q.Now()))
	}
}

// configuration compares streams and consumers with the settings.
func (q *queue) configuration(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, queueTimeout)
	defer cancel()

	explain := jobs.Unanswered(q.js)

	inspection, err := jobs.Inspect(ctx, q.js, q.Topology)
	if err != nil {
		q.fail("configuration", "See that the servers of the streams are there.", "%v", explain(err))
		return
	}

	for _, drift := range inspection.Drifts {
		q.warn("configuration", "Change the setting, or the queue: worker streams apply.", "%s", drift)
	}

	for _, lane := range inspection.Missing {
		q.warn("consumers", "worker run makes it when it starts.", "missing: %s", lane.Consumer.Durable)
	}

	if len(inspection.Drifts)+len(inspection.Missing) == 0 {
		q.ok("configuration", "streams and consumers are as the settings say")
	}
}

func size[N int64 | uint64](bytes N) string {
	const unit = 1 << 20

	return fmt.Sprintf("%.1f MiB", float64(bytes)/unit)
}

// masked is an error without what it may repeat of a setting.
func masked(err error) string { return settings.Masked(err.Error()) }
