package duplicates

// MaxWindow is how many rows a Window remembers, in some 20 MB.
const MaxWindow = 1 << 19

// Window finds repeated rows of a source that can be read only once: of those
// it is asked for, it remembers as many as its size. A nil window has seen nothing. It is for one goroutine.
type Window struct {
	size  int
	lines map[uint64]int64
	full  bool
}

// NewWindow makes a window of at most MaxWindow rows.
func NewWindow(size int) *Window {
	return &Window{size: min(size, MaxWindow), lines: map[uint64]int64{}}
}

// Seen reports whether there was a row with this hash before, and on which line.
func (w *Window) Seen(hash uint64, line int64) (first int64, seen bool) {
	if w == nil {
		return 0, false
	}

	if first, seen := w.lines[hash]; seen {
		return first, true
	}

	if len(w.lines) < w.size {
		w.lines[hash] = line
	} else {
		w.full = true
	}

	return 0, false
}

// Full reports whether a row had to be let through without being remembered.
func (w *Window) Full() bool { return w != nil && w.full }
