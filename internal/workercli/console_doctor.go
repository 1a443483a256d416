package workercli

import (
	"context"
	"time"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/grants"
	"enroll.example/clicktopay/pkg/mastercard"
)

// role is whose rights the console needs.
func (c *ConsoleServe) role() grants.Role {
	if c.AllowActs {
		return grants.Operator
	}

	return grants.Console
}

// examine looks at the queue and the database, as worker doctor does, with the rights of the console.
func (c *ConsoleServe) examine(js jetstream.JetStream) func(context.Context) doctor.Report {
	return func(ctx context.Context) doctor.Report {
		topology := c.Topology()
		topology.Programs = programsAt(ctx, js)

		queue := doctor.Queue{
			Connect:  func() (jetstream.JetStream, func(), error) { return js, func() {}, nil },
			Topology: topology, Role: c.role(), Transport: mastercard.NewTransport(), Now: time.Now,
		}
		database := doctor.Database{URL: c.Address(), Role: c.role(), Now: time.Now}

		return doctor.Report{At: time.Now().UTC(), Checks: append(queue.Check(ctx), database.Check(ctx)...)}
	}
}

// programsAt are those of the workers there are, of which streams and consumers are looked at.
func programsAt(ctx context.Context, js jetstream.JetStream) (programs []string) {
	workers, err := control.New(js).Present(ctx)
	if err != nil {
		return nil // the check of the queue says so
	}

	seen := map[string]bool{}

	for _, worker := range workers {
		for _, program := range worker.Programs {
			if !seen[program.Name] {
				seen[program.Name] = true
				programs = append(programs, program.Name)
			}
		}
	}

	return programs
}
