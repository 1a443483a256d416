package enroll

import (
	"context"
	"sync"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/guard"
	"enroll.example/clicktopay/pkg/pan"
)

// inFlight is the set of messages in our hands.
type inFlight struct {
	mu           sync.Mutex
	messages     map[jetstream.Msg]string // to the job's id, "" until it is known
	idle         chan struct{}            // closed while there is none
	acknowledged int64
	handedBack   int64
}

func newFlight() *inFlight {
	idle := make(chan struct{})
	close(idle)

	return &inFlight{messages: make(map[jetstream.Msg]string), idle: idle}
}

func (f *inFlight) add(msg jetstream.Msg) {
	f.mu.Lock()
	defer f.mu.Unlock()

	if len(f.messages) == 0 {
		f.idle = make(chan struct{})
	}

	f.messages[msg] = ""
}

func (f *inFlight) name(msg jetstream.Msg, id string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.messages[msg] = id
}

func (f *inFlight) remove(msg jetstream.Msg, settled decision) {
	f.mu.Lock()
	defer f.mu.Unlock()

	delete(f.messages, msg)

	if len(f.messages) == 0 {
		close(f.idle)
	}

	switch settled.disposition() {
	case Acknowledged:
		f.acknowledged++
	case HandedBack:
		f.handedBack++
	case Left:
	}
}

// empty returns a channel that is closed when the messages now in flight, and any that join them meanwhile, have ended.
func (f *inFlight) empty() <-chan struct{} {
	f.mu.Lock()
	defer f.mu.Unlock()

	return f.idle
}

func (f *inFlight) count() int {
	f.mu.Lock()
	defer f.mu.Unlock()

	return len(f.messages)
}

func (f *inFlight) ids() []string {
	f.mu.Lock()
	defer f.mu.Unlock()

	ids := make([]string, 0, len(f.messages))
	for msg, id := range f.messages {
		if id == "" { // whose message has not been read: what its publisher calls it may hold anything
			id = pan.MaskText(msg.Headers().Get(jetstream.MsgIDHeader))
		}

		ids = append(ids, id)
	}

	return ids
}

func (f *inFlight) summary(left []string) Summary {
	f.mu.Lock()
	defer f.mu.Unlock()

	return Summary{Acknowledged: f.acknowledged, HandedBack: f.handedBack, Left: left}
}

// heartbeats tells the server, until the context ends, that the messages in
// flight are being worked on. A sign of life that does not get through is made
// up by the next one.
func (f *inFlight) heartbeats(ctx context.Context, ticks <-chan time.Time) {
	for guard.Tick(ctx, ticks) {
		for _, msg := range f.current() {
			_ = msg.InProgress()
		}
	}
}

func (f *inFlight) current() []jetstream.Msg {
	f.mu.Lock()
	defer f.mu.Unlock()

	all := make([]jetstream.Msg, 0, len(f.messages))
	for msg := range f.messages {
		all = append(all, msg)
	}

	return all
}
