package stack

import (
	"fmt"
	"os"
	"path/filepath"
	"runtime"
)

const cacheName = "enroll-clicktopay"

// cacheDir is where fetched binaries are kept, created when missing. Root's own cache directory is closed to the user that
// Postgres runs as, so root has one that is open to all for reading.
func cacheDir() (string, error) {
	if os.Geteuid() != 0 {
		dir, err := os.UserCacheDir()
		if err != nil {
			return "", fmt.Errorf("finding a cache directory: %w", err)
		}

		return makeCache(filepath.Join(dir, cacheName), 0o700)
	}

	dir := "/var/cache"
	if runtime.GOOS == "darwin" {
		dir = "/Library/Caches"
	}

	return makeCache(filepath.Join(dir, cacheName), 0o755)
}

func makeCache(dir string, mode os.FileMode) (string, error) {
	if err := os.MkdirAll(dir, mode); err != nil {
		return "", fmt.Errorf("creating a cache directory (set HOME or XDG_CACHE_HOME to one that can be written): %w", err)
	}

	if err := os.Chmod(dir, mode); err != nil { // whatever the umask is
		return "", fmt.Errorf("opening the cache directory to readers: %w", err)
	}

	return dir, nil
}
