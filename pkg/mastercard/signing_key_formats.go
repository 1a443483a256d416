package mastercard

import (
	"cmp"
	"crypto"
	"crypto/ecdsa"
	"crypto/rsa"
	"crypto/x509"
	"errors"
	"fmt"
	"strings"
	"time"

	"software.sslmate.com/src/go-pkcs12"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// A KeyOption says more about a key file than its name does.
type KeyOption func(*keyOptions)

type keyOptions struct {
	alias  string
	hint   string // alias that is taken where there are several keys
	oauth2 bool
}

// ForOAuth2 takes an EC key of P-256 as well, and a JWK file. An EC key signs for OAuth 2.0 (ES256), and for nothing else here.
func ForOAuth2() KeyOption { return func(o *keyOptions) { o.oauth2 = true } }

// Alias names the private key to take from a PKCS#12 file that holds several: its
// alias (friendlyName) or, where it has none, its key id (localKeyID) in hex. ""
// takes the only one.
func Alias(alias string) KeyOption { return func(o *keyOptions) { o.alias = alias } }

// aliasAmongSeveral is Alias for a file that holds several keys, and nothing for others.
func aliasAmongSeveral(alias string) KeyOption { return func(o *keyOptions) { o.hint = alias } }

func optionsOf(all []KeyOption) (o keyOptions) {
	for _, option := range all {
		option(&o)
	}

	return o
}

// decodeKeyFile returns the private key in a key file and the certificates beside it.
func decodeKeyFile(data []byte, password string, o keyOptions) (crypto.PrivateKey, []*x509.Certificate, error) {
	if o.oauth2 && oauth2.IsJWK(data) {
		return decodeJWK(data, o)
	}

	items, err := keyfile.Parse(data)
	if err != nil {
		return nil, nil, err
	}

	if items[0].Kind == keyfile.KindPKCS12 {
		return decodePKCS12(items[0].Content, password, o)
	}

	if o.alias != "" {
		return nil, nil, fmt.Errorf("an alias is set, %.80q, and only keys in a PKCS#12 file have one:"+
			" leave --signing-key-alias empty", o.alias)
	}

	return decodeItems(items, o)
}

func decodeJWK(data []byte, o keyOptions) (crypto.PrivateKey, []*x509.Certificate, error) {
	key, err := oauth2.ParseJWK(data)
	if err != nil {
		return nil, nil, err
	}

	private, err := o.accept(key)

	return private, nil, err
}

func decodeItems(items []keyfile.Item, o keyOptions) (crypto.PrivateKey, []*x509.Certificate, error) {
	var (
		private      crypto.PrivateKey
		certificates []*x509.Certificate
	)

	for _, item := range items {
		switch {
		case item.Kind == keyfile.KindParameters:
		case item.Kind == keyfile.KindCertificate:
			certificate, err := x509.ParseCertificate(item.Content)
			if err != nil {
				return nil, nil, fmt.Errorf("reading a certificate: %w", err)
			}
			certificates = append(certificates, certificate)
		case private != nil && item.Kind.Private():
			return nil, nil, errors.New("it holds several private keys: leave the one that belongs to the consumer key")
		default:
			key, err := decodePrivate(item, o)
			if err != nil {
				return nil, nil, err
			}
			private = key
		}
	}

	if private == nil {
		return nil, nil, errors.New("it holds a certificate and no private key: the key is in the file that was made with the" +
			" certificate request, or in the .p12 file that was downloaded")
	}

	return private, certificates, nil
}

func decodePrivate(item keyfile.Item, o keyOptions) (crypto.PrivateKey, error) {
	switch item.Kind {
	case keyfile.KindPKCS1:
		key, err := x509.ParsePKCS1PrivateKey(item.Content)
		if err != nil {
			return nil, fmt.Errorf("reading the %s: %w", labelOf(item, "RSA PRIVATE KEY"), err)
		}

		return key, nil
	case keyfile.KindPKCS8:
		key, err := x509.ParsePKCS8PrivateKey(item.Content)
		if err != nil {
			return nil, fmt.Errorf("reading the %s: %w", labelOf(item, "PRIVATE KEY"), err)
		}

		return o.accept(key)
	case keyfile.KindEC:
		key, err := x509.ParseECPrivateKey(item.Content)
		if err != nil && o.oauth2 {
			return nil, fmt.Errorf("reading the %s: %w", labelOf(item, "EC PRIVATE KEY"), err)
		}

		return o.accept(key)
	case keyfile.KindEncrypted:
		return nil, errors.New("an encrypted key that is not in a PKCS#12 file is not supported: put it into one with its certificate" +
			" (openssl pkcs12 -export -inkey FILE -in CERTIFICATE -out NEW.p12), or decrypt it (openssl pkey -in FILE -out NEW.pem)")
	case keyfile.KindRequest:
		return nil, errors.New("it holds a certificate request: the key is in the file that was made with it")
	default:
		return nil, fmt.Errorf("it holds %s, which is no private key", item)
	}
}

func labelOf(item keyfile.Item, otherwise string) string {
	if item.Label != "" {
		return item.Label
	}

	return otherwise
}

func decodePKCS12(data []byte, password string, o keyOptions) (crypto.PrivateKey, []*x509.Certificate, error) {
	if err := checkRounds(data); err != nil {
		return nil, nil, err
	}

	// What is in the file comes first: a wrong password must not be told from the names of its keys.
	contents, errContents := openPKCS12(data)
	key, certificate, chain, err := pkcs12.DecodeChain(data, password)

	switch {
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && password == "":
		return nil, nil, fmt.Errorf("%w: it needs one, and none was given; set the signing key's password file", ErrWrongPassword)
	case errors.Is(err, pkcs12.ErrIncorrectPassword) && strings.TrimSpace(password) != password:
		return nil, nil, fmt.Errorf("%w: the first line of its file begins or ends with a space, which counts", ErrWrongPassword)
	case errors.Is(err, pkcs12.ErrIncorrectPassword):
		return nil, nil, fmt.Errorf("%w: put the one chosen at download into the signing key's password file", ErrWrongPassword)
	}

	if errContents == nil && (len(contents.entries) > 1 || o.alias != "") {
		entry, errChoose := contents.choose(cmp.Or(o.alias, o.hint))
		if errChoose != nil {
			return nil, nil, errChoose
		}

		if len(contents.entries) > 1 {
			if data, err = contents.only(entry, password); err != nil {
				return nil, nil, fmt.Errorf("taking the key %s out of it: %w", entry, err)
			}

			key, certificate, chain, err = pkcs12.DecodeChain(data, password)
		}
	}

	if err != nil {
		return nil, nil, explainPKCS12(err)
	}

	private, err := o.accept(key)

	return private, append([]*x509.Certificate{certificate}, chain...), err
}

// explainPKCS12 says what to do about a file that go-pkcs12 cannot use.
func explainPKCS12(err error) error {
	switch {
	case strings.Contains(err.Error(), "private key missing"):
		return errors.New("it is a PKCS#12 file without a private key: a trust store, or certificates alone; export the key as well")
	case strings.Contains(err.Error(), "certificate missing"):
		return errors.New("it is a PKCS#12 file without a certificate: make it with one" +
			" (openssl pkcs12 -export -inkey KEY -in CERTIFICATE), or use the key as PEM (openssl pkcs12 -in FILE -nocerts -nodes)")
	default:
		return fmt.Errorf("reading it as PKCS#12: %w", err)
	}
}

// accept returns the key if it is of a kind that is wanted.
func (o keyOptions) accept(key any) (crypto.PrivateKey, error) {
	switch key := key.(type) {
	case *rsa.PrivateKey:
		return key, nil
	case *ecdsa.PrivateKey:
		if o.oauth2 {
			return key, nil
		}

		return nil, fmt.Errorf("%w but %s: signing for the API needs an RSA private key (an EC key of P-256 is for OAuth 2.0 alone)",
			ErrNotRSA, kindOf(key))
	default:
		return nil, fmt.Errorf("%w but %s: signing for the API needs an RSA private key", ErrNotRSA, kindOf(key))
	}
}

// expiry finds the key's own certificate, wherever in the chain it stands, and returns when it ends.
func expiry(private crypto.PrivateKey, certificates []*x509.Certificate) (time.Time, error) {
	if len(certificates) == 0 {
		return time.Time{}, nil
	}

	signer, _ := private.(crypto.Signer)

	for _, certificate := range certificates {
		if public, ok := signer.Public().(interface {
			Equal(other crypto.PublicKey) bool
		}); ok && public.Equal(certificate.PublicKey) {
			return certificate.NotAfter, nil
		}
	}

	return time.Time{}, errors.New("none of its certificates belongs to its private key: the file mixes two keys")
}
