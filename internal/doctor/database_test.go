package doctor_test

import (
	"net/url"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/internal/stack/stacktest"
)

// A URL has settings of the pool, which no server knows, and of transactions, which poolers refuse where a connection begins.
func TestWhatOfAnAddressIsNotForTheServer(t *testing.T) {
	t.Parallel()

	address, err := url.Parse(stacktest.Database(t))
	require.NoError(t, err)

	query := address.Query()
	query.Set("pool_max_conns", "4")
	query.Set("pool_max_conn_lifetime", "1h")
	query.Set("statement_timeout", "1ms")
	address.RawQuery = query.Encode()

	database := doctor.Database{URL: address.String(), Role: grants.Worker, Now: time.Now}
	require.NoError(t, database.Fatal(t.Context()))
	require.Equal(t, doctor.OK, named(t, database.Check(t.Context()), "rights").Level)
}
