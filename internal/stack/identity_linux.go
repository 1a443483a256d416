package stack

import (
	"os"
	"syscall"
)

// namespaces tells that the namespace identity may be tried.
const namespaces = true

// attributes are those of a child of this identity. It leads its own process group, so that Ctrl-C in a terminal reaches
// the parent alone, which then stops its children in order; onParentDeath is what the kernel sends it when the parent dies.
func (id identity) attributes(onParentDeath syscall.Signal) *syscall.SysProcAttr {
	a := &syscall.SysProcAttr{Setpgid: true, Pdeathsig: onParentDeath}

	switch id.kind {
	case same:
	case other:
		a.Credential = &syscall.Credential{Uid: uint32(id.uid), Gid: uint32(id.gid)} //nolint:gosec // both are checked to be positive
	case namespace:
		const inside = 1000 // any but 0: what Postgres sees instead of root

		a.Cloneflags = syscall.CLONE_NEWUSER
		a.UidMappings = []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Geteuid(), Size: 1}}
		a.GidMappings = []syscall.SysProcIDMap{{ContainerID: inside, HostID: os.Getegid(), Size: 1}}
		a.Credential = &syscall.Credential{Uid: inside, Gid: inside, NoSetGroups: true}
	}

	return a
}
