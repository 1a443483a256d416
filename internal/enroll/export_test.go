package enroll

import "enroll.example/clicktopay/pkg/jobs"

// Unobserved is the observer of a worker that nobody watches, for those of tests to build on.
func Unobserved() Observer { return unobserved{} } //nolint:ireturn // unobserved has no name outside

// EnvelopeOf is what the digest of a message is made of, beside the seal.
func EnvelopeOf(job jobs.Job) []byte { return envelopeOf(job) }

// DigestOfBroken is under what a message is kept that could not be read.
func DigestOfBroken(key HMACKey, body []byte) []byte { return key.sum("message", body) }
