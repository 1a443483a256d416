// Package doctor proves an installation before its first job, and at any time after: settings, keys, the API, the queue and the
// database, each by looking and by asking, without effect on any job.
package doctor
