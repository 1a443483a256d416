// Package columns knows what the columns of a file of cards mean: from records to rows whose values were validated.
//
// A Layout is made of a header (or, for JSON Lines, of the names that are known) and a mapping. Layout.Examine takes a record
// apart, converts its values, and applies the rule of each column; what is wrong becomes a Problem, which holds no value of
// the row. Layout.Draft makes a job of a row without problems. A Reader is a file and its layout, read some rows at a time.
//
// A new column is one line in the table of column.go. There is none for the card's security code, and there must never be.
package columns
