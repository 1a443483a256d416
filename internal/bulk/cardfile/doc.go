// Package cardfile reads a file of cards: from bytes to records whose meaning is not known yet.
//
// A Source is a file, a pipe or standard input. NewReader finds out how it is compressed and encoded, whether it is CSV or
// JSON Lines, and which delimiter separates its columns; its Next returns one record after the other. What is read is hashed
// on the way, and of a source that was checked before (Extent) nothing else is read again. Packages below it do the parts:
// text unpacks and decodes, records splits, trailer knows the record at the end.
//
// A FileError is a fault of the file as a whole. What columns mean is the next package's work: columns.
package cardfile
