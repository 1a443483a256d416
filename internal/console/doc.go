// Package console is the operators' page: how everything stands, what became of a job, and what can be done about it, in a
// browser. It is a process of its own that reads Postgres and the queue, and acts only where that was allowed.
//
// A page has a file of its own, with its handler, what it asks for, and what it shows, and a template of the same name. Pages are
// made on the server; a browser without scripts reads and acts like any other. With scripts, parts that change come by
// themselves.
//
// Nothing of a card is on any page but its first six and last four digits.
package console
