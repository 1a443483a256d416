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
	// TokenConnect is Token Connect's key; nil where it is not called.
	TokenConnect mastercard.EncryptionKeys
	// Files and URLs look for newer keys: files every few seconds, URLs now and then.
	Files, URLs []mastercard.Reloader
	// Stale says why a key came from its kept copy, nil when none did.
	Stale error
}

// Keys loads the keys. Its error names every setting that is wrong.
func (a API) Keys(ctx context.Context) (APIKeys, error) {
	var keys APIKeys

	err := settings.Faults(a.openSigningKey(&keys), a.openEncryptionKey(ctx, &keys), a.openTokenConnectKey(&keys))

	return keys, err
}

// openSigningKey loads the pair of consumer key and signing key. What is wrong with each is told by its own setting.
func (a API) openSigningKey(keys *APIKeys) error {
	errConsumer := settings.Missing("consumer-key-file", a.ConsumerKeyFile)
	errSigning := settings.Missing("signing-key-file", a.SigningKeyFile)

	switch {
	case errConsumer != nil && errSigning != nil:
		return settings.Faults(errConsumer, errSigning)
	case errConsumer != nil:
		return settings.Faults(errConsumer, a.checkSigningKey())
	case errSigning != nil:
		return settings.Faults(a.checkConsumerKey(), errSigning)
	}

	source, err := mastercard.OpenCredentialFiles(a.ConsumerKeyFile, a.SigningKeyFile, a.SigningKeyPasswordFile, time.Now,
		mastercard.Alias(a.SigningKeyAlias), mastercard.ForOAuth2())
	if err != nil {
		if told := settings.Faults(a.checkConsumerKey(), a.checkSigningKey()); told != nil {
			return told
		}

		return settings.About("signing-key-file", err) // one was replaced meanwhile
	}

	keys.Signing = source
	keys.Files = append(keys.Files, source)

	return nil
}

func (a API) checkConsumerKey() error {
	_, err := mastercard.LoadConsumerKey(a.ConsumerKeyFile)

	return settings.About("consumer-key-file", err)
}

func (a API) checkSigningKey() error {
	_, err := mastercard.LoadSigningKey(a.SigningKeyFile, a.SigningKeyPasswordFile, time.Now(), mastercard.Alias(a.SigningKeyAlias))

	return settings.About("signing-key-file", err)
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

	transport, err := a.Transport()
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
