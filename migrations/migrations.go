// Package migrations embeds the SQL that makes the database schema: the migrations, one idea a file, in the order of their
// numbers, and the views. A migration that has been released is never edited: a change of the tables is a new file. A change of
// a view is an edit of views.sql.
package migrations

import "embed"

// FS holds the migrations in goose's format.
//
//go:embed [0-9]*.sql
var FS embed.FS

// Views is the text that makes the views, applied after the migrations. Its head says what its marks mean.
//
//go:embed views.sql
var Views string
