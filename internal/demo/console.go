package demo

import (
	"context"
	"crypto/rand"
	"fmt"
	"net"
	"os"
	"path/filepath"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// usualConsole is where worker console listens. While another one does, the demo's takes a port that is free.
const usualConsole = "127.0.0.1:8383"

// consoleUser is who uses the console of a demo, with a password of its own.
const consoleUser = "demo"

// invitation is how to get into the console.
type invitation struct{ url, password string }

// console serves a console until the parts are closed.
func (p *parts) console(ctx context.Context, o Options) (invitation, error) {
	password := rand.Text()

	users, err := p.consoleUsers([]byte(password))
	if err != nil {
		return invitation{}, err
	}

	gate, err := access.OpenUsers(users)
	if err != nil {
		return invitation{}, err
	}

	verdicts, err := mastercard.Verdicts()
	if err != nil {
		return invitation{}, err
	}

	keys, err := enroll.LoadHMACKeys(p.keys.Path(devkeys.HMACKey))
	if err != nil {
		return invitation{}, err
	}

	options := console.Options{
		Open: func(ctx context.Context) (*store.Store, error) {
			return store.Open(ctx, p.postgres.URL(database), store.Options{Logger: p.logger})
		},
		Queue: p.js, Gate: access.New(access.Options{Users: gate, Now: o.Now, Logger: p.logger}), Acts: true, Verdicts: verdicts,
		Now: o.Now, Logger: p.logger, Version: "demo",
	}

	made, err := console.New(options.WithHMACKeys(func() []enroll.HMACKey { return keys }))
	if err != nil {
		return invitation{}, err
	}

	listener, err := listenAt(ctx, usualConsole, "127.0.0.1:0")
	if err != nil {
		return invitation{}, fmt.Errorf("opening a port for the console: %w", err)
	}

	ctx, cancel := context.WithCancel(context.WithoutCancel(ctx))
	served := make(chan error, 1)

	go func() { served <- made.Serve(ctx, listener) }()

	p.onClose(func() error {
		cancel()

		return <-served
	})

	return invitation{"http://" + listener.Addr().String(), password}, nil
}

// consoleUsers writes the users file.
func (p *parts) consoleUsers(password []byte) (path string, err error) {
	entry, err := access.Entry(consoleUser, access.Operator, password, access.Cost)
	if err != nil {
		return "", err
	}

	path = filepath.Join(p.dir, "console-users")

	return path, os.WriteFile(path, []byte(entry+"\n"), 0o600)
}

// listenAt opens the first address that is free.
func listenAt(ctx context.Context, addresses ...string) (listener net.Listener, err error) {
	for _, address := range addresses {
		listener, err = (&net.ListenConfig{}).Listen(ctx, "tcp", address)
		if err == nil {
			return listener, nil
		}
	}

	return nil, err
}
