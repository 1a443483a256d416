package address_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/address"
)

func TestIsHost(t *testing.T) {
	t.Parallel()

	for _, host := range []string{
		"h", "127.0.0.1:4222", "nats-1.bank.example", "nats_1:4222", "[::1]", "[::1]:4222", "[fe80::1%eth0]:1", "h:65535", "a.b-c.d:1",
	} {
		require.True(t, address.IsHost(host), host)
	}

	for _, host := range []string{
		"", "h:", "h:0", "h:65536", "h:99999", "h:4222:4222", "::1", "h'", `h"`, "<h>", "$HOST", "h;x", "h,i", "h h", "h\n", "-h", "h.", ":80",
		"999.1.1.1", "999.1.1.1:4222", "127.1", "127.0.0.1.1:80", "4222", "01.2.3.4", "h:+1", "[::1", "'127.0.0.1':80", " 127.0.0.1:80",
	} {
		require.False(t, address.IsHost(host), host)
	}
}
