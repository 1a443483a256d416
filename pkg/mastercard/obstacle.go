package mastercard

import (
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"strings"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// An Obstacle is something between here and the API for which no job is to blame.
// One such answer tells little; when one follows another, with no answer of the
// API's between them, no job can succeed until somebody looks.
type Obstacle string

// The obstacles.
const (
	// ObstacleWayOut: the request never left, because of the way out: an unknown host, no route, a proxy that refuses,
	// a certificate that is not trusted; or the authorization server gives no token.
	ObstacleWayOut Obstacle = "way_out"
	// ObstacleAnswer: something answered that is not known to be the API, or in words that are not known to be about
	// the card or the request.
	ObstacleAnswer Obstacle = "answer"
)

// obstacleOf says what a row's decision tells about the way to the API. Failures of
// servers (5xx) are none: a sick API is left alone by other means.
func obstacleOf(row VerdictRow, status int, decisive finding) Obstacle {
	switch {
	case row.Verdict != Retry && row.Verdict != Unknown:
		return ""
	case decisive.Source == SourceNetwork && decisive.Detail == DetailNotSent && isWayOut(decisive.Reason):
		return ObstacleWayOut
	case decisive.Source == SourceAuthServer:
		return ObstacleWayOut
	case decisive.Reason == oauth2.CodeUseNonce:
		return ObstacleAnswer
	case status == 0 || status/100 == 5:
		return ""
	case decisive.Source == SourceUnrecognized || row.byStatusAlone():
		return ObstacleAnswer
	default:
		return ""
	}
}

func isWayOut(reason string) bool {
	return reason == ReasonDNS || reason == ReasonTLS || reason == ReasonProxy || reason == ReasonUnreachable
}

// byStatusAlone reports whether a row decides without having understood a word.
func (r VerdictRow) byStatusAlone() bool {
	return r.Source == "" && r.Reason == "" && r.Detail == "" && r.Field == "" && r.Recoverable == "" && r.RetryAfter == ""
}

// proxyError is a proxy's answer to CONNECT that is no connection.
type proxyError struct{ status string }

func (e *proxyError) Error() string { return "the proxy does not connect to the API: " + e.status }

func refusedByProxy(answer *http.Response) error {
	if answer.StatusCode == http.StatusOK {
		return nil
	}

	return &proxyError{status: answer.Status}
}

// isProxy reports whether a failure is the proxy's, or that of the way to it.
func isProxy(err error) bool {
	var (
		refusal *proxyError
		failed  *net.OpError
	)

	return errors.As(err, &refusal) || errors.As(err, &failed) && failed.Op == "proxyconnect"
}

// isTLSAlert reports whether one side has ended a connection with an alert. The type of an alert is not exported.
func isTLSAlert(err error) bool {
	var failed *net.OpError
	return errors.As(err, &failed) && (failed.Op == "remote error" || failed.Op == "local error")
}

// handshakeRefused reports whether the API has refused the connection by an alert
// that belongs to the handshake. With TLS 1.3 that comes after the request has been
// written, and before anything is read of it.
func handshakeRefused(err error) bool {
	if !isTLSAlert(err) {
		return false
	}

	for _, alert := range []string{
		"handshake failure", "bad certificate", "unsupported certificate", "revoked certificate", "expired certificate",
		"unknown certificate", "unknown certificate authority", "certificate required", "access denied",
		"no application protocol", "unrecognized name", "protocol version not supported", "insufficient security level",
	} {
		if strings.HasSuffix(err.Error(), "tls: "+alert) {
			return true
		}
	}

	return false
}

// isTLS reports whether a failure is one of TLS.
func isTLS(err error) bool {
	var (
		verification *tls.CertificateVerificationError
		record       tls.RecordHeaderError
		alert        tls.AlertError
	)

	return errors.As(err, &verification) || errors.As(err, &record) || errors.As(err, &alert) || isTLSAlert(err) ||
		strings.HasPrefix(err.Error(), "tls: ") || strings.HasPrefix(err.Error(), "x509: ")
}
