package enroll

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/pan"
)

// disposal is what becomes of a message.
type disposal struct {
	what  what
	after time.Duration // for handBack: when it may be offered again
	probe pace.Probe    // what the job tells about a halt
}

type what int

const (
	// leave: another worker owns the job; whatever we said about the message would count as its word.
	leave what = iota
	// acknowledge: what the message led to is committed.
	acknowledge
	// handBack: the queue is to offer it again.
	handBack
)

func done() disposal { return disposal{what: acknowledge} }

func theirs() disposal { return disposal{what: leave} }

func back(after time.Duration) disposal { return disposal{what: handBack, after: after} }

// ackTimeout bounds the wait for the server's word that an acknowledgement is stored.
const ackTimeout = 5 * time.Second

// dispose tells the queue what becomes of a message.
func (w *Worker) dispose(ctx context.Context, msg jetstream.Msg, ended disposal) disposal {
	// The word to the server is given even when the work was cut off.
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), ackTimeout)
	defer cancel()

	var err error

	switch ended.what {
	case acknowledge:
		w.config.Reached(StepPublished)
		// A lost acknowledgement costs a redelivery, which finds the row and acknowledges again.
		err = msg.DoubleAck(ctx)
	case handBack:
		err = msg.NakWithDelay(ended.after)
	case leave:
	}

	if err != nil {
		w.config.Logger.Warn("the queue did not take our word; the message will come again",
			"subject", pan.MaskText(msg.Subject()), "error", err)
	}

	return ended
}
