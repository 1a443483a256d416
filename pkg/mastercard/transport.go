package mastercard

import (
	"context"
	"crypto/tls"
	"net"
	"net/http"
	"net/url"
	"time"
)

// NewTransport returns the transport that a Client uses by default, for hundreds
// of calls in flight to one host: HTTP/2 where the server speaks it, TLS 1.2 or
// later, and a deadline on each step of a connection's life. Answers are not
// decompressed: they are small, and a compressed one can be of any size. The
// proxy is what HTTPS_PROXY, HTTP_PROXY and NO_PROXY say.
//
// A RoundTripper follows no redirects. Idle connections are given up after 30 s,
// before common load balancers do so from their side: a request that crosses
// their closing is lost without anybody knowing whether it was read.
func NewTransport() *http.Transport {
	dialer := &net.Dialer{Timeout: 5 * time.Second, KeepAlive: 15 * time.Second}

	return &http.Transport{
		Proxy: http.ProxyFromEnvironment,
		OnProxyConnectResponse: func(_ context.Context, _ *url.URL, _ *http.Request, answer *http.Response) error {
			return refusedByProxy(answer)
		},
		DialContext: dialer.DialContext,
		TLSClientConfig: &tls.Config{
			MinVersion:         tls.VersionTLS12,
			ClientSessionCache: tls.NewLRUClientSessionCache(64),
		},
		TLSHandshakeTimeout:    10 * time.Second,
		ResponseHeaderTimeout:  time.Minute, // a backstop: a call's own deadline is shorter
		DisableCompression:     true,
		MaxIdleConns:           1024,
		MaxIdleConnsPerHost:    1024,
		IdleConnTimeout:        30 * time.Second,
		MaxResponseHeaderBytes: 64 << 10,
		ForceAttemptHTTP2:      true,
		HTTP2: &http.HTTP2Config{
			SendPingTimeout:  15 * time.Second,
			PingTimeout:      10 * time.Second,
			WriteByteTimeout: 10 * time.Second,
		},
	}
}
