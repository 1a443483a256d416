package text

// signature is how a source begins that is no text.
type signature struct{ bytes, reason string }

const (
	saveAs   = "whatever its name ends in; open it and save it as CSV UTF-8"
	exportAs = "whatever its name ends in; have the cards exported as CSV UTF-8 or JSON Lines"
)

// signatures are what is told by its first bytes.
func signatures() []signature {
	const (
		utf32     = "is UTF-32 text; save it as CSV UTF-8"
		packed    = "is compressed in a way that is not known here; unpack it first, or use gzip or zstd"
		archive   = "is an archive; unpack it first, or use gzip or zstd"
		picture   = "is a picture, " + exportAs
		database  = "is a file of a database or a data lake, " + exportAs
		mail      = "is a mail; save the file that is attached to it"
		keys      = "is a key or a certificate and no file of cards"
		workbook  = "is an Office document of the old form, such as an Excel workbook (xls), or one with a password, " + saveAs
		emptyFile = "is an empty archive"
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
		{"%PDF", "is a PDF document, " + exportAs},
		{"%!PS", "is a PostScript document, " + exportAs},
		{`{\rtf`, "is a text document (RTF), " + exportAs},
		{"PAR1", database},
		{"SQLite format 3", database},
		{"Obj\x01", database}, // Avro
		{"\x89PNG", picture},
		{"\xff\xd8\xff", picture},
		{"GIF8", picture},
		{"II*\x00", picture},
		{"MM\x00*", picture},
		{"MIME-Version:", mail},
		{"Return-Path:", mail},
		{"Received:", mail},
		{"-----BEGIN CERTIFICATE", keys},
		{"-----BEGIN PUBLIC KEY", keys},
		{"-----BEGIN PRIVATE KEY", keys},
		{"-----BEGIN ENCRYPTED PRIVATE KEY", keys},
		{"-----BEGIN RSA PRIVATE KEY", keys},
		{"-----BEGIN EC PRIVATE KEY", keys},
		{"{1:F", "is a message of SWIFT, " + exportAs},
	}
}
