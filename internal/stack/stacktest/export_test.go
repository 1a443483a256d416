package stacktest

import "context"

// WithDatabase is withDatabase.
func WithDatabase(connection, database string) string { return withDatabase(connection, database) }

// Given is a server that was there before.
type Given struct{ server *postgres }

// NewGiven is what Main makes of DatabaseSetting.
func NewGiven(url string) Given { return Given{newPostgres(url)} }

// Database makes a database with the schema.
func (g Given) Database(ctx context.Context) (string, error) {
	template, err := g.server.migrated()
	if err != nil {
		return "", err
	}

	name, err := g.server.create(ctx, template)

	return g.server.url(name), err
}

// Prefix is what the names of its databases begin with.
func (g Given) Prefix() string { return g.server.prefix }

// Stop is what Main does at the end.
func (g Given) Stop(ctx context.Context) error { return g.server.stop(ctx) }
