// Package chaos tries to break the promise of the queue. It runs the whole system as processes, three NATS nodes,
// Postgres, workers and the sandbox of the API, strikes it with a seeded script of faults while jobs are published,
// moves their clocks, and then compares what was accepted with what is recorded, announced and done at the API.
//
// The nodes and the workers are child processes: the harness starts its own executable again, in a role. A program that
// uses the package, in practice its tests, therefore asks Child first.
package chaos
