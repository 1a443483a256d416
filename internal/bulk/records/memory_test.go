package records_test

import (
	"io"
	"runtime"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/records"
)

// repeat is a source of n bytes that nobody has to hold.
type repeat struct {
	n      int64
	sample func()
}

func (r *repeat) Read(p []byte) (int, error) {
	if r.n == 0 {
		return 0, io.EOF
	}

	r.sample()

	n := int(min(int64(len(p)), r.n))
	for i := range p[:n] {
		p[i] = 'x'
	}

	r.n -= int64(n)

	return n, nil
}

// A line of 200 MB costs no more memory than a line of 64 KiB. Not parallel: it looks at the memory of the whole process.
func TestALineOf200MBIsSkippedInBoundedMemory(t *testing.T) { //nolint:paralleltest // see above
	const limit = 4 << 20

	var (
		stats  runtime.MemStats
		before uint64
		peak   uint64
		reads  int
	)

	runtime.GC()
	runtime.ReadMemStats(&stats)
	before = stats.HeapAlloc

	line := &repeat{n: 200 << 20, sample: func() {
		if reads++; reads%50 == 0 {
			runtime.ReadMemStats(&stats)
			peak = max(peak, stats.HeapAlloc)
		}
	}}

	r := records.NewReader(io.MultiReader(strings.NewReader("a,b\n"), line, strings.NewReader("\nc,d\n")))
	r.ExpectFields(2)

	require.Equal(t, []records.Record{good(1, "a", "b"), bad(2, records.TooLong), good(3, "c", "d")}, all(t, r))
	require.Greater(t, reads, 500)
	require.Less(t, peak, before+limit)
}

func BenchmarkReader(b *testing.B) {
	const rows = 10_000

	text := strings.Repeat("5204739900000014,12,2029,\"Müller, Ana\",ana@example.com,1,5555550100,en,US,"+
		"\"1 Test St, Apt 2\",St Louis,MO,63101,US,c-1,k-1\n", rows)

	b.SetBytes(int64(len(text)))
	b.ReportAllocs()

	for b.Loop() {
		r := records.NewReader(strings.NewReader(text))
		for range rows {
			if _, err := r.Next(); err != nil {
				b.Fatal(err)
			}
		}
	}

	b.ReportMetric(rows*float64(b.N)/b.Elapsed().Seconds(), "rows/s")
}
