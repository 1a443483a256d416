package mastercard

import (
	"bytes"
	"crypto/rsa"
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"enroll.example/clicktopay/internal/keyfile"
)

// readPassword returns the first line of a file, without its line end.
func readPassword(name string) (string, error) {
	data, err := keyfile.Read(name)
	if err != nil {
		return "", err
	}
	defer clear(data)

	line, _, _ := bytes.Cut(data, []byte("\n"))

	return string(bytes.TrimSuffix(line, []byte("\r"))), nil
}

// decodeKeyFile returns the private key in a PEM or PKCS#12 file and the certificates beside it.
func decodeKeyFile(data []byte, password string) (*rsa.PrivateKey, []*x509.Certificate, error) {
	if bytes.Contains(data, []byte("-----BEGIN ")) {
		return decodePEM(data)
	}

	return decodePKCS12(data, password)
}

func decodePEM(data []byte) (*rsa.PrivateKey, []*x509.Certificate, error) {
	var (
		private      *rsa.PrivateKey
		certificates []*x509.Certificate
	)

	for block, rest := pem.Decode(data); block != nil; block, rest = pem.Decode(rest) {
		if block.Type == "CERTIFICATE" {
			certificate, err := x509.ParseCertificate(block.Bytes)
			if err != nil {
				return nil, nil, fmt.Errorf("reading a certificate: %w", err)
			}
			certificates = append(certificates, certificate)

			continue
		}

		key, err := decodePEMKey(block)
		if err != nil {
			return nil, nil, err
		}
		if private != nil {
			return nil, nil, errors.New("it holds several private keys: leave the one that belongs to the consumer key")
		}
		private = key
	}

	if private == nil {
		return nil, nil, errors.New("it holds no private key: expected PKCS#12, or PEM with PRIVATE KEY or RSA PRIVATE KEY")
	}

	return private, certificates, nil
}

func decodePEMKey(block *pem.Block) (*rsa.PrivateKey, error) {
	switch block.Type {
	case "RSA PRIVATE KEY":
		if strings.Contains(block.Headers["Proc-Type"], "ENCRYPTED") {
			return nil, errEncryptedPEM
		}

		key, err := x509.ParsePKCS1PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading the RSA PRIVATE KEY: %w", err)
		}

		return key, nil
	case "PRIVATE KEY":
		key, err := x509.ParsePKCS8PrivateKey(block.Bytes)
		if err != nil {
			return nil, fmt.Errorf("reading the PRIVATE KEY: %w", err)
		}

		return asRSA(key)
	case "EC PRIVATE KEY":
		return nil, fmt.Errorf("%w but an EC key: the API takes RSA signatures only", ErrNotRSA)
	case "ENCRYPTED PRIVATE KEY":
		return nil, errEncryptedPEM
	default:
		return nil, fmt.Errorf("it holds a PEM block %.40q, which is no private key", block.Type)
	}
}

var errEncryptedPEM = errors.New("an encrypted PEM key is not supported: keep it as PKCS#12 with a password" +
	" (openssl pkcs12 -export), or decrypt it (openssl pkey)")

func decodePKCS12(data []byte, password string) (*rsa.PrivateKey, []*x509.Certificate, error) {
	if err := checkRounds(data); err != nil {
		return nil, nil, err
	}

	key, certificate, chain, err := pkcs12.DecodeChain(data, password)

	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, nil, fmt.Errorf("%w: it needs one, and none was given; set the signing key's password file", ErrWrongPassword)
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, fmt.Errorf("%w: put the one chosen at download into the signing key's password file", ErrWrongPassword)
	case err != nil:
		return nil, nil, fmt.Errorf("reading it as PKCS#12 (it is not PEM): %w", err)
	}

	private, err := asRSA(key)

	return private, append([]*x509.Certificate{certificate}, chain...), err
}

func asRSA(key any) (*rsa.PrivateKey, error) {
	private, ok := key.(*rsa.PrivateKey)
	if !ok {
		return nil, fmt.Errorf("%w but %T: the API takes RSA signatures only", ErrNotRSA, key)
	}

	return private, nil
}

// expiry finds the key's own certificate, wherever in the chain it stands, and returns when it ends.
func expiry(private *rsa.PrivateKey, certificates []*x509.Certificate) (time.Time, error) {
	if len(certificates) == 0 {
		return time.Time{}, nil
	}

	for _, certificate := range certificates {
		if private.PublicKey.Equal(certificate.PublicKey) {
			return certificate.NotAfter, nil
		}
	}

	return time.Time{}, errors.New("none of its certificates belongs to its private key: the file mixes two keys")
}
