package mastercard

import (
	"context"
	"time"
)

// A SigningKeyFile is a source of signing keys, and a Reloader, for a key in a
// file that may be replaced while calls run: those in flight end on the old key.
type SigningKeyFile struct {
	watchedFiles[SigningKey]
}

// OpenSigningKeyFile loads the key as LoadSigningKey does, at now's time, and
// fails where that fails.
func OpenSigningKeyFile(file, passwordFile string, now func() time.Time) (*SigningKeyFile, error) {
	source := &SigningKeyFile{watchedFiles[SigningKey]{
		names: []string{file},
		load:  func() (*SigningKey, error) { return LoadSigningKey(file, passwordFile, now()) },
	}}
	if passwordFile != "" {
		source.names = append(source.names, passwordFile)
	}

	if _, err := source.reload(); err != nil {
		return nil, err
	}

	return source, nil
}

// SigningKey returns the key in use.
func (f *SigningKeyFile) SigningKey() *SigningKey { return f.current.Load() }

// Reload looks whether the file, or the one of its password, has changed.
func (f *SigningKeyFile) Reload(context.Context) (bool, error) { return f.reload() }

// String names the file.
func (f *SigningKeyFile) String() string { return "signing key file " + f.names[0] }

// An EncryptionKeyFile is a source of encryption keys, and a Reloader, for a key
// in a file that may be replaced while calls run.
type EncryptionKeyFile struct {
	watchedFiles[EncryptionKey]
}

// OpenEncryptionKeyFile loads the key as LoadEncryptionKey does, at now's time,
// and fails where that fails. A replacement has the same kid.
func OpenEncryptionKeyFile(file, kid string, now func() time.Time) (*EncryptionKeyFile, error) {
	return openEncryptionKeyFile(file, func() (*EncryptionKey, error) { return LoadEncryptionKey(file, kid, now()) })
}

// OpenKeySetFile loads the key as LoadJWKS does, and fails where that fails.
func OpenKeySetFile(file, pin string) (*EncryptionKeyFile, error) {
	return openEncryptionKeyFile(file, func() (*EncryptionKey, error) { return LoadJWKS(file, pin) })
}

func openEncryptionKeyFile(file string, load func() (*EncryptionKey, error)) (*EncryptionKeyFile, error) {
	source := &EncryptionKeyFile{watchedFiles[EncryptionKey]{names: []string{file}, load: load}}
	if _, err := source.reload(); err != nil {
		return nil, err
	}

	return source, nil
}

// EncryptionKey returns the key in use.
func (f *EncryptionKeyFile) EncryptionKey() *EncryptionKey { return f.current.Load() }

// Reload looks whether the file has changed.
func (f *EncryptionKeyFile) Reload(context.Context) (bool, error) { return f.reload() }

// String names the file.
func (f *EncryptionKeyFile) String() string { return "encryption key file " + f.names[0] }
