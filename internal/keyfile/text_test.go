package keyfile_test

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"unicode/utf8"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/keyfile"
)

func TestText(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ data, want, err string }{
		"as it is":                     {data: "secret\n", want: "secret\n"},
		"with a mark":                  {data: "\xef\xbb\xbfsecret", want: "secret"},
		"UTF-16, little endian":        {data: "\xff\xfes\x00\xe9\x00", want: "s\u00e9"},
		"UTF-16, big endian":           {data: "\xfe\xff\x00s\xd8\x3d\xde\x00", want: "s\U0001f600"},
		"UTF-16 without a mark":        {data: "s\x00e\x00", want: "se"},
		"the same, big endian":         {data: "\x00s\x00e", want: "se"},
		"no text":                      {data: "\x30\x82\x00\x01", want: "\x30\x82\x00\x01"},
		"an odd number of bytes":       {data: "\xff\xfes\x00e", err: "of an odd number of bytes"},
		"half of a character":          {data: "\xff\xfe\x3d\xd8", err: "begins like UTF-16 and is not"},
		"UTF-32":                       {data: "\xff\xfe\x00\x00s\x00\x00\x00", err: "it is UTF-32"},
		"UTF-32, big endian":           {data: "\x00\x00\xfe\xff\x00\x00\x00s", err: "it is UTF-32"},
		"a mark and nothing behind it": {data: "\xff\xfe", err: "it is empty"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got, err := keyfile.Text([]byte(c.data))
			if c.err != "" {
				require.ErrorContains(t, err, c.err)
				return
			}

			require.NoError(t, err)
			require.Equal(t, c.want, string(got))
		})
	}
}

// Files that libraries of others read, which know no mark.
func TestCheckPlain(t *testing.T) {
	t.Parallel()

	path := filepath.Join(t.TempDir(), "pgpass")

	for content, want := range map[string]string{
		"h:5432:d:u:p\n":             "",
		"\xef\xbb\xbfh:5432:d:u:p\n": path + ": it begins with a byte order mark or is UTF-16: save it as UTF-8 without a mark",
		"h\x00:\x00":                 "it begins with a byte order mark or is UTF-16",
		"\xff\xfeh\x00:":             path + ": it is UTF-16 of an odd number of bytes",
	} {
		require.NoError(t, os.WriteFile(path, []byte(content), 0o600))

		err := keyfile.CheckPlain(path)
		if want == "" {
			require.NoError(t, err)
			continue
		}

		require.ErrorContains(t, err, want)
	}
}

func FuzzText(f *testing.F) {
	for _, seed := range []string{"secret", "\xef\xbb\xbfs", "\xff\xfes\x00", "\xfe\xff\x00s", "\xff\xfe\x00\x00", "s\x00"} {
		f.Add([]byte(seed))
	}

	f.Fuzz(func(t *testing.T, data []byte) {
		text, err := keyfile.Text(data)
		if err != nil {
			return
		}

		if len(text) == 0 {
			t.Fatal("nothing, and no error")
		}

		if !bytes.HasSuffix(data, text) && !utf8.Valid(text) {
			t.Fatalf("%q was decoded to %q", data, text)
		}
	})
}
