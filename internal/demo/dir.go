package demo

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"enroll.example/clicktopay/internal/outfile"
)

// marker tells a folder that a demo made, and may empty, from one of the user's.
const marker = ".made-by-worker-demo"

// fresh makes an empty folder for one run: what an earlier demo left there is removed, anything else is not touched.
func fresh(dir string) (string, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return "", fmt.Errorf("finding the demo's folder: %w", err)
	}

	// A link to a folder would be removed and become a folder itself.
	if err := outfile.CheckFolder(dir); err != nil {
		return "", fmt.Errorf("looking for the demo's folder: %w", err)
	}

	entries, err := os.ReadDir(dir)

	switch {
	case errors.Is(err, fs.ErrNotExist), err == nil && len(entries) == 0:
	case err != nil:
		return "", fmt.Errorf("looking into the demo's folder: %w", err)
	default:
		if _, err := os.Stat(filepath.Join(dir, marker)); err != nil {
			return "", fmt.Errorf("%s is not empty and was not made by a demo: choose another folder with --dir", dir)
		}

		if err := os.RemoveAll(dir); err != nil {
			return "", fmt.Errorf("removing what the last demo left: %w", err)
		}
	}

	// The Postgres child may run as another user and has to pass through.
	if err := os.MkdirAll(dir, 0o755); err != nil { //nolint:gosec // see above; what is secret in it has its own permissions
		return "", fmt.Errorf("making the demo's folder: %w", err)
	}

	if err := os.WriteFile(filepath.Join(dir, marker), nil, 0o600); err != nil {
		return "", fmt.Errorf("making the demo's folder: %w", err)
	}

	return dir, nil
}
