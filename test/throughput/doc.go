// Package throughput measures how many jobs a second the queue takes, and how
// many get through: published in batches, worked on by a worker that calls the
// sandbox, kept in Postgres with every commit synced, announced. It has tests
// only; `make bench-queue` prints the table.
package throughput
