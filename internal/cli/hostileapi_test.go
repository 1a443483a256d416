package cli_test

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

// net/http logs by itself what a server sends behind an answer. Whatever that is, the worker's log does not repeat it.
func TestWorkerDoesNotLogWhatIsSentBehindAnAnswer(t *testing.T) {
	t.Parallel()

	number := sandbox.PAN(0, 1)
	encoded := strings.Join(strings.Split(number, ""), " x ") // a form that no general rule finds

	s := newSystem(t)
	env := append(slices.Clone(s.env), "ENROLL_MASTERCARD_URL=http://"+chatty(t, encoded)+sandbox.BasePath)

	cards := filepath.Join(s.dir, "cards.csv")
	require.NoError(t, os.WriteFile(cards, []byte("pan,exp_month,exp_year,email\n"+number+",12,2099,ana@example.com\n"), 0o600))

	worker := start(t, env, "worker", "run")
	worker.says(t, "taking jobs")
	s.submit(cards, "--program", "demo", "--batch", "b1")

	worker.says(t, "Unsolicited response received on idle HTTP channel starting with (a text that is left out)")
	require.NotContains(t, worker.out.String(), encoded)
	require.NotContains(t, worker.out.String(), encoded[:20])
}

// chatty is an API that declines every card and says a text behind each answer.
func chatty(t *testing.T, behind string) string {
	t.Helper()

	const declined = `{"status":400,"reason":"INVALID_STATE","message":"x","errordetail":[{"reason":"ISSUER_DECLINED","source":"card","message":"x"}]}`

	listener, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
	require.NoError(t, err)

	var open sync.WaitGroup

	answer := func(conn net.Conn) {
		defer conn.Close() //nolint:errcheck // all is written

		_ = conn.SetDeadline(time.Now().Add(patience))

		if request, err := http.ReadRequest(bufio.NewReader(conn)); err == nil {
			_, _ = io.Copy(io.Discard, request.Body)
			_, _ = fmt.Fprintf(conn, "HTTP/1.1 400 Bad Request\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%s%s",
				len(declined), declined, behind)
		}
	}

	open.Go(func() {
		for {
			conn, err := listener.Accept()
			if err != nil {
				return
			}

			open.Go(func() { answer(conn) })
		}
	})

	t.Cleanup(func() {
		_ = listener.Close()
		open.Wait()
	})

	return listener.Addr().String()
}
