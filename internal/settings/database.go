package settings

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"

	"enroll.example/clicktopay/pkg/store"
)

// Database says where outcomes are kept.
type Database struct {
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"Postgres, such as postgres://enroll@db/enroll?sslmode=verify-full&passfile=/run/secrets/pgpass."`
}

// Check reports a missing URL, one that does not say which database is meant, and a password file that cannot be read as one.
func (d Database) Check() error {
	if err := Missing("database-url", d.DatabaseURL); err != nil {
		return Faults(err)
	}

	err := checkDatabase(d.Address())
	if err == nil {
		err = store.CheckURL(d.Address())
	}

	return Faults(About("database-url", err), About("database-url", checkPassfile(d.Address())))
}

// Open connects and checks the schema.
func (d Database) Open(ctx context.Context, logger *slog.Logger) (*store.Store, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}

	opened, err := store.Open(ctx, d.Address(), store.Options{Logger: logger})

	return opened, d.Named(err)
}

// Named names the setting in an error of connecting; others stay as they are.
func (d Database) Named(err error) error {
	if !errors.Is(err, store.ErrConnecting) {
		return err
	}

	return fmt.Errorf("%w (as --database-url or ENROLL_DATABASE_URL says)", err)
}

// Address returns the URL as the store takes it; Check must have passed.
func (d Database) Address() string { return strings.TrimSpace(d.DatabaseURL) }
