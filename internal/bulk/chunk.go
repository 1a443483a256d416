package bulk

import (
	"errors"
	"io"

	"enroll.example/clicktopay/internal/bulk/records"
)

// chunk is some rows, one behind the other, on their way together.
type chunk struct {
	first   int64 // number of its first row
	end     int64 // offset in the source at which its last row has ended
	next    int64 // line on which the row after it can begin
	records []records.Record
}

// last is the number of its last row, lastLine the line on which that begins.
func (c *chunk) last() int64     { return c.first + int64(len(c.records)) - 1 }
func (c *chunk) lastLine() int64 { return c.records[len(c.records)-1].Line }

// chunkBytes ends a chunk early, so that memory stays bounded when every row is as long as a row can be.
const chunkBytes = 1 << 20

// chunk reads up to so many rows; io.EOF when there are none. After an error
// what came before it is not returned: the last of it may be half a row.
func (t *rowReader) chunk(rows int) (*chunk, error) {
	c := &chunk{first: t.row + 1}
	end := t.end

	for len(c.records) < rows && end-t.end < chunkBytes {
		record, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		c.records, end = append(c.records, record), record.End

		if t.onRow != nil {
			t.onRow(record, c.last())
		}
	}

	if len(c.records) == 0 {
		return nil, io.EOF
	}

	t.row, t.end, c.end = c.last(), end, t.sourceOffset(end)
	c.next, _ = t.reader.Position()

	return c, nil
}
