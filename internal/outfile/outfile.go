// Package outfile says whether a path may be written to as a file.
//
// Most of our files are written beside their place and renamed into it, so that
// nobody finds half of one. A rename replaces whatever is there: run by root, it
// replaces /dev/null for every program of the machine. What is not a regular file is
// therefore refused. The outputs that may as well go to a device or a pipe, which is
// written to, ask package outstream first.
package outfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"enroll.example/clicktopay/pkg/pan"
)

// Check refuses a path at which there is something else than a regular file. Nothing there is fine. It also refuses a name that
// passes for a card number: names are shown, logged and copied with every backup.
//
// It cannot keep the path from changing after it has looked. Call it before anything
// is written, for an early answer, and again just before a rename or a removal.
func Check(path string) error {
	if err := checkName(path); err != nil {
		return err
	}

	mode, there, err := look(path)
	if err != nil || !there || mode.IsRegular() {
		return err
	}

	// Nobody is told to move a device away.
	remedy := "name another file, or move it away"
	if mode&fs.ModeDevice != 0 {
		remedy = "name a file, or leave the option out"
	}

	return fmt.Errorf("%s is %s, not a file, and is left alone: %s", path, kind(mode), remedy)
}

func checkName(path string) error {
	if pan.LooksLikeCard(filepath.Base(path)) {
		return fmt.Errorf("%s: the name looks like a card number; name another file", pan.MaskText(path))
	}

	return nil
}

// CheckFolderName refuses a folder whose path has a name that passes for a card number: it is shown with all that is made below
// it. Each name is looked at by itself: the numbers of folders in one another would pass for a card by chance, as those of
// temporary ones do.
func CheckFolderName(path string) error {
	if slices.ContainsFunc(strings.Split(filepath.ToSlash(path), "/"), pan.LooksLikeCard) {
		return fmt.Errorf("%s: the path holds what looks like a card number; name another folder", pan.MaskText(path))
	}

	return nil
}

// CheckFolder is Check for a folder that is removed and made anew.
func CheckFolder(path string) error {
	if err := CheckFolderName(path); err != nil {
		return err
	}

	mode, there, err := look(path)
	if err != nil || !there || mode.IsDir() {
		return err
	}

	return fmt.Errorf("%s is %s, not a folder, and is left alone: name another folder", path, kind(mode))
}

// Rename renames a file, and replaces nothing but a file: what is at either path may
// have changed in the hours since the last look.
func Rename(from, to string) error {
	if err := errors.Join(Check(from), Check(to)); err != nil {
		return err
	}

	return os.Rename(from, to)
}

// Remove removes a file, and nothing else. That there is none is no error.
func Remove(path string) error {
	if err := Check(path); err != nil {
		return err
	}

	if err := os.Remove(path); !errors.Is(err, fs.ErrNotExist) {
		return err
	}

	return nil
}

// look does not follow a symbolic link: a rename replaces the link, not what it leads to.
func look(path string) (mode fs.FileMode, there bool, err error) {
	info, err := os.Lstat(path)
	if errors.Is(err, fs.ErrNotExist) {
		return 0, false, nil
	}

	if err != nil {
		return 0, false, fmt.Errorf("looking at what is to be written: %w", err)
	}

	return info.Mode(), true, nil
}

func kind(mode fs.FileMode) string {
	switch {
	case mode.IsRegular():
		return "a file"
	case mode.IsDir():
		return "a folder"
	case mode&fs.ModeSymlink != 0:
		return "a symbolic link"
	case mode&fs.ModeNamedPipe != 0:
		return "a pipe"
	case mode&fs.ModeSocket != 0:
		return "a socket"
	case mode&fs.ModeDevice != 0:
		return "a device"
	default:
		return "something unknown"
	}
}
