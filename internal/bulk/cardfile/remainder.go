package cardfile

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/shell"
)

// Remainder is the part of a source that was not checked, and so not sent.
type Remainder struct {
	// Appended is how many bytes stand behind what was checked, which ends at byte From of the file.
	Appended, From int64
	// Cut says that the last checked row continues in what was appended.
	Cut bool
	// Replaced says that another file has the name now, Changed that the file has another content.
	Replaced, Changed bool

	name   string
	Packed bool  // tools for lines cannot take it apart
	Header int64 // the line on which it ends, 0 when there is none
}

// None reports whether all of the source was checked.
func (l Remainder) None() bool { return l.Appended == 0 && !l.Replaced && !l.Changed }

// String says what was not sent, and how to send it.
func (l Remainder) String() string {
	var said []string

	if l.Appended > 0 {
		said = append(said, fmt.Sprintf("%d bytes were appended to %s after it was checked, and are not sent: %s",
			l.Appended, l.name, l.howToSend()))
	}

	if l.Cut {
		said = append(said, "the last row that was sent had no end when it was checked, and goes on in what was appended: look at it")
	}

	if l.Replaced {
		said = append(said, fmt.Sprintf("%s was replaced by another file after it was opened: what was sent is the former one, whole; "+
			"submit the new one under another --batch", l.name))
	}

	if l.Changed {
		said = append(said, fmt.Sprintf("%s was changed after it was read: what was sent is its former content, whole; "+
			"submit the rows that are new or corrected as a file of their own, under another --batch", l.name))
	}

	return strings.Join(said, "\n")
}

func (l Remainder) howToSend() string {
	name := shell.Quote(l.name)

	switch {
	case l.Packed:
		return "send the rows that were added as a file of their own, under another --batch"
	case l.Header > 0:
		return fmt.Sprintf("send them as a file of their own, under another --batch: (head -n %d %s; tail -c +%d %s) > REST",
			l.Header, name, l.From+1, name)
	default:
		return fmt.Sprintf("send them as a file of their own, under another --batch: tail -c +%d %s > REST", l.From+1, name)
	}
}

// RequireComplete refuses a file whose last row was cut by the check, as its writer has not come to its end.
func (l Remainder) RequireComplete() error {
	if !l.Cut {
		return nil
	}

	return &FileError{Source: l.name, Reason: "is still being written: " +
		"its last line had no end when it was checked, and has gone on since; submit it when it is complete"}
}

// CheckedSize is how much of the source was checked; 0 when it can be read only once.
func (s Source) CheckedSize() int64 {
	if s.Checked == nil {
		return 0
	}

	return s.Checked.size
}

// Remainder looks for what there is of a file beside the extent that was checked, which began at origin.
func (s Source) Remainder(checked *Extent, origin int64) (Remainder, error) {
	file, ok := s.Reader.(*os.File)
	if !ok || checked == nil || origin < 0 {
		return Remainder{}, nil
	}

	info, err := file.Stat()
	if err != nil {
		return Remainder{}, fmt.Errorf("looking at %s: %w", s.Name, err)
	}

	if !info.Mode().IsRegular() {
		return Remainder{}, nil
	}

	l := Remainder{From: origin + checked.size, name: s.Name}
	l.Appended = max(0, info.Size()-l.From)
	l.Cut = s.Unended && l.Appended > 0 && !beginsWithLineEnd(file, l.From)

	if s.named {
		now, err := os.Stat(s.Name)
		if err != nil && !errors.Is(err, fs.ErrNotExist) { // one that was taken away leaves nothing to be sent
			return Remainder{}, fmt.Errorf("looking at %s: %w", s.Name, err)
		}

		l.Replaced = err == nil && !os.SameFile(info, now)
	}

	if !l.Replaced && !checked.Modified.IsZero() && !info.ModTime().Equal(checked.Modified) {
		l.Changed = checked.differs(io.NewSectionReader(file, origin, checked.size))
	}

	if l.None() {
		return Remainder{}, nil
	}

	return l, nil
}

// differs reports whether a file does not have what was checked of it. What cannot be read does not.
func (e *Extent) differs(content io.Reader) bool {
	sum := sha256.New()
	_, err := io.Copy(sum, content)

	return err != nil || string(sum.Sum(nil)) != string(e.Hash[:])
}

// Modified is when a file was changed last; zero when that is not known.
func (s Source) Modified() time.Time {
	file, ok := s.Reader.(*os.File)
	if !ok {
		return time.Time{}
	}

	info, err := file.Stat()
	if err != nil {
		return time.Time{}
	}

	return info.ModTime()
}

func beginsWithLineEnd(file io.ReaderAt, at int64) bool {
	next := make([]byte, 1)
	_, err := file.ReadAt(next, at)

	return err == nil && (next[0] == '\n' || next[0] == '\r')
}
