package service

import (
	"errors"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// TokenConnect says where Token Connect is and how accounts are encrypted for it. Calls are authorized as those of the card API.
type TokenConnect struct {
	TokenConnectURL         string `name:"token-connect-url"         placeholder:"URL"  help:"Base URL of Token Connect, or one of sandbox, test-facility, production. Without it, no job pushes."`
	TokenConnectKeyFile     string `name:"token-connect-key-file"    placeholder:"FILE" help:"Token Connect's key for accounts: key or certificate (PEM, DER) of RSA-2048."`
	TokenConnectFingerprint string `name:"token-connect-fingerprint" placeholder:"HEX"  help:"Fingerprint that Mastercard knows that key by; default the SHA-256 of the key."`
	TokenConnectCipher      string `name:"token-connect-cipher"      default:"aes-128-cbc" help:"How accounts are encrypted: aes-128-cbc, aes-256-cbc, aes-128-gcm or aes-256-gcm." enum:"aes-128-cbc,aes-256-cbc,aes-128-gcm,aes-256-gcm"`
	TokenConnectOAEP        string `name:"token-connect-oaep"        default:"sha512"   help:"Hash of RSA-OAEP for their keys: sha256 or sha512." enum:"sha256,sha512"`
}

// TokenConnectBaseURL is that of the environment that is named, or what was given; "" where no job pushes.
func (t TokenConnect) TokenConnectBaseURL() string {
	given := strings.TrimSpace(t.TokenConnectURL)

	if base, named := map[string]string{
		"sandbox":       mastercard.TokenConnectSandbox,
		"test-facility": mastercard.TokenConnectTestFacility,
		"production":    mastercard.TokenConnectProduction,
	}[given]; named {
		return base
	}

	return given
}

// check reports what is wrong apart from the key.
func (t TokenConnect) check(allowPlainHTTP bool) error {
	var errURL, errFingerprint, errAlone error

	if t.TokenConnectURL != "" {
		errURL = settings.About("token-connect-url", mastercard.CheckBaseURL(t.TokenConnectBaseURL(), allowPlainHTTP))
	} else if t.TokenConnectKeyFile != "" {
		errAlone = settings.About("token-connect-key-file", errors.New("is of no use without --token-connect-url"))
	}

	if t.TokenConnectFingerprint != "" {
		errFingerprint = settings.About("token-connect-fingerprint", mastercard.CheckFingerprint(t.TokenConnectFingerprint))
	}

	return settings.Faults(errURL, errFingerprint, errAlone)
}

// openTokenConnectKey loads the key where there is something to call.
func (a API) openTokenConnectKey(keys *APIKeys) error {
	switch {
	case a.TokenConnectURL == "":
		return nil
	case a.TokenConnectKeyFile == "":
		return settings.Missing("token-connect-key-file", "")
	}

	source, err := mastercard.OpenEncryptionKeyFile(a.TokenConnectKeyFile, "token-connect", time.Now)
	if err != nil {
		return settings.About("token-connect-key-file", err)
	}

	keys.TokenConnect = source
	keys.Files = append(keys.Files, source)

	return nil
}

// TokenConnectKey describes Token Connect's key, which is known by its fingerprint. There is one.
func (k APIKeys) TokenConnectKey() mastercard.KeyInfo {
	info := k.TokenConnect.EncryptionKey().Info()
	info.Purpose, info.KID = "token connect", ""

	return info
}

// tokenConnect makes the client of Token Connect, nil where there is nothing to call.
func (a API) tokenConnect(client *mastercard.Client, keys APIKeys) (*mastercard.TokenConnect, error) {
	if a.TokenConnectURL == "" {
		return nil, nil //nolint:nilnil // none is wanted
	}

	connect, err := client.TokenConnect(mastercard.TokenConnectConfig{
		BaseURL:       a.TokenConnect.TokenConnectBaseURL(),
		EncryptionKey: keys.TokenConnect,
		Fingerprint:   a.TokenConnectFingerprint,
		Cipher:        mastercard.FieldCipher(a.TokenConnectCipher),
		OAEP:          mastercard.OAEPHash(a.TokenConnectOAEP),
	})

	return connect, settings.Faults(err)
}
