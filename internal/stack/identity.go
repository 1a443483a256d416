package stack

import (
	"os"
	"os/user"
	"strconv"
)

// identity is the user that Postgres runs as. Postgres refuses to run as root, so a root process needs someone else for it.
type identity struct {
	kind     identityKind
	uid, gid int // only for other
}

type identityKind int

const (
	same      identityKind = iota // the user of this process
	other                         // a system user, whose the data directory then is
	namespace                     // root outside, an ordinary user inside a user namespace; files stay root's (Linux)
)

// systemUser is the user whom root starts Postgres as: "postgres" where there is one, else "nobody".
func systemUser() identity {
	for _, name := range []string{"postgres", "nobody"} {
		u, err := user.Lookup(name)
		if err != nil {
			continue
		}

		uid, err := strconv.Atoi(u.Uid)
		if err != nil || uid <= 0 {
			continue
		}

		gid, err := strconv.Atoi(u.Gid)
		if err != nil || gid < 0 {
			continue
		}

		return identity{kind: other, uid: uid, gid: gid}
	}

	const nobody = 65534 // the same number on every Linux distribution

	return identity{kind: other, uid: nobody, gid: nobody}
}

// String names the identity in messages.
func (id identity) String() string {
	switch id.kind {
	case other:
		return "user id " + strconv.Itoa(id.uid)
	case namespace:
		return "user namespace"
	default:
		return "user id " + strconv.Itoa(os.Geteuid())
	}
}

// own makes path belong to the identity.
func (id identity) own(path string) error {
	if id.kind == other {
		return os.Chown(path, id.uid, id.gid)
	}

	return os.Chown(path, os.Geteuid(), os.Getegid())
}
