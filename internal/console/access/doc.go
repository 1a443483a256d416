// Package access decides who may see the console and who may act: by a users file and passwords, or by the name that a trusted
// proxy gives. What is not allowed is refused.
package access
