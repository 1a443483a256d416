// Package rejects keeps the rows that are not sent, and why: Reject is one, File the rejects file, Reasons the counts.
//
// A rejects file has the columns of its source and four more, with card numbers masked. It appears under its name when it is
// complete; an interrupted run leaves it beside that name, to be resumed at a Mark. Rejects can also go to a pipe or a device.
package rejects
