// Package migrations embeds the SQL files that make the database schema, one
// idea a file, in the order of their numbers. A file that has been released is
// never edited: a change of the schema is a new file.
package migrations

import "embed"

// FS holds the migrations in goose's format.
//
//go:embed *.sql
var FS embed.FS
