// Package inspect shows what was understood of a file: its format, what each column feeds, and a mapping to start from.
//
// Run reads the first rows, guesses what unknown columns hold, and tries the mapping on these rows. A Report holds no card
// number and no personal data: examples are masked.
package inspect
