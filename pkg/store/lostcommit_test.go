package store_test

import (
	"bytes"
	"io"
	"net"
	"net/url"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/store"
)

// thief stands between a store and Postgres. While it is armed it passes the next
// commit on, waits for the answer, and keeps it: the connection breaks instead.
type thief struct {
	listener net.Listener
	upstream string
	armed    atomic.Bool
	pipes    sync.WaitGroup
}

func newThief(t *testing.T, databaseURL string) (*thief, string) {
	t.Helper()

	u, err := url.Parse(databaseURL)
	require.NoError(t, err)

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	p := &thief{listener: listener, upstream: u.Host}
	u.Host = listener.Addr().String()

	p.pipes.Go(p.accept)
	t.Cleanup(func() {
		_ = listener.Close()
		p.pipes.Wait()
	})

	return p, u.String()
}

func (p *thief) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}

		p.pipes.Go(func() { p.serve(client) })
	}
}

func (p *thief) serve(client net.Conn) {
	defer func() { _ = client.Close() }()

	server, err := net.Dial("tcp", p.upstream) //nolint:noctx // it ends with the connections that the test closes
	if err != nil {
		return
	}
	defer func() { _ = server.Close() }()

	stolen := make(chan struct{})
	answers := &answers{to: client, stolen: stolen}

	p.pipes.Go(func() {
		_, _ = io.Copy(answers, server)
		_ = client.Close()
	})

	buffer := make([]byte, 64<<10)

	for {
		n, err := client.Read(buffer)
		if err != nil {
			return
		}

		if bytes.Contains(buffer[:n], []byte("commit\x00")) && p.armed.CompareAndSwap(true, false) {
			answers.steal.Store(true)
		}

		if _, err := server.Write(buffer[:n]); err != nil {
			return
		}

		if answers.steal.Load() {
			<-stolen
			return
		}
	}
}

// answers passes what Postgres says on, until it is to keep it.
type answers struct {
	to     io.Writer
	steal  atomic.Bool
	stolen chan struct{}
}

func (a *answers) Write(b []byte) (int, error) {
	if a.steal.Load() {
		close(a.stolen)
		return 0, io.ErrClosedPipe
	}

	return a.to.Write(b)
}

// The commit of Begin arrives and its answer does not: the attempt stands with a
// lease that nobody knows of. The worker that asks again gets it, nobody else does.
func TestBeginAfterALostCommit(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	proxy, through := newThief(t, d.url)
	s := openStore(t, through, store.Options{})

	proxy.armed.Store(true)

	_, err := s.Begin(t.Context(), beginRequest("j"))
	require.Error(t, err)
	require.True(t, store.Retryable(err), err.Error())
	require.EqualValues(t, 1, value[int64](t, d, `SELECT count(*) FROM attempts WHERE job_id = 'j'`))

	elsewhere, err := d.Begin(t.Context(), beginRequest("j"))
	require.NoError(t, err)
	require.Equal(t, store.Held, elsewhere.Decision)

	claim := begin(t, s, beginRequest("j"))
	require.Equal(t, 1, claim.Attempt, "the attempt that was committed")
	require.Equal(t, 1, claim.Charged)

	again, err := s.Begin(t.Context(), beginRequest("j"))
	require.NoError(t, err)
	require.Equal(t, store.Held, again.Decision, "it is given away once")

	finish(t, s, result(claim, "enrolled", store.StatusEnrolled))
	requireCountsFit(t, d)
}

// The same for Finish and End, which may simply be called again.
func TestFinishAndEndAfterALostCommit(t *testing.T) {
	t.Parallel()

	d := newDatabase(t, store.Options{})
	proxy, through := newThief(t, d.url)
	s := openStore(t, through, store.Options{})

	request := result(begin(t, s, beginRequest("j")), "enrolled", store.StatusEnrolled)
	proxy.armed.Store(true)

	_, err := s.Finish(t.Context(), request)
	require.Error(t, err)
	require.True(t, store.Retryable(err), err.Error())

	finish(t, s, request)

	end := store.EndRequest{Job: newJob("k"), Status: store.StatusExpired}
	proxy.armed.Store(true)

	_, err = s.End(t.Context(), end)
	require.Error(t, err)
	require.True(t, store.Retryable(err), err.Error())

	claim, err := s.End(t.Context(), end)
	require.NoError(t, err)
	require.Equal(t, store.Final, claim.Decision)
	require.Equal(t, store.StatusExpired, claim.Outcome.Status)
	requireCountsFit(t, d)
}
