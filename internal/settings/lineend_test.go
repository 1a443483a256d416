package settings_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Files and containers leave a line end or a blank around an address. It is no part of it.
func TestWhatStandsAroundAnAddressIsIgnored(t *testing.T) {
	t.Parallel()

	for _, c := range []struct{ given, want string }{
		{"sandbox\n", mastercard.Sandbox},
		{" https://api.example/base\r\n", "https://api.example/base"},
	} {
		base := service.API{MastercardURL: c.given}.BaseURL()
		require.Equal(t, c.want, base)
		require.NoError(t, mastercard.CheckBaseURL(base, false))
	}

	for _, given := range []string{"127.0.0.1:0\n", " 127.0.0.1:0", "", "\n"} {
		health := settings.Health{HealthListen: given}
		require.NoError(t, health.CheckListen())

		listener, err := health.Listen(t.Context())
		require.NoError(t, err)

		if listener != nil {
			require.NoError(t, listener.Close())
		}
	}
}

// Addresses that parsers take and no server has are refused before anything is tried.
func TestAddressesThatNoServerHasAreRefused(t *testing.T) {
	t.Parallel()

	for _, host := range []string{"h:0", "h:99999", "h:", "h'", "<h>", "$HOST", "h;x"} {
		require.Error(t, mastercard.CheckBaseURL("https://"+host, false), host)
		require.Error(t, settings.NATS{NATSURL: "nats://" + host}.CheckQueue(), host)
	}

	for _, listen := range []string{"127.0.0.1 :80", "'127.0.0.1':80", "$HOST:80", "h:99999", "80"} {
		require.Error(t, settings.Health{HealthListen: listen}.CheckListen(), listen)
	}
}
