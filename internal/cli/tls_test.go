package cli_test

import (
	"encoding/pem"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/sandbox"
)

// A certificate that is not trusted is told in the log, at /readyz and by status, charges no job, and is trusted by a setting.
func TestAnUntrustedCertificateIsTold(t *testing.T) {
	t.Parallel()

	const jobs = 12

	s := newSystem(t)
	options, err := devkeys.Dir(s.keys).Sandbox()
	require.NoError(t, err)
	api, err := sandbox.New(options)
	require.NoError(t, err)

	server := httptest.NewUnstartedServer(api)
	server.Config.ErrorLog = slog.NewLogLogger(slog.DiscardHandler, slog.LevelError)
	server.StartTLS()
	t.Cleanup(server.Close)

	s.env = append(s.env, "ENROLL_MASTERCARD_URL="+server.URL+sandbox.BasePath, "ENROLL_HEALTH_LISTEN=127.0.0.1:0")
	worker := s.worker("distrustful")
	s.send("b1", jobs)

	const text = "certificate signed by unknown authority"

	log := worker.says(t, "HALTED")
	require.Contains(t, log, text)
	require.Contains(t, log, "mastercard_ca_file")

	eventually.True(t, func() bool {
		code, body := worker.get(t, "/readyz")
		return code == http.StatusServiceUnavailable && containsAll(body, "halted", text, `"failing"`)
	}, patience, tick)
	eventually.True(t, func() bool {
		return containsAll(s.submit("status"), "HALTED", text, "calls have failed since")
	}, patience, tick)

	require.NoError(t, worker.Process.Signal(syscall.SIGTERM))
	require.Zero(t, worker.exit(t), worker.out)

	var charged int

	s.ask(`SELECT coalesce(sum(charged), 0) FROM enrollments`, &charged)
	require.Zero(t, charged)

	file := filepath.Join(s.dir, "ca.pem")
	authority := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: server.Certificate().Raw})
	require.NoError(t, os.WriteFile(file, authority, 0o600))

	s.env = append(s.env, "ENROLL_MASTERCARD_CA_FILE="+file)
	s.worker("trusting")
	s.settles("b1", jobs)

	var enrolled int

	s.ask(`SELECT count(*) FROM enrollments WHERE status = 'enrolled'`, &enrolled)
	require.Equal(t, jobs, enrolled)
}

func containsAll(text string, parts ...string) bool {
	for _, part := range parts {
		if !strings.Contains(text, part) {
			return false
		}
	}

	return true
}
