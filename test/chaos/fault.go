package chaos

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/enroll"
)

// Kind is a way to do harm.
type Kind string

// The kinds.
const (
	KindCrash    Kind = "worker dies at a step" // SIGKILL by its own hand, where Fault.Step says
	KindKill     Kind = "worker killed"         // SIGKILL at any moment
	KindNode     Kind = "NATS node killed"
	KindNodeStop Kind = "NATS node stopped"
	KindPostgres Kind = "Postgres killed"
	KindStall    Kind = "link stalls" // connections stay open, nothing passes
	KindRefuse   Kind = "link refuses connections"
	KindSlow     Kind = "link is slow"
	KindReset    Kind = "link resets"
	KindDeaf     Kind = "answers are lost" // the request passes, the answer does not
	KindStorm    Kind = "API answers errors"
	KindFull     Kind = "queue is full"
	KindClock    Kind = "clock jumps"             // and jumps back when the fault is lifted
	KindForget   Kind = "NATS forgets a delivery" // a node is killed just after one, and the worker before it announces
	KindConsumer Kind = "consumer is made anew"   // by an operator, who deletes it first
)

// Link is a way from a worker to a server.
type Link string

// The links, of which each worker has its own.
const (
	LinkAPI      Link = "API"
	LinkPostgres Link = "Postgres"
	LinkNATS     Link = "NATS"
)

// Clock is one of those that can be moved. That of NATS cannot; it is moved against each of the others by moving these.
type Clock string

// The clocks.
const (
	ClockWorker   Clock = "worker"
	ClockPostgres Clock = "Postgres"
	ClockAPI      Clock = "API"
)

// Fault is one entry of the script. What does not concern its kind is zero.
type Fault struct {
	Kind   Kind
	Worker int // whose process or link
	Node   int
	Link   Link
	Step   enroll.Step
	Status int // of a storm
	Clock  Clock
	Jump   time.Duration // of the clock; back in time where negative
	Lane   int           // whose consumer is made anew
	After  time.Duration // from a delivery to the end of the node
	For    time.Duration // until it is lifted
}

// String returns the fault as a line of the script.
func (f Fault) String() string {
	switch f.Kind {
	case KindCrash:
		return fmt.Sprintf("%s: worker %d, %s", f.Kind, f.Worker, f.Step)
	case KindKill:
		return fmt.Sprintf("%s: worker %d", f.Kind, f.Worker)
	case KindNode, KindNodeStop:
		return fmt.Sprintf("%s: node %d for %s", f.Kind, f.Node, f.For)
	case KindReset:
		return fmt.Sprintf("%s: worker %d to %s", f.Kind, f.Worker, f.Link)
	case KindStall, KindRefuse, KindSlow, KindDeaf:
		return fmt.Sprintf("%s: worker %d to %s for %s", f.Kind, f.Worker, f.Link, f.For)
	case KindClock:
		if f.Clock == ClockWorker {
			return fmt.Sprintf("%s: worker %d by %s for %s", f.Kind, f.Worker, f.Jump, f.For)
		}

		return fmt.Sprintf("%s: %s by %s for %s", f.Kind, f.Clock, f.Jump, f.For)
	case KindForget:
		return fmt.Sprintf("%s: worker %d, %s after it, node gone for %s", f.Kind, f.Worker, f.After, f.For)
	case KindConsumer:
		return fmt.Sprintf("%s: lane %d", f.Kind, f.Lane)
	case KindStorm:
		return fmt.Sprintf("%s: %d for %s", f.Kind, f.Status, f.For)
	default:
		return fmt.Sprintf("%s for %s", f.Kind, f.For)
	}
}

// target is what can suffer from one fault at a time. The nodes are one: with two of three gone there is no quorum,
// and nothing to see but that the queue waits.
func (f Fault) target() string {
	switch f.Kind {
	case KindCrash, KindKill:
		return fmt.Sprintf("worker %d", f.Worker)
	case KindNode, KindNodeStop, KindForget:
		return "NATS"
	case KindClock:
		if f.Clock == ClockWorker {
			return fmt.Sprintf("clock of worker %d", f.Worker)
		}

		return "clock of " + string(f.Clock)
	case KindStall, KindRefuse, KindSlow, KindReset, KindDeaf:
		return fmt.Sprintf("%s of worker %d", f.Link, f.Worker)
	default:
		return string(f.Kind)
	}
}
