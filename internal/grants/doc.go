// Package grants is what each program may do at Postgres and at the queue, and nothing more: the statements and permissions that
// worker grants prints, which tests of the whole run under.
package grants

// A Role is a set of rights that one kind of process needs.
type Role string

// The roles at Postgres. A publisher has none there.
const (
	Migrate  Role = "migrate"  // worker migrate: owns the tables
	Worker   Role = "worker"   // worker run
	Submit   Role = "submit"   // submit FILE, and watching it
	Operator Role = "operator" // every other command of submit, and a console that acts
	Console  Role = "console"  // a console that only reads
	Purge    Role = "purge"    // worker purge: the one that deletes
)

// Publisher is the role of an upstream system at the queue: it publishes jobs of its programs, and reads their outcomes.
const Publisher Role = "publisher"

// Roles returns those of Postgres, in the order in which they are made.
func Roles() []Role { return []Role{Migrate, Worker, Submit, Operator, Console, Purge} }
