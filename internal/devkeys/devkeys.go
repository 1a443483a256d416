// Package devkeys makes the keys and settings with which the system runs
// against its own sandbox: for the demo, for tests and for docker compose. None
// of them is known to Mastercard.
package devkeys

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/internal/outfile"
)

// Names of the files in the folder of keys.
const (
	ConsumerKey         = "consumer-key.txt"
	SigningKey          = "signing-key.pem"
	SigningPublicKey    = "signing-key.pub.pem"
	IntakeKey           = "intake-key.pem"
	IntakePublicKey     = "intake-key.pub.pem"
	HMACKey             = "hmac-key.txt"
	SandboxKey          = "sandbox-encryption-key.pem"
	SandboxPublicKeySet = "encryption-keys.json"
	Programs            = "programs.json"
)

// Program is the name of the one program in the programs file.
const Program = "demo"

const rsaBits = 2048

// Dir is a folder of development keys.
type Dir string

// Path returns the path of a file in the folder.
func (d Dir) Path(name string) string { return filepath.Join(string(d), name) }

// Make writes the files that are missing and leaves the others alone. The kid
// of the sandbox's key is of the form that Mastercard's have. It returns the names of what it made.
func (d Dir) Make(kid string) ([]string, error) {
	if err := outfile.CheckFolderName(string(d)); err != nil {
		return nil, err
	}

	if err := os.MkdirAll(string(d), 0o700); err != nil {
		return nil, fmt.Errorf("making the folder of keys: %w", err)
	}

	var made []string

	for _, step := range []struct {
		names []string
		make  func() error
	}{
		{[]string{ConsumerKey}, d.makeConsumerKey},
		{[]string{SigningKey, SigningPublicKey}, d.makeSigningKey},
		{[]string{IntakeKey, IntakePublicKey}, d.makeIntakeKey},
		{[]string{HMACKey}, d.makeHMACKey},
		{[]string{SandboxKey, SandboxPublicKeySet}, func() error { return d.makeSandboxKey(kid) }},
		{[]string{Programs}, d.makePrograms},
	} {
		there, err := d.has(step.names)
		if err != nil {
			return made, err
		}

		if there {
			continue
		}

		if err := step.make(); err != nil {
			return made, fmt.Errorf("making %s: %w", step.names[0], err)
		}

		made = append(made, step.names...)
	}

	return made, nil
}

// has reports whether a set of files is there. Half a set is an error: its other half cannot be made to match.
func (d Dir) has(names []string) (bool, error) {
	found := 0

	for _, name := range names {
		switch _, err := os.Stat(d.Path(name)); {
		case err == nil:
			found++
		case !errors.Is(err, fs.ErrNotExist):
			return false, fmt.Errorf("looking for keys: %w", err)
		}
	}

	if found > 0 && found < len(names) {
		return false, fmt.Errorf("in %s some of %v are missing: remove the others, or choose another folder", d, names)
	}

	return found > 0, nil
}

func (d Dir) makeConsumerKey() error {
	id := make([]byte, 36) // 48 characters in base64url, as the client ids of Mastercard's projects
	_, _ = rand.Read(id)

	key := base64.RawURLEncoding.EncodeToString(id) + "!" + hex.EncodeToString(id[:16]) + "0000000000000000"

	return d.write(ConsumerKey, []byte(key+"\n"))
}

func (d Dir) makeSigningKey() error {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return err
	}

	return errors.Join(d.writePrivate(SigningKey, key), d.writePublic(SigningPublicKey, &key.PublicKey))
}

func (d Dir) makeIntakeKey() error {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return err
	}

	return errors.Join(d.writePrivate(IntakeKey, key), d.writePublic(IntakePublicKey, &key.PublicKey))
}

func (d Dir) makeHMACKey() error {
	secret := make([]byte, 32)
	_, _ = rand.Read(secret)

	return d.write(HMACKey, []byte(base64.StdEncoding.EncodeToString(secret)+"\n"))
}

func (d Dir) makeSandboxKey(kid string) error {
	key, err := rsa.GenerateKey(rand.Reader, rsaBits)
	if err != nil {
		return err
	}

	set, err := json.MarshalIndent(jose.JSONWebKeySet{Keys: []jose.JSONWebKey{{
		Key: &key.PublicKey, KeyID: kid, Algorithm: string(jose.RSA_OAEP_256), Use: "enc",
	}}}, "", "  ")
	if err != nil {
		return err
	}

	return errors.Join(d.writePrivate(SandboxKey, key), d.write(SandboxPublicKeySet, append(set, '\n')))
}

// makePrograms writes a programs file with one program. Its retries are quicker
// than what one would choose against the real API, so that a demo is short.
func (d Dir) makePrograms() error {
	text, err := json.MarshalIndent(map[string]any{"programs": []map[string]any{{
		"name":          Program,
		"src_client_id": "b3a5c1de-0f2e-4d7a-9c41-5e8f60718293",
		"service_id":    "DEMO#ISSUER#01",
		"max_attempts":  5,
		"max_age":       "1h",
		"retry_base":    "500ms",
		"retry_cap":     "10s",
		"on_unknown":    "resend",
		"compliance": map[string]any{
			"privacy": consent("https://www.mastercard.com/global/click-to-pay/country-listing/privacy.html"),
			"tnc":     consent("https://www.mastercard.com/global/click-to-pay/country-listing/terms.html"),
		},
	}}}, "", "  ")
	if err != nil {
		return err
	}

	return d.write(Programs, append(text, '\n'))
}

func consent(uri string) map[string]string {
	return map[string]string{"latestVersionUri": uri}
}

func (d Dir) writePrivate(name string, key any) error {
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		return err
	}

	return d.write(name, pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))
}

func (d Dir) writePublic(name string, key any) error {
	der, err := x509.MarshalPKIXPublicKey(key)
	if err != nil {
		return err
	}

	return d.write(name, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}))
}

// write creates a file that only its owner can read. It never replaces one.
func (d Dir) write(name string, content []byte) error {
	if err := outfile.Check(d.Path(name)); err != nil {
		return err
	}

	file, err := os.OpenFile(d.Path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}

	_, err = file.Write(content)

	return errors.Join(err, file.Close())
}
