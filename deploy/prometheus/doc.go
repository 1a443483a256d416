// Package prometheus has the alerts of the workers, and tests that hold them against the metrics that there are.
package prometheus
