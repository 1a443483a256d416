package records_test

import (
	"encoding/csv"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

// Where encoding/csv can read the whole text, the records are the same. Where
// it cannot, every record still is either good or faulty, and reading ends.
func FuzzReader(f *testing.F) {
	for _, seed := range []string{
		"a,b\r\n\"c\r\n,\"\"d\"\"\",e\n", "a,\"b\nc,d\n", "\n\r\n\r", "a\r", `"a"b` + "\n" + `"c""`, ",\n\"\",\"", "\xef\xbb\xbfa,\x00\n",
	} {
		f.Add(seed, uint8(2))
	}

	f.Fuzz(func(t *testing.T, text string, fields uint8) {
		r := records.NewReader(strings.NewReader(text))
		r.ExpectFields(int(fields))

		var (
			found     []records.Record
			line, end int64
		)

		for {
			record, err := r.Next()
			if errors.Is(err, io.EOF) {
				break
			}

			require.NoError(t, err)
			require.Greater(t, record.Line, line, "each record begins on a line of its own")
			require.Greater(t, record.End, end)
			line, end = record.Line, record.End

			if record.Fault == records.None && fields > 0 {
				require.Len(t, record.Fields, int(fields))
			}

			record.End = 0
			found = append(found, record)
		}

		require.LessOrEqual(t, end, int64(len(text)))

		if want, ok := standard(text); ok && fields == 0 {
			require.Equal(t, want, found)
		}
	})
}

// standard reads the text with encoding/csv.
func standard(text string) ([]records.Record, bool) {
	r := csv.NewReader(strings.NewReader(text))
	r.FieldsPerRecord = -1

	var found []records.Record

	for {
		fields, err := r.Read()
		if errors.Is(err, io.EOF) {
			return found, len(text) < records.MaxBytes
		}

		if err != nil {
			return nil, false
		}

		if strings.TrimFunc(strings.Join(fields, ""), func(r rune) bool { return records.Unseen(r) || r == '\x1a' }) == "" {
			return nil, false // a blank line here
		}

		line, _ := r.FieldPos(0)
		found = append(found, records.Record{Line: int64(line), Fields: fields})
	}
}
