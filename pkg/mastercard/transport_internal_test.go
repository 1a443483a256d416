package mastercard

import (
	"net/url"
	"testing"

	"github.com/stretchr/testify/require"
)

// What a proxy's address is broken at may be its password, so nothing of it is repeated.
func TestAProxysAddressThatIsWrongIsNotRepeated(t *testing.T) {
	t.Parallel()

	for address, wrong := range map[string]bool{
		"http://proxy.example:3128":               false,
		"http://ana:s3cr3t@proxy.example:3128":    false,
		"http://ana:a%40s3cr3t@proxy.example":     false,
		"http://ana:12/s3cr3t@proxy.example:3128": true,
		"http://ana:12?s3cr3t@proxy.example:3128": true,
		"http://ana:12#s3cr3t@proxy.example:3128": true,
		"http://ana:pa/s3cr3t@proxy.example:3128": true,
	} {
		proxy, err := proxyOf(url.Parse(address))
		if !wrong {
			require.NoError(t, err, address)
			require.Equal(t, "proxy.example", proxy.Hostname())

			continue
		}

		require.ErrorIs(t, err, errProxyAddress, address)
		require.NotContains(t, err.Error(), "s3cr3t")
	}
}
