package stacktest_test

import (
	"os"
	"testing"

	"github.com/jackc/pgx/v5"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/stack/stacktest"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

func connect(t *testing.T, url string) *pgx.Conn {
	t.Helper()

	conn, err := pgx.Connect(t.Context(), url)
	require.NoError(t, err)

	return conn // left open: dropping the database has to cope
}

func TestDatabaseHasTheSchemaAndIsTheTestsOwn(t *testing.T) {
	t.Parallel()

	first, second := stacktest.Database(t), stacktest.Database(t)
	require.NotEqual(t, first, second)

	_, err := connect(t, first).Exec(t.Context(), "CREATE TABLE mine ()")
	require.NoError(t, err)

	_, err = connect(t, second).Exec(t.Context(), "CREATE TABLE mine ()")
	require.NoError(t, err, "what one test does is not seen in another's database")

	for _, url := range []string{first, second} {
		var there bool

		require.NoError(t, connect(t, url).QueryRow(t.Context(), "SELECT to_regclass('enrollments') IS NOT NULL").Scan(&there))
		require.True(t, there)
	}
}

func TestEmptyDatabaseHasNoTables(t *testing.T) {
	t.Parallel()

	var tables int

	require.NoError(t, connect(t, stacktest.EmptyDatabase(t)).
		QueryRow(t.Context(), "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'").Scan(&tables))
	require.Zero(t, tables)
}

func TestNATSHasJetStream(t *testing.T) {
	t.Parallel()

	js, err := jetstream.New(stacktest.Connect(t, stacktest.NATS(t)))
	require.NoError(t, err)

	_, err = js.CreateStream(t.Context(), jetstream.StreamConfig{Name: "S", Subjects: []string{"s"}})
	require.NoError(t, err)

	ack, err := js.Publish(t.Context(), "s", []byte("x"))
	require.NoError(t, err)
	require.EqualValues(t, 1, ack.Sequence)
}
