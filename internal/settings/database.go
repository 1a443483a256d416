package settings

import (
	"context"
	"log/slog"

	"enroll.example/clicktopay/pkg/store"
)

// Database says where outcomes are kept.
type Database struct {
	DatabaseURL string `name:"database-url" placeholder:"URL" help:"Postgres, such as postgres://enroll@db/enroll?sslmode=verify-full&passfile=/run/secrets/pgpass."`
}

// Check reports a missing URL, and a password file that cannot be read as one.
func (d Database) Check() error {
	if err := missing("database-url", d.DatabaseURL); err != nil {
		return Faults(err)
	}

	return Faults(about("database-url", checkPassfile(d.DatabaseURL)))
}

// Open connects and checks the schema.
func (d Database) Open(ctx context.Context, logger *slog.Logger) (*store.Store, error) {
	if err := d.Check(); err != nil {
		return nil, err
	}

	return store.Open(ctx, d.DatabaseURL, store.Options{Logger: logger})
}
