package text_test

import (
	"bytes"
	"compress/gzip"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/text"
)

// What is packed may have several parts and zeros behind it, and nothing else.
func TestZerosBehindGzip(t *testing.T) {
	t.Parallel()

	part := func(text string) []byte {
		var out bytes.Buffer

		w := gzip.NewWriter(&out)
		_, err := w.Write([]byte(text))
		require.NoError(t, err)
		require.NoError(t, w.Close())

		return out.Bytes()
	}
	zeros := make([]byte, 70_000)

	for name, packed := range map[string][]byte{
		"zeros":     append(part("a,b\n1,2\n"), zeros...),
		"two parts": append(part("a,b\n"), part("1,2\n")...),
	} {
		opened, err := text.Open(bytes.NewReader(packed), "")
		require.NoError(t, err, name)

		read, err := io.ReadAll(opened)
		require.NoError(t, err, name)
		require.Equal(t, "a,b\n1,2\n", string(read), name)
		opened.Close()
	}

	for name, packed := range map[string][]byte{
		"something else": append(part("a,b\n1,2\n"), "\x00\x00junk that is no gzip"...),
		"half a part":    append(part("a,b\n1,2\n"), part("3,4\n")[:12]...),
	} {
		opened, err := text.Open(bytes.NewReader(packed), "")
		if err == nil {
			_, err = io.ReadAll(opened)
			opened.Close()
		}

		require.Error(t, err, name)
	}
}
