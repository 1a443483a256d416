package duplicates

import (
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"sync"

	"golang.org/x/sync/errgroup"

	"enroll.example/clicktopay/internal/guard"
)

const (
	// partitions are looked at one by one, the different hashes of one in memory: of a
	// hundred million rows that is some ten megabytes.
	partitions = 256
	entryBytes = 24
	// blockBytes is what is kept of a partition before it is written: a whole number of entries.
	blockBytes = 340 * entryBytes
	// maxNamed bounds the rows of which it is known which row they repeat.
	maxNamed = 1 << 20
)

// entry is a row as it is kept: a hash, the row's number, the line on which it begins.
type entry struct {
	hash      uint64
	row, line int64
}

// Finder collects the hashes of all rows of a file. A nil finder collects nothing. It is for one goroutine.
type Finder struct {
	dir    string
	parts  [partitions]partition
	file   *os.File
	length int64
}

// partition has the entries whose hashes begin alike: full blocks in the file, the rest in memory.
type partition struct {
	blocks []int64
	rest   []byte
}

// NewFinder makes a finder that writes to a folder, "" for that of temporary
// files, when there are more rows than it keeps in memory.
func NewFinder(dir string) *Finder { return &Finder{dir: dir} }

// Add adds a row. Rows are numbered from 1 and come in their order.
func (f *Finder) Add(hash uint64, row, line int64) error {
	if f == nil {
		return nil
	}

	p := &f.parts[hash%partitions]
	p.rest = binary.BigEndian.AppendUint64(p.rest, hash)
	p.rest = binary.BigEndian.AppendUint64(p.rest, uint64(row))  //nolint:gosec // numbers of rows and lines are positive
	p.rest = binary.BigEndian.AppendUint64(p.rest, uint64(line)) //nolint:gosec // see above

	if len(p.rest) < blockBytes {
		return nil
	}

	return f.spill(p)
}

// spill writes a block.
func (f *Finder) spill(p *partition) error {
	if f.file == nil {
		if err := f.create(); err != nil {
			return err
		}
	}

	if _, err := f.file.WriteAt(p.rest, f.length); err != nil {
		return fmt.Errorf("keeping hashes of the rows (set TMPDIR to a folder with more room): %w", err)
	}

	p.blocks = append(p.blocks, f.length)
	f.length += int64(len(p.rest))
	p.rest = p.rest[:0]

	return nil
}

// create makes a file without a name, so that it goes with the process however that ends.
func (f *Finder) create() error {
	file, err := os.CreateTemp(f.dir, "submit-hashes-*")
	if err != nil {
		return fmt.Errorf("making a temporary file for hashes of the rows: %w", err)
	}

	if err := os.Remove(file.Name()); err != nil {
		return fmt.Errorf("making a temporary file for hashes of the rows: %w", errors.Join(err, file.Close()))
	}

	f.file = file

	return nil
}

// Find returns the rows that repeat one before them.
func (f *Finder) Find(ctx context.Context) (*Set, error) {
	var mu sync.Mutex

	set := &Set{}
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(runtime.GOMAXPROCS(0))

	for i := range f.parts {
		group.Go(guard.Func(func() error {
			firsts := map[uint64]int64{} // the line of each hash's first row

			return f.blocks(ctx, &f.parts[i], func(block []byte) {
				repeats := repeatsIn(block, firsts)

				mu.Lock()
				defer mu.Unlock()

				set.add(repeats)
			})
		}))
	}

	if err := group.Wait(); err != nil {
		return nil, err
	}

	set.sort()

	return set, nil
}

// blocks calls do with the entries of a partition, some at a time, in the order of their rows.
func (f *Finder) blocks(ctx context.Context, p *partition, do func(block []byte)) error {
	block := make([]byte, blockBytes)

	for _, at := range p.blocks {
		if err := ctx.Err(); err != nil {
			return err
		}

		if _, err := f.file.ReadAt(block, at); err != nil && !errors.Is(err, io.EOF) {
			return fmt.Errorf("reading the hashes of the rows again: %w", err)
		}

		do(block)
	}

	do(p.rest)

	return ctx.Err()
}

// repeatsIn returns the rows of a block whose hash was there before, in it or in firsts.
func repeatsIn(block []byte, firsts map[uint64]int64) []repeat {
	var found []repeat

	for raw := range slices.Chunk(block, entryBytes) {
		e := decode(raw)

		if line, there := firsts[e.hash]; there {
			found = append(found, repeat{e.row, line})
		} else {
			firsts[e.hash] = e.line
		}
	}

	return found
}

func decode(raw []byte) entry {
	return entry{
		hash: binary.BigEndian.Uint64(raw),
		row:  int64(binary.BigEndian.Uint64(raw[8:])),  //nolint:gosec // see Add
		line: int64(binary.BigEndian.Uint64(raw[16:])), //nolint:gosec // see Add
	}
}

// Close gives the disk back.
func (f *Finder) Close() error {
	if f == nil || f.file == nil {
		return nil
	}

	return f.file.Close()
}
