// Package check looks at every row of a file and sends nothing: it finds faults, duplicates and what is doubtful.
//
// Run reads a file to its end and returns Findings. Stream does the same, row by row, for a source that can be read only once
// and so is checked while it is sent. VerifyEnd tells whether a file has the end that it must have.
package check
