package mastercard

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"strings"
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
		Proxy: func(request *http.Request) (*url.URL, error) { return proxyOf(http.ProxyFromEnvironment(request)) },
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

// The at sign is spelled out: this text comes behind addresses, and what masks their passwords takes all before an @ for one.
var errProxyAddress = errors.New("HTTPS_PROXY or HTTP_PROXY is not an address such as http://HOST:PORT; in a user's name and " +
	"password, write an at sign as %40, and / : % # ? and blanks as %2F %3A %25 %23 %3F %20")

// proxyOf refuses a proxy's address that is broken, or is cut short by its password, without repeating any of it.
func proxyOf(proxy *url.URL, err error) (*url.URL, error) {
	if err != nil || proxy != nil && strings.Contains(proxy.Path+proxy.RawQuery+proxy.Fragment, "@") {
		return nil, errProxyAddress
	}

	return proxy, nil
}
