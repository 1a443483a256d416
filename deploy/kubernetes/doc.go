// Package kubernetes has the manifests, and tests that read them by Kubernetes' own types and hold them against the worker.
package kubernetes
