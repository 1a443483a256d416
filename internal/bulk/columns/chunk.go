package columns

import (
	"errors"
	"io"

	"enroll.example/clicktopay/internal/bulk/records"
)

// Chunk is some rows, one behind the other, on their way together.
type Chunk struct {
	First   int64 // number of its first row
	End     int64 // offset in the source at which its last row has ended
	Next    int64 // line on which the row after it can begin
	Records []records.Record
}

// Last is the number of its last row, lastLine the line on which that begins.
func (c *Chunk) Last() int64     { return c.First + int64(len(c.Records)) - 1 }
func (c *Chunk) LastLine() int64 { return c.Records[len(c.Records)-1].Line }

// chunkBytes ends a chunk early, so that memory stays bounded when every row is as long as a row can be.
const chunkBytes = 1 << 20

// ReadChunk reads up to so many rows; io.EOF when there are none. After an error
// what came before it is not returned: the last of it may be half a row.
func (t *Reader) ReadChunk(rows int) (*Chunk, error) {
	c := &Chunk{First: t.row + 1}
	end := t.end

	for len(c.Records) < rows && end-t.end < chunkBytes {
		record, err := t.nextRow()
		if errors.Is(err, io.EOF) {
			break
		}

		if err != nil {
			return nil, err
		}

		c.Records, end = append(c.Records, record), record.End

		if t.OnRow != nil {
			t.OnRow(record, c.Last())
		}
	}

	if len(c.Records) == 0 {
		return nil, io.EOF
	}

	t.row, t.end, c.End = c.Last(), end, t.SourceOffset(end)
	c.Next, _ = t.Records.Position()

	return c, nil
}
