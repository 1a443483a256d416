package workercli

import (
	"crypto/tls"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/settings"
)

// certificate is the one that browsers are shown; nil where none is given.
func (c ConsoleAccess) certificate() (*keyfile.Watched[tls.Certificate], error) {
	if !c.hasTLS() {
		return nil, nil //nolint:nilnil // none was given
	}

	err := settings.Faults(settings.Missing("tls-cert-file", c.TLSCertFile), settings.Missing("tls-key-file", c.TLSKeyFile))
	if err != nil {
		return nil, err
	}

	pair, err := keyfile.Open("TLS certificate", []string{c.TLSCertFile, c.TLSKeyFile}, func() (tls.Certificate, error) {
		return keyfile.KeyPair(c.TLSCertFile, c.TLSKeyFile)
	})

	return pair, settings.About("tls-cert-file", err)
}

// withCertificate has a console show a certificate, if there is one, and a newer one once its files hold it.
func withCertificate(o console.Options, certificate *keyfile.Watched[tls.Certificate]) console.Options {
	if certificate == nil {
		return o
	}

	o.Certificate = certificate.Current
	o.Reload = append(o.Reload, console.Reload{Files: certificate, Every: filesEvery})

	return o
}
