package stack

import (
	"archive/tar"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
)

const unpackedMaxSize = 500 << 20 // bytes; the packages have 60 MB

// unpack writes an npm package (a gzipped tar with everything below "package/") to the new directory dir, and makes the
// symbolic links that npm's format cannot hold and that the package lists instead, for a script that is not run here.
// Everything ends below dir, readable by all users.
func unpack(archive io.Reader, dir string) error {
	if err := os.Mkdir(dir, 0o755); err != nil {
		return err
	}

	if err := os.Chmod(dir, 0o755); err != nil { // whatever the umask is
		return err
	}

	root, err := os.OpenRoot(dir) // refuses any name, and any link, that leads out
	if err != nil {
		return err
	}
	defer func() { _ = root.Close() }()

	zipped, err := gzip.NewReader(archive)
	if err != nil {
		return err
	}

	files := tar.NewReader(io.LimitReader(zipped, unpackedMaxSize))

	for {
		h, err := files.Next()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return err
		}

		name, ok := strings.CutPrefix(h.Name, "package/")
		if !ok || h.Typeflag != tar.TypeReg {
			continue
		}

		if err := writeFile(root, name, files); err != nil {
			return fmt.Errorf("%q: %w", h.Name, err)
		}
	}

	return link(root)
}

// writeFile writes one file and the directories it is in. npm's archives hold no modes worth keeping.
func writeFile(root *os.Root, name string, content io.Reader) error {
	if err := makeParents(root, name); err != nil {
		return err
	}

	mode := fs.FileMode(0o644)
	if path.Base(path.Dir(name)) == "bin" {
		mode = 0o755
	}

	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, mode)
	if err != nil {
		return err
	}

	if _, err := io.Copy(f, content); err != nil {
		_ = f.Close()

		return err
	}

	if err := f.Chmod(mode); err != nil { // whatever the umask is
		_ = f.Close()

		return err
	}

	return f.Close()
}

func makeParents(root *os.Root, name string) error {
	parent := path.Dir(name)
	if parent == "." {
		return nil
	}

	if _, err := root.Stat(parent); err == nil {
		return nil
	}

	if err := makeParents(root, parent); err != nil {
		return err
	}

	if err := root.Mkdir(parent, 0o755); err != nil {
		return err
	}

	return root.Chmod(parent, 0o755)
}

// link makes the links listed in the package: from target to source, both as paths below the package's directory.
func link(root *os.Root) error {
	const list = "native/pg-symlinks.json"

	b, err := root.ReadFile(list)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}

	if err != nil {
		return err
	}

	var links []struct {
		Source string `json:"source"`
		Target string `json:"target"`
	}

	if err := json.Unmarshal(b, &links); err != nil {
		return fmt.Errorf("reading %s: %w", list, err)
	}

	for _, l := range links {
		if _, err := root.Stat(l.Source); err != nil {
			return fmt.Errorf("%s: source %q: %w", list, l.Source, err)
		}

		to, err := filepath.Rel(path.Dir(l.Target), l.Source)
		if err != nil {
			return fmt.Errorf("%s: target %q: %w", list, l.Target, err)
		}

		if err := root.Symlink(to, l.Target); err != nil {
			return fmt.Errorf("%s: target %q: %w", list, l.Target, err)
		}
	}

	return nil
}
