package cli_test

import (
	"io"
	"net/http"
	"regexp"
	"strconv"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/settings"
)

// get asks a worker about its health at the address that it has logged.
func (c *command) get(t *testing.T, path string) (code int, body string) {
	t.Helper()

	address := regexp.MustCompile(`url=(http://\S+)`).FindStringSubmatch(c.says(t, "health and metrics"))
	require.NotNil(t, address)

	request, err := http.NewRequestWithContext(t.Context(), http.MethodGet, address[1]+path, nil)
	require.NoError(t, err)
	response, err := (&http.Client{Timeout: patience}).Do(request)
	require.NoError(t, err)
	text, err := io.ReadAll(response.Body)
	require.NoError(t, err)
	require.NoError(t, response.Body.Close())

	return response.StatusCode, string(text)
}

// settledBy is how many jobs the workers say that they have brought to an end.
func settledBy(t *testing.T, workers ...*command) (sum int) {
	t.Helper()

	for _, worker := range workers {
		code, body := worker.get(t, "/metrics")
		require.Equal(t, http.StatusOK, code, body)

		for _, found := range regexp.MustCompile(`(?m)^enroll_jobs_settled_total{status="[a-z_]+"} ([0-9]+)$`).FindAllStringSubmatch(body, -1) {
			n, err := strconv.Atoi(found[1])
			require.NoError(t, err)

			sum += n
		}
	}

	return sum
}

func TestNoHealthIsServedWithoutAnAddress(t *testing.T) {
	t.Parallel()

	listener, err := settings.Health{}.Listen(t.Context())
	require.NoError(t, err)
	require.Nil(t, listener)
}
