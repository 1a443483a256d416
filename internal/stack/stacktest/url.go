package stacktest

import (
	"net/url"
	"strings"
)

// withDatabase is a connection string with another database, in either of the two forms that Postgres' clients take: a URL, or
// "host=... dbname=..." where the last of several dbname counts.
func withDatabase(connection, database string) string {
	if strings.HasPrefix(connection, "postgres://") || strings.HasPrefix(connection, "postgresql://") {
		if u, err := url.Parse(connection); err == nil {
			u.Path = "/" + database

			q := u.Query()
			q.Del("dbname")
			u.RawQuery = q.Encode()

			return u.String()
		}
	}

	return connection + " dbname=" + database
}
