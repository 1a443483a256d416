//go:build !linux

package stack

import "syscall"

// namespaces tells that the namespace identity may be tried.
const namespaces = false

// attributes are those of a child of this identity. It leads its own process group, so that Ctrl-C in a terminal reaches
// the parent alone, which then stops its children in order. There is no parent death signal outside Linux.
func (id identity) attributes(syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true}

	if id.kind == other {
		a.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)} //nolint:gosec // both are checked to be positive
	}

	return a
}
