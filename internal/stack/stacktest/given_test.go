package stacktest_test

import (
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestAGivenServerIsUsedAndLeftAsItWas(t *testing.T) {
	t.Parallel()

	url := stacktest.EmptyDatabase(t) // on the server of this test binary
	given := stacktest.NewGiven(url)

	first, err := given.Database(t.Context())
	require.NoError(t, err)

	_, err = connect(t, first).Exec(t.Context(), "SELECT FROM enrollments")
	require.NoError(t, err)

	left := func() (n int) {
		require.NoError(t, connect(t, url).
			QueryRow(t.Context(), "SELECT count(*) FROM pg_database WHERE starts_with(datname, $1)", given.Prefix()).Scan(&n))

		return n
	}
	require.Equal(t, 2, left(), "the template and the database")
	require.NoError(t, given.Stop(t.Context()))
	require.Zero(t, left())
}

func TestAGivenServerThatIsNotThere(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ url, want string }{
		"no connection string": {"postgres://user:secret@host:port/db", "reading ENROLL_DATABASE_URL: cannot parse"},
		"nobody answers":       {"postgres://user:secret@127.0.0.1:1/db", "connecting to Postgres: "},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			given := stacktest.NewGiven(c.url)

			_, err := given.Database(t.Context())
			require.ErrorContains(t, err, c.want)
			require.NotContains(t, err.Error(), "secret")
			require.NoError(t, given.Stop(t.Context()))
		})
	}
}

func TestWithDatabase(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ connection, want string }{
		"a URL":                          {"postgres://u:p@h:5/d?sslmode=disable", "postgres://u:p@h:5/x?sslmode=disable"},
		"a URL without a database":       {"postgresql://h", "postgresql://h/x"},
		"a URL that names it in a query": {"postgres://h/?dbname=d", "postgres://h/x"},
		"keywords":                       {"host=h dbname=d", "host=h dbname=d dbname=x"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := stacktest.WithDatabase(c.connection, "x")
			require.Equal(t, c.want, got)

			config, err := pgx.ParseConfig(got)
			require.NoError(t, err)
			require.Equal(t, "x", config.Database)
		})
	}
}
