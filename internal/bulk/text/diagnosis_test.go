package text_test

import (
	"archive/tar"
	"archive/zip"
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/text/encoding/charmap"

	"enroll.example/clicktopay/internal/bulk/text"
)

// archive is a zip file with files of these names.
func archive(t *testing.T, names ...string) string {
	t.Helper()

	var out bytes.Buffer

	w := zip.NewWriter(&out)

	for _, name := range names {
		file, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: zip.Store})
		require.NoError(t, err)
		_, err = io.WriteString(file, "application/vnd."+name)
		require.NoError(t, err)
	}

	require.NoError(t, w.Close())

	return out.String()
}

func tarball(t *testing.T) string {
	t.Helper()

	var out bytes.Buffer

	w := tar.NewWriter(&out)
	require.NoError(t, w.WriteHeader(&tar.Header{Name: "cards.csv", Size: 1, Mode: 0o600}))
	_, err := io.WriteString(w, "x")
	require.NoError(t, err)
	require.NoError(t, w.Close())

	return out.String()
}

func inLines(text string) string {
	var lines []string
	for chunk := range slices.Chunk([]byte(text), 76) {
		lines = append(lines, string(chunk))
	}

	return strings.Join(lines, "\r\n") + "\r\n"
}

const mainframe = "pan,exp_month,exp_year,email\n5204731600014784,12,2029,ana@example.com\n"

// Whatever is no text is named for what it is, packed or not, with what to do, and nothing of it is repeated.
func TestWhatIsNoTextIsNamed(t *testing.T) {
	t.Parallel()

	inEBCDIC, err := charmap.CodePage1047.NewEncoder().String(mainframe)
	require.NoError(t, err)
	fixedEBCDIC, err := charmap.CodePage037.NewEncoder().String(strings.Repeat("5204731600014784          1229ANA                 ", 100))
	require.NoError(t, err)

	for name, c := range map[string]struct{ in, want, do string }{
		"xlsx":                        {archive(t, "[Content_Types].xml", "_rels/.rels", "xl/workbook.xml"), "is an Excel workbook (xlsx)", "save it as CSV UTF-8"},
		"xlsx with its sheets behind": {archive(t, "[Content_Types].xml"), "is an Office document such as an Excel workbook", "save it as CSV UTF-8"},
		"docx":                        {archive(t, "[Content_Types].xml", "word/document.xml"), "is a Word document", "exported as CSV UTF-8"},
		"ods":                         {archive(t, "mimetype.oasis.opendocument.spreadsheet"), "is a document of LibreOffice (ods)", "save it as CSV UTF-8"},
		"numbers":                     {archive(t, "Index/Document.iwa"), "is a document of Numbers", "save it as CSV UTF-8"},
		"zip":                         {archive(t, "cards.csv"), "is a zip archive", "unzip -p FILE"},
		"an empty zip":                {archive(t), "is an empty archive", ""},
		"xls":                         {"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1\x00\x00", "such as an Excel workbook (xls), or one with a password", "save it as CSV UTF-8"},
		"a spreadsheet as XML": {
			`<?xml version="1.0"?><Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">`, "is a spreadsheet as XML", "save it as CSV UTF-8",
		},
		"SYLK":                 {"ID;PWXL;N;E\r\nP;PGeneral\r\n", "is a spreadsheet as SYLK", "save it as CSV UTF-8"},
		"DIF":                  {"TABLE\r\n0,1\r\n\"EXCEL\"\r\n", "is a spreadsheet as DIF", "save it as CSV UTF-8"},
		"HTML":                 {"\xef\xbb\xbf\r\n<!DOCTYPE html><html>", "is a web page (HTML)", "save it as CSV UTF-8"},
		"a table of HTML":      {"<style></style><TABLE><tr>", "is a web page (HTML)", "save it as CSV UTF-8"},
		"XML":                  {`<?xml version="1.0"?><Document>`, "is XML", "exported as CSV UTF-8"},
		"XML without its head": {`<cards><card>`, "is XML", "exported as CSV UTF-8"},
		"PDF":                  {"%PDF-1.7\n", "is a PDF document", "exported as CSV UTF-8"},
		"RTF":                  {`{\rtf1\ansi`, "is a text document (RTF)", "exported as CSV UTF-8"},
		"a picture":            {"\x89PNG\r\n\x1a\n", "is a picture", "exported as CSV UTF-8"},
		"Parquet":              {"PAR1\x15\x04", "is a file of a database", "exported as CSV UTF-8"},
		"SWIFT":                {"{1:F01BANKDEFFAXXX", "is a message of SWIFT", "exported as CSV UTF-8"},
		"tar":                  {tarball(t), "is a tar archive", "tar -xf FILE"},
		"7z":                   {"7z\xbc\xaf\x27\x1c", "is an archive", "unpack it first"},
		"xz":                   {"\xfd7zXZ\x00", "in a way that is not known here", "use gzip or zstd"},
		"bzip2":                {"BZh91AY&SY", "in a way that is not known here", "use gzip or zstd"},
		"PGP in ASCII":         {"-----BEGIN PGP MESSAGE-----\n\nhQEMA", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP in ASCII behind a comment": {
			"from the bank\r\n-----BEGIN PGP MESSAGE-----\r\n", "is encrypted with PGP", "gpg --decrypt FILE | submit -",
		},
		"PGP, signed":                {"-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\npan,exp", "is signed with PGP", "gpg --decrypt"},
		"PGP, a key":                 {"-----BEGIN PGP PUBLIC KEY BLOCK-----\n", "is a key or a signature of PGP", ""},
		"PGP for an RSA key":         {"\x85\x01\x0c\x03\xd1\x5a\x7c\x01", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP for an EC key":          {"\x84\x5e\x03\xd1\x5a\x7c\x01\x12", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP, new form":              {"\xc1\xc0\x4c\x03\xd1\x5a\x7c\x01", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP with a password":        {"\x8c\x0d\x04\x09\x03\x02\xd1\x5a", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP, password and new form": {"\xc3\x0d\x04\x09\x03\x02\xd1\x5a", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP, nothing but the text":  {"\xd2\xc0\x5a\x01\x11\x22\x33\x44", "is encrypted with PGP", "gpg --decrypt FILE | submit -"},
		"PGP, packed":                {"\xa3\x01\x5b\x0d\xb0\x57\x1e\x11", "is signed or packed with PGP", "gpg --decrypt"},
		"PGP, signed and binary":     {"\x90\x0d\x03\x00\x08\x01\xd1\x5a", "is signed or packed with PGP", "gpg --decrypt"},
		"age":                        {"age-encryption.org/v1\n-> X25519 ", "is encrypted with age", "age --decrypt"},
		"openssl":                    {"Salted__\x01\x02\x03", "is encrypted with openssl enc", "openssl enc -d"},
		"CMS":                        {"\x30\x82\x05\x00\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x03", "is encrypted or signed (CMS, S/MIME)", "openssl cms -decrypt"},
		"a mail":                     {"MIME-Version: 1.0\n", "is a mail", "save the file with the cards by itself"},
		"EBCDIC":                     {inEBCDIC, "is EBCDIC text", "iconv -f IBM1047 -t UTF-8"},
		"EBCDIC of fixed width":      {fixedEBCDIC, "is EBCDIC text", "columns of fixed width need delimiters"},
		"UTF-16 without a mark":      {utf16(mainframe, "\xff\xfe")[2:], "is UTF-16 text without a byte order mark", "--encoding utf-16le"},
		"UTF-16 without a mark, the greater byte first": {
			utf16(mainframe, "\xfe\xff")[2:], "is UTF-16 text without a byte order mark", "--encoding utf-16be",
		},
		"UTF-32":                {"\xff\xfe\x00\x00p\x00\x00\x00", "is UTF-32 text", "save it as CSV UTF-8"},
		"UTF-32 without a mark": {"p\x00\x00\x00a\x00\x00\x00n\x00\x00\x00,\x00\x00\x00", "is UTF-32 text", "save it as CSV UTF-8"},
		"UTF-32 without a mark, the greater byte first": {
			"\x00\x00\x00p\x00\x00\x00a\x00\x00\x00n\x00\x00\x00,", "is UTF-32 text", "save it as CSV UTF-8",
		},
		"a mail that begins with its sender":   {"From: bank@example.com\r\nSubject: cards\r\n\r\n", "is a mail", "save the file with the cards by itself"},
		"a part of a mail":                     {"Content-Type: text/csv\nContent-Transfer-Encoding: base64\n\n", "is a mail", "save the file with the cards by itself"},
		"a mailbox":                            {"From bank@example.com Thu Nov 26 19:00:00 2026\n", "is a mail", "save the file with the cards by itself"},
		"an answer of a server":                {"HTTP/1.1 200 OK\r\nContent-Type: text/csv\r\n\r\n" + mainframe, "is the answer of a web server", "save the body alone"},
		"a form":                               {"------X\r\nContent-Disposition: form-data; name=\"f\"\r\n\r\n" + mainframe, "is a form as a browser sends it", "save that file alone"},
		"uuencode":                             {"begin 644 cards.csv\nM<&%N\n", "is uuencoded", "uudecode FILE"},
		"base64":                               {base64.StdEncoding.EncodeToString([]byte(mainframe)), "is written in base64", "base64 -di FILE | submit -"},
		"base64 in lines":                      {"\r\n" + inLines(base64.StdEncoding.EncodeToString([]byte(strings.Repeat(mainframe, 9)))), "is written in base64", "base64 -di FILE"},
		"base64 of gzip":                       {base64.StdEncoding.EncodeToString([]byte(gzipped(t, mainframe))), "is written in base64", "base64 -di FILE"},
		"base64 of a card without a header":    {base64.RawURLEncoding.EncodeToString([]byte("5204731600014784,12,2029,ana@example.com\n")), "is written in base64", "FILE | submit -"},
		"hexadecimal digits":                   {hex.EncodeToString([]byte(mainframe)), "is written in hexadecimal digits", "xxd -r -p FILE"},
		"SQL":                                  {"-- PostgreSQL database dump\n\nCOPY cards (pan) FROM stdin;\n", "is SQL", "exported as CSV UTF-8"},
		"SQL, rows":                            {"insert into cards values ('1','2');\n", "is SQL", "exported as CSV UTF-8"},
		"a spreadsheet as XML, of LibreOffice": {`<?xml version="1.0"?><office:document office:mimetype="application/vnd.oasis.opendocument.spreadsheet">`, "is a spreadsheet as XML", "save it as CSV UTF-8"},
		"HTML behind a comment":                {"<!-- export -->\n<html>", "is a web page (HTML)", "save it as CSV UTF-8"},
		"a page of an error":                   {"<p>Not found</p>", "is a web page (HTML)", "look at it"},
		"Access":                               {"\x00\x01\x00\x00Standard ACE DB\x00", "is a file of a database", "exported as CSV UTF-8"},
		"SPSS":                                 {"$FL2@(#) SPSS DATA FILE", "is a file of a program for statistics", "exported as CSV UTF-8"},
		"Git LFS":                              {"version https://git-lfs.github.com/spec/v1\n", "is a pointer of Git LFS", "git lfs pull"},
		"zero bytes":                           {strings.Repeat("\x00", 100), "begins with zero bytes", "get it again"},
		"a key":                                {"-----BEGIN PRIVATE KEY-----\n", "is a key or a certificate", ""},
		"PGP in ASCII, in UTF-8 with a mark":   {"\xef\xbb\xbf-----BEGIN PGP MESSAGE-----\n", "is encrypted with PGP", "gpg --decrypt"},
	} {
		for how, in := range map[string]string{"as it is": c.in, "in gzip": gzipped(t, c.in)} {
			t.Run(name+"/"+how, func(t *testing.T) {
				t.Parallel()

				var fault text.FaultError

				require.ErrorAs(t, readAll(strings.NewReader(in)), &fault)
				require.ErrorContains(t, fault, c.want)
				require.ErrorContains(t, fault, c.do)
				require.NotContains(t, fault.Error(), "5204")
			})
		}
	}
}

// Texts that begin like something else are texts.
func TestTextsThatLookLikeSomethingElse(t *testing.T) {
	t.Parallel()

	cyrillic, err := charmap.Windows1251.NewEncoder().String(strings.Repeat("Номер карты;Срок;Почта\n5204731600014784;12/29;a@b.ru\n", 50))
	require.NoError(t, err)

	for name, in := range map[string]string{
		"a column ID before PAN": "ID;PAN;exp_month\n1;2;3\n",
		"a column TABLE":         "TABLE,pan\n0,1\n",
		"Cyrillic in UTF-8":      strings.Repeat("Номер карты;Срок;Почта\n5204731600014784;12/29;a@b.ru\n", 50),
		"Greek in UTF-8":         strings.Repeat("Αριθμός,Λήξη,Όνομα\n", 50),
		"Cyrillic in another":    cyrillic,
		"Latin-1":                "Gültig;Straße\xfc\xdf;\xc3\xc9;\n1;2;3\n",
		"a header that is short": "\xc1;\xc2",
		"JSON":                   `{"pan":"1"}`,
		"a value less than":      "<5,pan\n",
		"a zero byte later":      "pan,exp_month\n520473\x00,1\n",
		"PGP in a value":         "note,pan\nsee -----BEGIN PGP MESSAGE-----,1\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.NoError(t, readAll(strings.NewReader(in)))
		})
	}
}
