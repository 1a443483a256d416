package devkeys

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"strings"

	"github.com/go-jose/go-jose/v4"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/sandbox"
)

// Sandbox returns the options of a sandbox that knows the folder's consumer
// key, signing key and programs, and has its encryption key.
func (d Dir) Sandbox() (sandbox.Options, error) {
	if _, err := os.Stat(string(d)); errors.Is(err, fs.ErrNotExist) {
		return sandbox.Options{}, fmt.Errorf("the sandbox's keys: there is no folder %s; make it: demo keygen %s", d, d)
	}

	consumerKey, errConsumer := keyfile.ReadText(d.Path(ConsumerKey))
	signing, errSigning := d.readPublicRSA(SigningPublicKey)
	encryption, errEncryption := d.readPrivateRSA(SandboxKey)
	kid, errKid := d.kid()
	programs, errPrograms := d.programs()

	if err := errors.Join(errConsumer, errSigning, errEncryption, errKid, errPrograms); err != nil {
		return sandbox.Options{}, fmt.Errorf("the sandbox's keys in %s (made by: demo keygen %s): %w", d, d, err)
	}

	return sandbox.Options{
		Clients: []sandbox.Client{{
			ConsumerKey: strings.TrimSpace(string(consumerKey)),
			SigningKeys: []*rsa.PublicKey{signing},
			Programs:    programs,
		}},
		DecryptionKeys: map[string]*rsa.PrivateKey{kid: encryption},
	}, nil
}

func (d Dir) programs() ([]sandbox.Program, error) {
	text, err := keyfile.ReadText(d.Path(Programs))
	if err != nil {
		return nil, err
	}

	var file struct {
		Programs []struct {
			SrcClientID string `json:"src_client_id"`
			ServiceID   string `json:"service_id"`
			DirectoryID string `json:"directory_id"`
		} `json:"programs"`
	}

	if err := json.Unmarshal(text, &file); err != nil {
		return nil, fmt.Errorf("%s: %w", Programs, err)
	}

	programs := make([]sandbox.Program, len(file.Programs))
	for i, p := range file.Programs {
		programs[i] = sandbox.Program{SrcClientID: p.SrcClientID, ServiceID: p.ServiceID, DirectoryID: p.DirectoryID}
	}

	return programs, nil
}

func (d Dir) kid() (string, error) {
	text, err := keyfile.ReadText(d.Path(SandboxPublicKeySet))
	if err != nil {
		return "", err
	}

	var set jose.JSONWebKeySet
	if err := json.Unmarshal(text, &set); err != nil || len(set.Keys) != 1 {
		return "", fmt.Errorf("%s: does not hold one key: %w", SandboxPublicKeySet, err)
	}

	return set.Keys[0].KeyID, nil
}

func (d Dir) readPublicRSA(name string) (*rsa.PublicKey, error) {
	return readRSA[*rsa.PublicKey](d, name, keyfile.KindPublic, x509.ParsePKIXPublicKey)
}

func (d Dir) readPrivateRSA(name string) (*rsa.PrivateKey, error) {
	return readRSA[*rsa.PrivateKey](d, name, keyfile.KindPKCS8, x509.ParsePKCS8PrivateKey)
}

func readRSA[K any](d Dir, name string, kind keyfile.Kind, parse func([]byte) (any, error)) (K, error) {
	var none K

	data, err := keyfile.Read(d.Path(name))
	if err != nil {
		return none, err
	}

	items, err := keyfile.Parse(data)
	if err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}

	if items[0].Kind != kind {
		return none, fmt.Errorf("%s holds %s, expected %s", name, items[0], kind)
	}

	parsed, err := parse(items[0].Content)
	if err != nil {
		return none, fmt.Errorf("%s: %w", name, err)
	}

	key, ok := parsed.(K)
	if !ok {
		return none, fmt.Errorf("%s is not an RSA key", name)
	}

	return key, nil
}
