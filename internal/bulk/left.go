package bulk

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
)

// Left is what there is of a source beside what was checked, and so was not sent.
type Left struct {
	// Appended is how many bytes stand behind what was checked, which ends at byte From of the file.
	Appended, From int64
	// Cut says that the last row that was checked goes on in what was appended.
	Cut bool
	// Replaced says that another file has the name now.
	Replaced bool

	name   string
	packed bool
	header bool
}

// None reports whether all of the source was checked.
func (l Left) None() bool { return l.Appended == 0 && !l.Replaced }

// String says what was not sent, and how to send it.
func (l Left) String() string {
	var said []string

	if l.Appended > 0 {
		said = append(said, fmt.Sprintf("%d bytes were appended to %s after it was checked, and are not sent: %s",
			l.Appended, l.name, l.sendRest()))
	}

	if l.Cut {
		said = append(said, "the last row that was sent had no end when it was checked, and goes on in what was appended: look at it")
	}

	if l.Replaced {
		said = append(said, fmt.Sprintf("%s was replaced by another file after it was opened: what was sent is the former one, whole; "+
			"submit the new one under another --batch", l.name))
	}

	return strings.Join(said, "\n")
}

func (l Left) sendRest() string {
	name := quoted(l.name)

	switch {
	case l.packed:
		return "send the rows that were added as a file of their own, under another --batch"
	case l.header:
		return fmt.Sprintf("send them as a file of their own, under another --batch: (head -n 1 %s; tail -c +%d %s) > REST",
			name, l.From+1, name)
	default:
		return fmt.Sprintf("send them as a file of their own, under another --batch: tail -c +%d %s > REST", l.From+1, name)
	}
}

// quoted is a name as a shell takes it.
func quoted(name string) string { return "'" + strings.ReplaceAll(name, "'", `'\''`) + "'" }

// unfinished refuses a file whose last row was cut by the check, as its writer has not come to its end.
func (l Left) unfinished() error {
	if !l.Cut {
		return nil
	}

	return &FileError{Source: l.name, Reason: "is still being written: " +
		"its last line had no end when it was checked, and has gone on since; submit it when it is complete"}
}

// checkedSize is how much of the source was checked; 0 when it can be read only once.
func (s Source) checkedSize() int64 {
	if s.checked == nil {
		return 0
	}

	return s.checked.size
}

// left looks for what there is of a file beside the extent that was checked, which began at origin.
func (s Source) left(checked *extent, origin int64) (Left, error) {
	file, ok := s.Reader.(*os.File)
	if !ok || checked == nil || origin < 0 {
		return Left{}, nil
	}

	info, err := file.Stat()
	if err != nil {
		return Left{}, fmt.Errorf("looking at %s: %w", s.Name, err)
	}

	if !info.Mode().IsRegular() {
		return Left{}, nil
	}

	l := Left{From: origin + checked.size, name: s.Name}
	l.Appended = max(0, info.Size()-l.From)
	l.Cut = s.unended && l.Appended > 0 && !beginsWithLineEnd(file, l.From)

	if s.named {
		now, err := os.Stat(s.Name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // one that was taken away leaves nothing to be sent
			return Left{}, fmt.Errorf("looking at %s: %w", s.Name, err)
		}

		l.Replaced = err == nil && !os.SameFile(info, now)
	}

	if l.None() {
		return Left{}, nil
	}

	return l, nil
}

func beginsWithLineEnd(file io.ReaderAt, at int64) bool {
	next := make([]byte, 1)
	_, err := file.ReadAt(next, at)

	return err == nil && (next[0] == '\n' || next[0] == '\r')
}
