package keyfile

import (
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"fmt"
)

// Certificates reads a file of certificates to trust, PEM or DER, with the quirks that Parse takes.
func Certificates(path string) (*x509.CertPool, error) {
	items, err := parseFile(path)
	if err != nil {
		return nil, err
	}

	pool := x509.NewCertPool()

	for _, item := range items {
		if item.Kind != KindCertificate {
			return nil, fmt.Errorf("%s: it holds %s, and only certificates are expected", path, item)
		}

		certificate, err := x509.ParseCertificate(item.Content)
		if err != nil {
			return nil, fmt.Errorf("%s: reading a certificate: %w", path, err)
		}

		pool.AddCert(certificate)
	}

	return pool, nil
}

// KeyPair reads a certificate, with the chain behind it, and its key, with the quirks that Parse takes.
func KeyPair(certificateFile, keyFile string) (tls.Certificate, error) {
	chain, err := parseFile(certificateFile)
	if err != nil {
		return tls.Certificate{}, err
	}

	keys, err := parseFile(keyFile)
	if err != nil {
		return tls.Certificate{}, err
	}

	certificates, private := armor(chain, func(k Kind) bool { return k == KindCertificate }), armor(keys, Kind.Private)

	switch {
	case certificates == nil:
		return tls.Certificate{}, fmt.Errorf("%s: it holds %s and no certificate", certificateFile, chain[0])
	case private == nil:
		return tls.Certificate{}, fmt.Errorf("%s: it holds %s and no private key that can be used", keyFile, keys[0])
	}

	pair, err := tls.X509KeyPair(certificates, private)
	if err != nil {
		return tls.Certificate{}, fmt.Errorf("%s and %s: %w", certificateFile, keyFile, err)
	}

	return pair, nil
}

func parseFile(path string) ([]Item, error) {
	data, err := Read(path)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	items, err := Parse(data)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}

	return items, nil
}

// armor is PEM, as the standard library reads it, of the items that are wanted; nil where there are none.
func armor(items []Item, wanted func(Kind) bool) (text []byte) {
	labels := map[Kind]string{
		KindCertificate: "CERTIFICATE", KindPKCS8: "PRIVATE KEY", KindPKCS1: "RSA PRIVATE KEY", KindEC: "EC PRIVATE KEY",
	}

	for _, item := range items {
		if wanted(item.Kind) {
			text = append(text, pem.EncodeToMemory(&pem.Block{Type: labels[item.Kind], Bytes: item.Content})...)
		}
	}

	return text
}

// CheckPlain fails for a text file that begins with a byte order mark or is UTF-16: for files that a library reads, which knows
// neither and takes them for something else.
func CheckPlain(path string) error {
	data, err := Read(path)
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer clear(data)

	text, err := utf8Of(data)

	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", path, err)
	case len(text) != len(data):
		return fmt.Errorf("%s: it begins with a byte order mark or is UTF-16: save it as UTF-8 without a mark", path)
	default:
		return nil
	}
}
