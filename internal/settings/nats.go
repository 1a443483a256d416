package settings

import (
	"cmp"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"log/slog"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/pkg/jobs"
)

// NATS says where the queue is and how to get in.
type NATS struct {
	NATSURL       string `name:"nats-url"        default:"nats://127.0.0.1:4222" help:"Server or, separated by commas, servers of the queue."`
	NATSCredsFile string `name:"nats-creds-file" placeholder:"FILE"              help:"Credentials file (JWT and seed)."`
	NATSCAFile    string `name:"nats-ca-file"    placeholder:"FILE"              help:"Certificates to trust the servers by (PEM)."`
	NATSCertFile  string `name:"nats-cert-file"  placeholder:"FILE"              help:"Client certificate (PEM), with --nats-key-file."`
	NATSKeyFile   string `name:"nats-key-file"   placeholder:"FILE"              help:"Key of the client certificate (PEM)."`

	NATSInboxPrefix string `name:"nats-inbox-prefix" default:"_INBOX" help:"Subject below which the queue's answers arrive; one that other users may not read."`
}

const (
	connectTimeout = 10 * time.Second
	reconnectWait  = time.Second
	// A server whose host has vanished closes nothing: it is noticed by its silence, after these together.
	pingInterval = 10 * time.Second
	maxPings     = 2
)

// Connect connects to the queue. The connection never gives up reconnecting; what happens to it is logged.
func (n NATS) Connect(name string, logger *slog.Logger, more ...nats.Option) (jetstream.JetStream, func(), error) {
	options := append([]nats.Option{
		nats.Name(name),
		nats.CustomInboxPrefix(cmp.Or(n.NATSInboxPrefix, nats.InboxPrefix[:len(nats.InboxPrefix)-1])),
		nats.Timeout(connectTimeout),
		nats.MaxReconnects(-1),
		nats.ReconnectWait(reconnectWait),
		nats.PingInterval(pingInterval),
		nats.MaxPingsOutstanding(maxPings),
		nats.DisconnectErrHandler(func(_ *nats.Conn, err error) {
			if err != nil {
				logger.Warn("the connection to the queue is lost, reconnecting", "error", err)
			}
		}),
		nats.ReconnectHandler(func(nc *nats.Conn) { logger.Info("connected to the queue again", "server", nc.ConnectedUrlRedacted()) }),
		nats.ErrorHandler(func(_ *nats.Conn, _ *nats.Subscription, err error) {
			logger.Error("the queue reports an error", "error", err)
		}),
	}, more...)

	files, err := n.files()
	if err != nil {
		return nil, nil, err
	}

	options = append(options, files...)

	servers, shown, err := queueAddresses(n.NATSURL)
	if err != nil {
		return nil, nil, Faults(About("nats-url", err))
	}

	nc, err := nats.Connect(servers, options...)
	if err != nil {
		return nil, nil, notConnected(shown, err)
	}

	js, err := jetstream.New(nc)
	if err != nil {
		nc.Close()
		return nil, nil, fmt.Errorf("preparing JetStream: %w", err)
	}

	return js, nc.Close, nil
}

// notConnected says what is wrong with a connection to the queue, and with which settings.
func notConnected(shown string, err error) error {
	const settings = "--nats-url or ENROLL_NATS_URL"

	switch {
	case errors.Is(err, nats.ErrNoServers):
		return fmt.Errorf("connecting to the queue: no server answers at %s (as %s says): %w", shown, settings, err)
	case errors.Is(err, nats.ErrAuthorization):
		return fmt.Errorf("connecting to the queue: the server at %s refuses the user (of %s, or --nats-creds-file): %w",
			shown, settings, err)
	default:
		return fmt.Errorf("connecting to the queue at %s: %w (as %s says)", shown, err, settings)
	}
}

// CheckQueue reports what is wrong with the addresses and the files, without connecting.
func (n NATS) CheckQueue() error {
	_, _, errAddress := queueAddresses(n.NATSURL)
	_, errFiles := n.files()

	var errPair, errCA error

	if n.NATSCertFile != "" || n.NATSKeyFile != "" {
		_, errPair = n.keyPair()
	}

	if n.NATSCAFile != "" {
		_, errCA = n.authorities()
	}

	return Faults(About("nats-url", errAddress), errFiles, errPair, errCA, n.checkInboxPrefix())
}

// inboxForm is one or more tokens of a subject.
var inboxForm = regexp.MustCompile(`^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$`)

func (n NATS) checkInboxPrefix() error {
	first, _, _ := strings.Cut(n.NATSInboxPrefix, ".")

	switch {
	case n.NATSInboxPrefix == "":
		return nil
	case first == "enroll": // its subjects are those of streams
		return About("nats-inbox-prefix", errors.New("begins with enroll, as the subjects of jobs do: choose another"))
	case !inboxForm.MatchString(n.NATSInboxPrefix):
		return About("nats-inbox-prefix",
			fmt.Errorf("%.60q is not one or more of A-Z a-z 0-9 _ - with dots between them", n.NATSInboxPrefix))
	}

	return nil
}

func (n NATS) keyPair() (tls.Certificate, error) {
	pair, err := keyfile.KeyPair(n.NATSCertFile, n.NATSKeyFile)

	return pair, About("nats-cert-file and --nats-key-file", err)
}

func (n NATS) authorities() (*x509.CertPool, error) {
	pool, err := keyfile.Certificates(n.NATSCAFile)

	return pool, About("nats-ca-file", err)
}

// files are the options for the files that are named. Each is read again with each connection.
func (n NATS) files() (options []nats.Option, err error) {
	if n.NATSCredsFile != "" {
		if err := keyfile.CheckPlain(n.NATSCredsFile); err != nil {
			return nil, Faults(About("nats-creds-file", err))
		}

		options = append(options, nats.UserCredentials(n.NATSCredsFile))
	}

	var (
		pair  nats.TLSCertHandler
		roots nats.RootCAsHandler
	)

	if n.NATSCertFile != "" || n.NATSKeyFile != "" {
		pair = n.keyPair
	}

	if n.NATSCAFile != "" {
		roots = n.authorities
	}

	if pair != nil || roots != nil {
		options = append(options, nats.ClientTLSConfig(pair, roots))
	}

	return options, nil
}

// Streams says how the streams are made when they are missing.
type Streams struct {
	Replicas      int           `name:"replicas"        default:"1"     help:"Copies of each stream: 1 on a single server, 3 or 5 in a cluster."`
	MaxQueueBytes int64         `name:"max-queue-bytes" default:"0"     help:"Size at which the job stream refuses more; 0 for 16 GiB, else 1 MiB or more."`
	AckWait       time.Duration `name:"ack-wait"        default:"30s"   help:"Time without a sign of life after which a job goes to another worker; 1s to 1h."`
	MaxAckPending int           `name:"max-ack-pending" default:"10000" help:"Jobs of a program in the hands of all workers together; 1 to 1000000."`
	OutcomesAge   time.Duration `name:"outcomes-max-age" default:"168h" help:"How long events of outcomes are kept for consumers; 0 for seven days."`
}

// Bounds of these settings. A size below the least would hold a handful of jobs.
const (
	leastQueueBytes = 1 << 20
	mostAckPending  = 1_000_000
	mostAckWait     = time.Hour
)

// CheckStreams reports what no server would take, what would be taken for the default, and what would stop the work.
func (s Streams) CheckStreams() error {
	return Faults(s.checkReplicas(), s.checkQueueBytes(), Between("ack-wait", s.AckWait, time.Second, mostAckWait),
		Between("max-ack-pending", s.MaxAckPending, 1, mostAckPending), s.checkOutcomesAge())
}

// checkReplicas takes the numbers of copies of which a majority is left when one is lost, and a single one.
func (s Streams) checkReplicas() error {
	if !slices.Contains([]int{1, 3, 5}, s.Replicas) {
		return About("replicas", fmt.Errorf("%d is not 1, 3 or 5: an even number survives no more losses than one less", s.Replicas))
	}

	return nil
}

func (s Streams) checkQueueBytes() error {
	if s.MaxQueueBytes != 0 && s.MaxQueueBytes < leastQueueBytes {
		return About("max-queue-bytes", fmt.Errorf("%d is not %d (1 MiB) or more, or 0 for 16 GiB", s.MaxQueueBytes, leastQueueBytes))
	}

	return nil
}

// checkOutcomesAge refuses what would lose events that a consumer is about to read.
func (s Streams) checkOutcomesAge() error {
	if s.OutcomesAge == 0 {
		return nil
	}

	return atLeast("outcomes-max-age", s.OutcomesAge, time.Hour)
}

// Topology returns the streams as set.
func (s Streams) Topology() jobs.Topology {
	return jobs.Topology{
		Replicas: s.Replicas, MaxBytes: s.MaxQueueBytes, AckWait: s.AckWait, MaxAckPending: s.MaxAckPending,
		OutcomesMaxAge: s.OutcomesAge,
	}
}
