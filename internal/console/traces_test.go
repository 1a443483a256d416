package console_test

import (
	"net/url"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
)

func TestAddressesOfTraces(t *testing.T) {
	t.Parallel()

	for address, want := range map[string]string{
		"": "",
		"https://jaeger.example/trace/{trace_id}":          "https://jaeger.example/trace/a%2F%22%20b",
		"http://127.0.0.1:16686/trace/{trace_id}?uiFind=x": "http://127.0.0.1:16686/trace/a%2F%22%20b?uiFind=x",
		"https://grafana.example/explore?trace={trace_id}": "https://grafana.example/explore?trace=a%2F%22%20b",
		"https://viewer.example/#/t/{trace_id}":            "https://viewer.example/#/t/a%2F%22%20b",
	} {
		traces, err := console.ParseTraces(address)
		require.NoError(t, err, address)
		require.Equal(t, want, traces.To(`a/" b`))
		require.Empty(t, traces.To(""))
	}

	for _, address := range []string{
		"https://jaeger.example/trace/", "https://jaeger.example/{trace_id}/{trace_id}", "https://jaeger.example/{service}/{trace_id}",
		"https://{trace_id}.example/", "https://{trace_id}", "https://jaeger.example{trace_id}", "javascript:alert({trace_id})", "ftp://x/{trace_id}", "/trace/{trace_id}",
		"//x/{trace_id}", "https://ana:secret@x/{trace_id}", "https://x:port/{trace_id}", "https:///{trace_id}", "{trace_id}", "https://x/%zz{trace_id}", "https://x/{trace_id}%zz",
	} {
		_, err := console.ParseTraces(address)
		require.Error(t, err, address)
	}
}

// Whatever the rows hold as the id of a trace, the link leads to the viewer.
func FuzzAddressOfATrace(f *testing.F) {
	traces, err := console.ParseTraces("https://jaeger.example/trace/{trace_id}?x=1")
	require.NoError(f, err)

	for _, id := range []string{"4bf92f3577b34da6a3ce929d0e0e4736", "../../x", "?a=b#c", `"><script>`, "\xff\x00", "%2e%2e"} {
		f.Add(id)
	}

	f.Fuzz(func(t *testing.T, id string) {
		address := traces.To(id)
		if id == "" {
			require.Empty(t, address)
			return
		}

		parsed, err := url.Parse(address)
		require.NoError(t, err)
		require.Equal(t, "jaeger.example", parsed.Host)
		require.Equal(t, "/trace/"+id, parsed.Path)
		require.Equal(t, "x=1", parsed.RawQuery)
		require.Equal(t, 4, strings.Count(address, "/"))
	})
}
