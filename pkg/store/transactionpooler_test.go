package store_test

import (
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"sync"
	"testing"

	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgproto3"
	"github.com/stretchr/testify/require"
)

// transactionPooler is a pooler in transaction mode, with the least that one is: it refuses parameters to start with, tells
// process numbers of its own, and hands each transaction to the server connection that has rested longest, so that no two
// transactions of a client follow each other on one.
type transactionPooler struct {
	listener net.Listener
	servers  chan *pgconn.HijackedConn // at rest
	clients  sync.WaitGroup

	mu       sync.Mutex
	startups []map[string]string // of each client
	open     map[net.Conn]bool
	used     map[uint32]int // transactions by server process
}

// newTransactionPooler returns a pooler before the database at address, and the URL through it.
func newTransactionPooler(t *testing.T, address string, servers int) (*transactionPooler, string) {
	t.Helper()

	listener, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	p := &transactionPooler{
		listener: listener, servers: make(chan *pgconn.HijackedConn, servers), open: map[net.Conn]bool{}, used: map[uint32]int{},
	}

	for range servers {
		conn, err := pgconn.Connect(t.Context(), address)
		require.NoError(t, err)

		server, err := conn.Hijack()
		require.NoError(t, err)

		p.servers <- server
	}

	p.clients.Go(p.accept)
	t.Cleanup(p.close)

	u, err := url.Parse(address)
	require.NoError(t, err)

	u.Host = listener.Addr().String()

	return p, u.String()
}

func (p *transactionPooler) accept() {
	for {
		client, err := p.listener.Accept()
		if err != nil {
			return
		}

		p.mu.Lock()
		p.open[client] = true
		p.mu.Unlock()

		p.clients.Go(func() {
			_ = p.serve(client, pgproto3.NewBackend(client, client)) // a client that goes takes only its own connection along

			p.mu.Lock()
			delete(p.open, client)
			p.mu.Unlock()

			_ = client.Close()
		})
	}
}

func (p *transactionPooler) close() {
	_ = p.listener.Close()

	p.mu.Lock()
	for client := range p.open {
		_ = client.Close()
	}
	p.mu.Unlock()

	p.clients.Wait()
	close(p.servers)

	for server := range p.servers {
		_ = server.Conn.Close()
	}
}

func (p *transactionPooler) serve(conn net.Conn, client *pgproto3.Backend) error {
	first, err := client.ReceiveStartupMessage()
	if err != nil {
		return err
	}

	startup, ok := first.(*pgproto3.StartupMessage)
	if !ok {
		return fmt.Errorf("%s sent %T to begin with", conn.RemoteAddr(), first)
	}

	given := maps.Clone(startup.Parameters)
	delete(given, "user")
	delete(given, "database")

	p.mu.Lock()
	p.startups = append(p.startups, given)
	p.mu.Unlock()

	for name := range given {
		client.Send(&pgproto3.ErrorResponse{Severity: "FATAL", Code: "08P01", Message: "unsupported startup parameter: " + name})
		return client.Flush()
	}

	client.Send(&pgproto3.AuthenticationOk{})
	client.Send(&pgproto3.ParameterStatus{Name: "standard_conforming_strings", Value: "on"})
	client.Send(&pgproto3.ParameterStatus{Name: "client_encoding", Value: "UTF8"})
	client.Send(&pgproto3.BackendKeyData{ProcessID: 1, SecretKey: []byte{1, 2, 3, 4}})
	client.Send(&pgproto3.ReadyForQuery{TxStatus: 'I'})

	if err := client.Flush(); err != nil {
		return err
	}

	for {
		if err := p.transaction(client); err != nil {
			return err
		}
	}
}

// transaction relays what belongs to one transaction, which begins with the client's next message.
func (p *transactionPooler) transaction(client *pgproto3.Backend) (err error) {
	message, err := client.Receive()
	if err != nil {
		return err
	}

	server := <-p.servers
	status := byte('I')

	defer func() {
		if status != 'I' { // the client has left in the midst of it
			server.Frontend.Send(&pgproto3.Query{String: "rollback"})
			err = errors.Join(err, server.Frontend.Flush(), untilReady(server.Frontend, nil, &status))
		}
		p.servers <- server
	}()

	p.mu.Lock()
	p.used[server.PID]++
	p.mu.Unlock()

	for {
		if _, ok := message.(*pgproto3.Terminate); ok {
			return net.ErrClosed
		}

		server.Frontend.Send(message)

		switch message.(type) {
		case *pgproto3.Query, *pgproto3.Sync:
			if err := server.Frontend.Flush(); err != nil {
				return err
			}

			if err := untilReady(server.Frontend, client, &status); err != nil || status == 'I' {
				return err
			}
		}

		if message, err = client.Receive(); err != nil {
			return err
		}
	}
}

// untilReady relays the server's answers up to the one that says that it waits for the next message.
func untilReady(server *pgproto3.Frontend, client *pgproto3.Backend, status *byte) error {
	for {
		message, err := server.Receive()
		if err != nil {
			return err
		}

		if client != nil {
			client.Send(message)
		}

		if ready, ok := message.(*pgproto3.ReadyForQuery); ok {
			*status = ready.TxStatus

			if client == nil {
				return nil
			}

			return client.Flush()
		}
	}
}

// transactions are how many each server connection had.
func (p *transactionPooler) transactions() []int {
	p.mu.Lock()
	defer p.mu.Unlock()

	var all []int
	for _, n := range p.used {
		all = append(all, n)
	}

	return all
}

// parameters are those that clients wanted to start with.
func (p *transactionPooler) parameters() []map[string]string {
	p.mu.Lock()
	defer p.mu.Unlock()

	return append([]map[string]string(nil), p.startups...)
}
