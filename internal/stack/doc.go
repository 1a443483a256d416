// Package stack runs the servers that the project needs, inside or beside the calling process: NATS as a library in the
// process, Postgres as a child process from binaries that are found on the machine or fetched. The demo and every test use it.
//
// Nothing here is meant for production: there, both servers are run by those who know how, and the settings name their addresses.
//
// It runs on Linux and macOS. On Linux a child ends with its parent even when the parent is killed (PR_SET_PDEATHSIG);
// elsewhere a killed parent leaves its Postgres running, and the next start on the same directory says so.
package stack
