package stack

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

const aptTimeout = 10 * time.Minute

// noCluster tells Debian's packages not to make a cluster of their own, which they would also start, now and at every boot.
const noCluster = "create_main_cluster = false\n"

// apt installs the distribution's server and returns where it is.
func (m machine) apt(ctx context.Context, announce func(string)) (string, error) {
	ctx, cancel := context.WithTimeoutCause(ctx, aptTimeout, fmt.Errorf("not done after %s", aptTimeout))
	defer cancel()

	apt, err := m.lookPath("apt-get")
	if err != nil {
		return "", errors.New("apt-get is not on PATH: this is no Debian or Ubuntu")
	}

	if m.uid != 0 {
		return "", errors.New("apt-get needs root")
	}

	cache, err := m.cacheDir()
	if err != nil {
		return "", err
	}

	lock, err := waitLock(ctx, filepath.Join(cache, "lock"))
	if err != nil {
		return "", err
	}
	defer lock.release()

	announce("installing the package postgresql with apt-get")

	if err := m.install(ctx, apt); err != nil {
		return "", err
	}

	for _, dir := range m.inUsualPlaces() {
		if err = m.usable(ctx, dir); err == nil {
			return dir, nil
		}
	}

	return "", errors.Join(errors.New("apt-get has installed the package postgresql, but no server that can be used is there"), err)
}

func (m machine) install(ctx context.Context, apt string) error {
	drop := filepath.Join(m.root, "/etc/postgresql-common/createcluster.d/"+cacheName+".conf")
	if err := os.MkdirAll(filepath.Dir(drop), 0o755); err != nil {
		return err
	}

	if err := os.WriteFile(drop, []byte(noCluster), 0o644); err != nil { //nolint:gosec // configuration that all may read
		return err
	}
	defer func() { _ = os.Remove(drop) }()

	env := []string{"DEBIAN_FRONTEND=noninteractive"}

	const wait = "DPkg::Lock::Timeout=300" // seconds, for another apt-get of the machine to end

	install := func() error {
		_, err := m.run(ctx, "", env, apt, "-qq", "-o", wait, "install", "-y", "--no-install-recommends", "postgresql")

		return err
	}

	// At once where the package lists are there and new enough: which saves asking the archive when another process has just
	// installed it.
	if install() == nil {
		return nil
	}

	if _, err := m.run(ctx, "", env, apt, "-qq", "-o", wait, "update"); err != nil {
		return err
	}

	return install()
}
