package store

import (
	"regexp"
	"strings"
)

// lossesOf reads what the way back of a migration drops, deletes and overwrites. It knows the forms that the migrations have; a
// test holds what it finds against what the tables have before and after.
func lossesOf(migration string) (losses []Loss) {
	var (
		dropTable  = regexp.MustCompile(`(?is)^DROP TABLE (?:IF EXISTS )?([\w, ]+)$`)
		alter      = regexp.MustCompile(`(?is)^ALTER TABLE (\w+)\s(.*)$`)
		dropColumn = regexp.MustCompile(`(?is)\bDROP COLUMN (?:IF EXISTS )?(\w+)`)
		deleted    = regexp.MustCompile(`(?is)^DELETE FROM (\w+) WHERE (.*)$`)
		updated    = regexp.MustCompile(`(?is)^UPDATE (\w+) SET .* WHERE (.*)$`)
	)

	for _, statement := range downStatements(migration) {
		if strings.Contains(statement, "schema_support") {
			continue // what a step says of itself
		}

		if found := dropTable.FindStringSubmatch(statement); found != nil {
			for table := range strings.SplitSeq(found[1], ",") {
				losses = append(losses, Loss{Table: strings.TrimSpace(table)})
			}
		}

		if found := alter.FindStringSubmatch(statement); found != nil {
			for _, column := range dropColumn.FindAllStringSubmatch(found[2], -1) {
				losses = append(losses, Loss{Table: found[1], Column: column[1]})
			}
		}

		if found := deleted.FindStringSubmatch(statement); found != nil {
			losses = append(losses, Loss{Table: found[1], Rows: found[2]})
		}

		if found := updated.FindStringSubmatch(statement); found != nil {
			losses = append(losses, Loss{Table: found[1], Rows: found[2], Changed: true})
		}
	}

	return losses
}

// downStatements are the plain statements of a migration's way back, without comments and blocks of code.
func downStatements(migration string) (statements []string) {
	_, down, _ := strings.Cut(migration, "-- +goose Down")
	down = regexp.MustCompile(`(?s)-- \+goose StatementBegin.*?-- \+goose StatementEnd`).ReplaceAllString(down, "")
	down = regexp.MustCompile(`(?m)--.*$`).ReplaceAllString(down, "")

	for statement := range strings.SplitSeq(down, ";") {
		if statement = strings.TrimSpace(statement); statement != "" {
			statements = append(statements, strings.Join(strings.Fields(statement), " "))
		}
	}

	return statements
}
