// Package examples has programs in other languages that publish jobs and read outcomes, and tests that run them (make examples).
package examples
