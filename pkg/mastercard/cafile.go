package mastercard

import (
	"bytes"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"

	"enroll.example/clicktopay/internal/keyfile"
)

// LoadCAs returns the system's certificate authorities and those of a PEM file, for
// networks in which a proxy opens TLS. Its error names the file and what is wrong.
func LoadCAs(file string) (*x509.CertPool, error) {
	data, err := keyfile.Read(file)
	if err != nil {
		return nil, fmt.Errorf("certificate authorities %s: %w", file, err)
	}

	pool, err := x509.SystemCertPool()
	if err != nil { // there is none: what the file holds has to do
		pool = x509.NewCertPool()
	}

	if err := addCAs(pool, data); err != nil {
		return nil, fmt.Errorf("certificate authorities %s: %w", file, err)
	}

	return pool, nil
}

func addCAs(pool *x509.CertPool, data []byte) error {
	rest := bytes.TrimPrefix(data, []byte("\xef\xbb\xbf"))

	for number := 1; ; number++ {
		var block *pem.Block

		block, rest = pem.Decode(rest)

		switch {
		case block == nil && number == 1:
			return errors.New(`it has no "-----BEGIN CERTIFICATE-----": give certificates in PEM`)
		case block == nil:
			return nil
		case block.Type != "CERTIFICATE":
			return fmt.Errorf("block %d is a %.40q: give certificates alone", number, block.Type)
		}

		certificate, err := x509.ParseCertificate(block.Bytes)
		if err != nil {
			return fmt.Errorf("certificate %d cannot be read: %w", number, err)
		}

		pool.AddCert(certificate)
	}
}
