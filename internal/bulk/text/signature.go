package text

// signature is how a source begins that is no text.
type signature struct{ bytes, reason string }

const (
	mail     = "is a mail, or has the head of one; save the file with the cards by itself"
	saveAs   = "whatever its name ends in; open it and save it as CSV UTF-8"
	exportAs = "whatever its name ends in; have the cards exported as CSV UTF-8 or JSON Lines"
)

// signatures are what is told by its first bytes.
func signatures() []signature {
	const (
		utf32      = "is UTF-32 text; save it as CSV UTF-8"
		packed     = "is compressed in a way that is not known here; unpack it first, or use gzip or zstd"
		archive    = "is an archive; unpack it first, or use gzip or zstd"
		picture    = "is a picture, " + exportAs
		database   = "is a file of a database or a data lake, " + exportAs
		statistics = "is a file of a program for statistics, " + exportAs
		program    = "is a program and no file of cards"
		keys       = "is a key or a certificate and no file of cards"
		workbook   = "is an Office document of the old form, such as an Excel workbook (xls), or one with a password, " + saveAs
		emptyFile  = "is an empty archive"
	)

	return []signature{
		{"\xff\xfe\x00\x00", utf32},
		{"\x00\x00\xfe\xff", utf32},
		{"PK\x05\x06", emptyFile},
		{"\xd0\xcf\x11\xe0", workbook},
		{"\x09\x08\x10\x00", workbook}, // BIFF without its container
		{"\xfd7zXZ", packed},
		{"BZh", packed},
		{"\x04\x22\x4d\x18", packed}, // lz4
		{"\x1f\x9d", packed},         // compress
		{"\x1f\xa0", packed},
		{"LZIP", packed},
		{"\x5d\x00\x00", packed}, // lzma
		{"\xff\x06\x00\x00sNaPpY", packed},
		{"7z\xbc\xaf", archive},
		{"Rar!\x1a", archive},
		{"MSCF\x00", archive},
		{"%PDF", "is a PDF document, " + exportAs},
		{"%!PS", "is a PostScript document, " + exportAs},
		{`{\rtf`, "is a text document (RTF), " + exportAs},
		{"PAR1", database},
		{"SQLite format 3", database},
		{"\x00\x01\x00\x00Standard Jet DB", database},
		{"\x00\x01\x00\x00Standard ACE DB", database},
		{"ORC\x00", database},
		{"ARROW1", database},
		{"\x89HDF", database},
		{"$FL2@(#)", statistics},
		{"<stata_dta>", statistics},
		{"version https://git-lfs", "is a pointer of Git LFS and not the file; get that, such as with: git lfs pull"},
		{"\x7fELF", program},
		{"MZ\x90\x00", program},
		{"Obj\x01", database}, // Avro
		{"\x89PNG", picture},
		{"\xff\xd8\xff", picture},
		{"GIF8", picture},
		{"II*\x00", picture},
		{"MM\x00*", picture},
		{"-----BEGIN CERTIFICATE", keys},
		{"-----BEGIN PUBLIC KEY", keys},
		{"-----BEGIN PRIVATE KEY", keys},
		{"-----BEGIN ENCRYPTED PRIVATE KEY", keys},
		{"-----BEGIN RSA PRIVATE KEY", keys},
		{"-----BEGIN EC PRIVATE KEY", keys},
		{"{1:F", "is a message of SWIFT, " + exportAs},
	}
}
