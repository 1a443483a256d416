package mastercard

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
)

// A SigningKeyFile is a source of signing keys, and a Reloader, for a key in a
// file that may be replaced while calls run: those in flight end on the old key.
type SigningKeyFile struct{ watched *keyfile.Watched[*SigningKey] }

// OpenSigningKeyFile loads the key as LoadSigningKey does, at now's time, and
// fails where that fails.
func OpenSigningKeyFile(
	file, passwordFile string, now func() time.Time, options ...KeyOption,
) (*SigningKeyFile, error) {
	files := []string{file}
	if passwordFile != "" {
		files = append(files, passwordFile)
	}

	watched, err := keyfile.Open("signing key file", files, func() (*SigningKey, error) {
		return LoadSigningKey(file, passwordFile, now(), options...)
	})

	if err != nil {
		return nil, err
	}

	return &SigningKeyFile{watched}, nil
}

// SigningKey returns the key in use.
func (f *SigningKeyFile) SigningKey() *SigningKey { return f.watched.Current() }

// Reload looks whether the file, or the one of its password, has changed.
func (f *SigningKeyFile) Reload(ctx context.Context) (bool, error) { return f.watched.Reload(ctx) }

// String names the file.
func (f *SigningKeyFile) String() string { return f.watched.String() }

// An EncryptionKeyFile is a source of encryption keys, and a Reloader, for a key
// in a file that may be replaced while calls run.
type EncryptionKeyFile struct {
	watched *keyfile.Watched[*EncryptionKey]
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
	watched, err := keyfile.Open("encryption key file", []string{file}, load)
	if err != nil {
		return nil, err
	}

	return &EncryptionKeyFile{watched}, nil
}

// EncryptionKey returns the key in use.
func (f *EncryptionKeyFile) EncryptionKey() *EncryptionKey { return f.watched.Current() }

// Reload looks whether the file has changed.
func (f *EncryptionKeyFile) Reload(ctx context.Context) (bool, error) { return f.watched.Reload(ctx) }

// String names the file.
func (f *EncryptionKeyFile) String() string { return f.watched.String() }

// A DecryptionKeyFiles is a set of decryption keys, and a Reloader, for keys in
// files that may be replaced while answers are opened.
type DecryptionKeyFiles struct {
	watched *keyfile.Watched[*DecryptionKeys]
}

// OpenDecryptionKeyFiles loads the keys, by the kid that the API names each with,
// as LoadSigningKey does. The password file is that of all PKCS#12 files among
// them; "" where there are none. Of a file that holds several keys, that is taken
// whose alias is the kid.
func OpenDecryptionKeyFiles(
	filesByKID map[string]string, passwordFile string, now func() time.Time,
) (*DecryptionKeyFiles, error) {
	files := slices.Sorted(maps.Values(filesByKID))
	if passwordFile != "" {
		files = append(files, passwordFile)
	}

	watched, err := keyfile.Open("decryption key files", files, func() (*DecryptionKeys, error) {
		return loadDecryptionKeys(filesByKID, passwordFile, now())
	})
	if err != nil {
		return nil, err
	}

	return &DecryptionKeyFiles{watched}, nil
}

func loadDecryptionKeys(filesByKID map[string]string, passwordFile string, now time.Time) (*DecryptionKeys, error) {
	keys := make(map[string]*SigningKey, len(filesByKID))

	for kid, file := range filesByKID {
		key, err := LoadSigningKey(file, passwordFile, now, aliasAmongSeveral(kid))
		if err != nil {
			return nil, fmt.Errorf("decryption key %s: %w", kid, err)
		}

		keys[kid] = key
	}

	return NewDecryptionKeys(keys)
}

// DecryptionKeys returns the keys in use.
func (f *DecryptionKeyFiles) DecryptionKeys() *DecryptionKeys { return f.watched.Current() }

// Reload looks whether one of the files has changed.
func (f *DecryptionKeyFiles) Reload(ctx context.Context) (bool, error) { return f.watched.Reload(ctx) }

// String names the files.
func (f *DecryptionKeyFiles) String() string { return f.watched.String() }
