package service

import (
	"context"
	"errors"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// APIKeys are the keys for calling the API, loaded and able to be replaced.
type APIKeys struct {
	Signing    *mastercard.CredentialFiles
	Encryption mastercard.EncryptionKeys
	// Files and URLs look for newer keys: files every few seconds, URLs now and then.
	Files, URLs []mastercard.Reloader
	// Stale says why a key came from its kept copy, nil when none did.
	Stale error
}

// Keys loads the keys. Its error names every setting that is wrong.
func (a API) Keys(ctx context.Context) (APIKeys, error) {
	var keys APIKeys

	err := settings.Faults(a.openSigningKey(&keys), a.openEncryptionKey(ctx, &keys))

	return keys, err
}

func (a API) openSigningKey(keys *APIKeys) error {
	if err := settings.Missing("signing-key-file", a.SigningKeyFile); err != nil {
		return settings.Faults(a.checkConsumerKey(), err)
	}

	// Each is told by its own setting.
	if errConsumer := a.checkConsumerKey(); errConsumer != nil {
		_, err := mastercard.OpenSigningKeyFile(a.SigningKeyFile, a.SigningKeyPasswordFile, time.Now,
			mastercard.Alias(a.SigningKeyAlias), mastercard.ForOAuth2())

		return settings.Faults(errConsumer, settings.About("signing-key-file", err))
	}

	source, err := mastercard.OpenCredentialFiles(a.ConsumerKeyFile, a.SigningKeyFile, a.SigningKeyPasswordFile, time.Now,
		mastercard.Alias(a.SigningKeyAlias), mastercard.ForOAuth2())
	if err != nil {
		return settings.About("signing-key-file", err)
	}

	keys.Signing = source
	keys.Files = append(keys.Files, source)

	return nil
}

func (a API) openEncryptionKey(ctx context.Context, keys *APIKeys) error {
	switch {
	case a.EncryptionKeyFile != "" && a.EncryptionKeyURL != "":
		return errors.New("--encryption-key-file and --encryption-key-url: give one of them")
	case a.EncryptionKeyURL != "":
		return settings.About("encryption-key-url"+a.withKid(), a.openKeySetURL(ctx, keys))
	case a.EncryptionKeyFile == "":
		return settings.About("encryption-key-file", errors.New("is missing; give it, or --encryption-key-url"))
	}

	open := func() (*mastercard.EncryptionKeyFile, error) {
		return mastercard.OpenEncryptionKeyFile(a.EncryptionKeyFile, a.EncryptionKid, time.Now)
	}
	if strings.HasSuffix(a.EncryptionKeyFile, ".json") {
		open = func() (*mastercard.EncryptionKeyFile, error) {
			return mastercard.OpenKeySetFile(a.EncryptionKeyFile, a.EncryptionKid)
		}
	}

	source, err := open()
	if err != nil {
		return settings.About("encryption-key-file"+a.withKid(), err)
	}

	keys.Encryption = source
	keys.Files = append(keys.Files, source)

	return nil
}

// withKid names the setting that says which key is meant, if it does.
func (a API) withKid() string {
	if a.EncryptionKid == "" {
		return ""
	}

	return " with --encryption-kid"
}

func (a API) openKeySetURL(ctx context.Context, keys *APIKeys) error {
	given := strings.TrimSpace(a.EncryptionKeyURL) // a file's line end is no part of it

	url, named := map[string]string{
		"sandbox": mastercard.SandboxKeys, "production": mastercard.ProductionKeys,
	}[given]
	if !named {
		url = given
	}

	transport, err := a.transport()
	if err != nil {
		return err
	}

	source, err := mastercard.OpenKeySetURL(ctx, mastercard.KeySetConfig{
		URL: url, Pin: a.EncryptionKid, CacheFile: a.EncryptionKeyCache, Transport: transport,
	})
	if err != nil {
		return err
	}

	keys.Encryption = source
	keys.URLs = append(keys.URLs, source)
	keys.Stale = source.Stale()

	return nil
}
