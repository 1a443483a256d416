package text_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"strings"
	"testing"
	"testing/iotest"
	unicode16 "unicode/utf16"

	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/text"
)

const sample = "pan,first_name\n1,Müller\n"

func gzipped(tb testing.TB, content string) string {
	tb.Helper()

	var out bytes.Buffer

	w := gzip.NewWriter(&out)
	_, err := io.WriteString(w, content)
	require.NoError(tb, err)
	require.NoError(tb, w.Close())

	return out.String()
}

func zstandard(tb testing.TB, content string, options ...zstd.EOption) string {
	tb.Helper()

	var out bytes.Buffer

	w, err := zstd.NewWriter(&out, options...)
	require.NoError(tb, err)
	_, err = io.WriteString(w, content)
	require.NoError(tb, err)
	require.NoError(tb, w.Close())

	return out.String()
}

// utf16 writes a text in the byte order of its mark.
func utf16(content, mark string) string {
	out := []byte(mark)

	for _, unit := range unicode16.Encode([]rune(content)) {
		if mark == "\xff\xfe" {
			out = binary.LittleEndian.AppendUint16(out, unit)
		} else {
			out = binary.BigEndian.AppendUint16(out, unit)
		}
	}

	return string(out)
}

func TestOpen(t *testing.T) {
	t.Parallel()

	latin1 := strings.ReplaceAll(sample, "ü", "\xfc")

	for name, c := range map[string]struct {
		in       string
		encoding text.Encoding
		want     string
		is       text.Text
	}{
		"plain text":                     {sample, "", sample, text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'p'}},
		"a byte order mark":              {"\xef\xbb\xbf" + sample, "", sample, text.Text{Compression: text.Plain, Encoding: text.UTF8, Mark: true, First: 'p'}},
		"empty lines":                    {"\r\n \n{}", "", "\r\n \n{}", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: '{'}},
		"gzip":                           {gzipped(t, sample), "", sample, text.Text{Compression: text.Gzip, Encoding: text.UTF8, First: 'p'}},
		"gzip in two members":            {gzipped(t, sample) + gzipped(t, "2,b\n"), "", sample + "2,b\n", text.Text{Compression: text.Gzip, Encoding: text.UTF8, First: 'p'}},
		"zstd":                           {zstandard(t, sample), "", sample, text.Text{Compression: text.Zstd, Encoding: text.UTF8, First: 'p'}},
		"zstd behind a skippable frame":  {"\x50\x2a\x4d\x18\x02\x00\x00\x00xx" + zstandard(t, sample), "", sample, text.Text{Compression: text.Zstd, Encoding: text.UTF8, First: 'p'}},
		"a mark inside gzip":             {gzipped(t, "\xef\xbb\xbf"+sample), "", sample, text.Text{Compression: text.Gzip, Encoding: text.UTF8, Mark: true, First: 'p'}},
		"Latin-1":                        {latin1, text.Latin1, sample, text.Text{Compression: text.Plain, Encoding: text.Latin1, First: 'p'}},
		"Latin-1 inside gzip":            {gzipped(t, latin1), text.Latin1, sample, text.Text{Compression: text.Gzip, Encoding: text.Latin1, First: 'p'}},
		"what Windows adds to Latin-1":   {"a\x80\x96\x9f", text.Latin1, "a€–Ÿ", text.Text{Compression: text.Plain, Encoding: text.Latin1, First: 'a'}},
		"a mark and another encoding":    {"\xef\xbb\xbf" + sample, text.Latin1, sample, text.Text{Compression: text.Plain, Encoding: text.UTF8, Mark: true, First: 'p'}},
		"UTF-16":                         {utf16(sample, "\xff\xfe"), "", sample, text.Text{Compression: text.Plain, Encoding: text.UTF16LE, Mark: true, First: 'p'}},
		"UTF-16, the greater byte first": {utf16(sample, "\xfe\xff"), "", sample, text.Text{Compression: text.Plain, Encoding: text.UTF16BE, Mark: true, First: 'p'}},
		"UTF-16 and another encoding":    {utf16(sample, "\xff\xfe"), text.Latin1, sample, text.Text{Compression: text.Plain, Encoding: text.UTF16LE, Mark: true, First: 'p'}},
		"UTF-16 without a mark":          {utf16(sample, "\xff\xfe")[2:], text.UTF16LE, sample, text.Text{Compression: text.Plain, Encoding: text.UTF16LE, First: 'p'}},
		"UTF-16 inside gzip":             {gzipped(t, utf16(sample, "\xff\xfe")), "", sample, text.Text{Compression: text.Gzip, Encoding: text.UTF16LE, Mark: true, First: 'p'}},
		"UTF-16 of a long text":          {utf16(strings.Repeat("Łódź,𝄞\n", 1<<16), "\xff\xfe"), "", strings.Repeat("Łódź,𝄞\n", 1<<16), text.Text{Compression: text.Plain, Encoding: text.UTF16LE, Mark: true, First: "Ł"[0]}},
		"UTF-16 that is broken":          {"\xff\xfea\x00\x00\xd8b\x00", "", "a\uFFFDb", text.Text{Compression: text.Plain, Encoding: text.UTF16LE, Mark: true, First: 'a'}},
		"UTF-16 with CR":                 {utf16("a\rb\r", "\xff\xfe"), "", "a\nb\n", text.Text{Compression: text.Plain, Encoding: text.UTF16LE, Mark: true, First: 'a'}},
		"only CR":                        {"a,b\rc,d\r\re", "", "a,b\nc,d\n\ne", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"only CR in a long text":         {strings.Repeat("row\r", 1<<18), "", strings.Repeat("row\n", 1<<18), text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'r'}},
		"only CR, and CRLF later":        {strings.Repeat("row\r", 1<<16) + "a\r\nb\r", "", strings.Repeat("row\n", 1<<16) + "a\r\nb\n", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'r'}},
		"CRLF":                           {"a\r\nb\rc\r\n", "", "a\r\nb\rc\r\n", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"a CR inside lines":              {"a\rb\nc\r", "", "a\rb\nc\r", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"a CR in a later line":           {"a\nb\rc", "", "a\nb\rc", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"bytes that are no UTF-8":        {"a\xff", "", "a\xff", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"a single byte":                  {"a", "", "a", text.Text{Compression: text.Plain, Encoding: text.UTF8, First: 'a'}},
		"gzip of a long text":            {gzipped(t, strings.Repeat("row\n", 1<<20)), "", strings.Repeat("row\n", 1<<20), text.Text{Compression: text.Gzip, Encoding: text.UTF8, First: 'r'}},
	} {
		for how, source := range map[string]func(io.Reader) io.Reader{
			"whole": func(r io.Reader) io.Reader { return r }, "in halves": iotest.HalfReader, "byte by byte": iotest.OneByteReader,
		} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()

				opened, err := text.Open(source(strings.NewReader(c.in)), c.encoding)
				require.NoError(t, err)
				defer opened.Close()

				content, err := io.ReadAll(opened)
				require.NoError(t, err)
				require.Equal(t, c.want, string(content))
				require.Equal(t, c.is.Compression, opened.Compression)
				require.Equal(t, c.is.Encoding, opened.Encoding)
				require.Equal(t, c.is.Mark, opened.Mark)
				require.Equal(t, string(c.is.First), string(opened.First))
			})
		}
	}
}

func TestWhatIsNoText(t *testing.T) {
	t.Parallel()

	long := zstandard(t, strings.Repeat("0123456789abcdef\n", 1<<20), zstd.WithWindowSize(16<<20))

	for name, c := range map[string]struct{ in, want string }{
		"nothing":                  {"", "is empty"},
		"gzip of nothing":          {gzipped(t, ""), "is empty"},
		"half a character":         {utf16("a", "\xff\xfe") + "b", "ends in the middle of a character of UTF-16: it was not copied whole"},
		"xz":                       {"\xfd7zXZ\x00", "in a way that is not known here"},
		"gzip inside gzip":         {gzipped(t, gzipped(t, sample)), "is compressed twice, with gzip inside gzip"},
		"gzip inside zstd":         {zstandard(t, gzipped(t, sample)), "is compressed twice, with gzip inside zstd"},
		"half of a gzip":           {gzipped(t, sample)[:20], "ends in the middle"},
		"half of a zstd":           {zstandard(t, strings.Repeat(sample, 100))[:30], "ends in the middle"},
		"gzip with a byte changed": {broken(gzipped(t, sample)), "cannot be unpacked: gzip: invalid checksum"},
		"something behind gzip":    {gzipped(t, sample) + "and then some text", "has something behind its end that is not packed with gzip"},
		"a little behind gzip":     {gzipped(t, sample) + "xyz", "has something behind its end that is not packed with gzip"},
		"some behind gzip's zeros": {gzipped(t, sample) + "\x00\x00\x00text", "has something behind its end that is not packed with gzip"},
		"a window that is wide":    {long, "is compressed with a window of more than 8 MiB; compress it again without --ultra and --long"},
		"a bomb":                   {zstandard(t, strings.Repeat("x", 100<<20)), "unpacks to more than 1000 times its size"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var fault text.FaultError

			require.ErrorAs(t, readAll(strings.NewReader(c.in)), &fault)
			require.ErrorContains(t, fault, c.want)
		})
	}
}

// broken changes the last byte but seven: that of the checksum.
func broken(gzipped string) string {
	at := len(gzipped) - 8

	return gzipped[:at] + string(gzipped[at]^1) + gzipped[at+1:]
}

func readAll(source io.Reader) error {
	opened, err := text.Open(source, "")
	if err != nil {
		return err
	}
	defer opened.Close()

	_, err = io.Copy(io.Discard, opened)

	return err
}

func TestTheFaultOfASourceStaysWhatItIs(t *testing.T) {
	t.Parallel()

	fire := errors.New("disk on fire")

	for name, before := range map[string]string{
		"at once": "", "in plain text": sample, "in gzip": gzipped(t, sample)[:20], "in zstd": zstandard(t, sample)[:12],
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.ErrorIs(t, readAll(io.MultiReader(strings.NewReader(before), iotest.ErrReader(fire))), fire)
		})
	}
}

func TestParseEncoding(t *testing.T) {
	t.Parallel()

	for name, want := range map[string]text.Encoding{
		"": text.UTF8, "UTF-8": text.UTF8, "utf8": text.UTF8,
		"latin1": text.Latin1, "Latin-1": text.Latin1, "ISO-8859-1": text.Latin1, "windows-1252": text.Latin1, "cp1252": text.Latin1,
		"UTF-16LE": text.UTF16LE, "utf16be": text.UTF16BE, "IBM 850": "cp850", "x-mac-roman": "macroman", "cp1251": "windows-1251",
	} {
		found, err := text.ParseEncoding(name)
		require.NoError(t, err, name)
		require.Equal(t, want, found, name)
	}

	_, err := text.ParseEncoding("utf-16")
	require.ErrorContains(t, err, `encoding "utf-16" is not known; known are utf-8, latin1`)
}

// Whatever the bytes: reading ends, and what is not packed comes through as it is.
func FuzzOpen(f *testing.F) {
	for _, seed := range []string{
		sample, gzipped(f, sample), zstandard(f, sample), gzipped(f, gzipped(f, sample)), "\xef\xbb\xbfa", "\x1f\x8b", "\x50\x2a\x4d\x18",
		"a\rb\r", "a\r\nb", utf16("a\rb", "\xff\xfe"), "\xc1\xff\x00\x00\x00\x01", "PK\x03\x04xl/",
	} {
		f.Add(seed, "")
		f.Add(seed, string(text.Latin1))
		f.Add(seed, string(text.UTF16BE))
	}

	f.Fuzz(func(t *testing.T, in, name string) {
		encoding, err := text.ParseEncoding(name)
		if err != nil {
			return
		}

		opened, err := text.Open(strings.NewReader(in), encoding)
		if err != nil {
			return
		}
		defer opened.Close()

		content, err := io.ReadAll(io.LimitReader(opened, 1<<20))
		if opened.Compression == text.Plain && opened.Encoding == text.UTF8 {
			require.NoError(t, err)
			ends := strings.NewReplacer("\r", "\n")
			require.Equal(t, ends.Replace(strings.TrimPrefix(in, text.ByteOrderMark)), ends.Replace(string(content)))
		}
	})
}
