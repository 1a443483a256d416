package measure

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"enroll.example/clicktopay/bench/internal/child"
	"enroll.example/clicktopay/bench/internal/contender"
	"enroll.example/clicktopay/bench/internal/parts"
	"enroll.example/clicktopay/internal/devkeys"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// Names of the children that are no contenders.
const (
	roleNATS = "nats"
	roleAPI  = "api"
)

// Roles are what this program can be told to be.
func Roles() map[string]child.Role {
	roles := map[string]child.Role{roleNATS: parts.RunNATS, roleAPI: parts.RunAPI}

	for _, c := range contender.All() {
		roles[c.Name] = c.Run
	}

	return roles
}

// Run measures and returns the table.
func Run(ctx context.Context, o Options) (Table, error) {
	if err := o.check(); err != nil {
		return Table{}, err
	}

	dir, err := os.MkdirTemp("", "enroll-bench-*")
	if err != nil {
		return Table{}, fmt.Errorf("making a folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()

	// Where this process is root's, Postgres is another user's, who has to walk through.
	if err := os.Chmod(dir, 0o755); err != nil { //nolint:gosec // see above; what is in it has modes of its own
		return Table{}, fmt.Errorf("opening the folder: %w", err)
	}

	r := &run{options: o, dir: dir, keys: devkeys.Dir(filepath.Join(dir, "keys"))}

	return r.whole(ctx)
}

// run is one run of all contenders.
type run struct {
	options  Options
	dir      string
	keys     devkeys.Dir
	sealed   []jobs.Job
	api      *child.Process
	postgres *parts.Postgres
	count    int // measurements begun
}

func (r *run) whole(ctx context.Context) (_ Table, err error) {
	if _, err := r.keys.Make(sandbox.KeyID(time.Now())); err != nil {
		return Table{}, err
	}

	if err := r.seal(); err != nil {
		return Table{}, err
	}

	if r.api, err = child.Start(ctx, roleAPI, parts.APIConfig{
		Latency: r.options.Latency, KeyFile: r.keys.Path(devkeys.SandboxKey),
	}, os.Stderr); err != nil {
		return Table{}, err
	}
	defer func() { _ = r.api.End() }()

	if r.postgres, err = parts.StartPostgres(ctx, filepath.Join(r.dir, "postgres"), os.Stderr); err != nil {
		return Table{}, err
	}
	defer func() { _ = r.postgres.Stop(context.WithoutCancel(ctx)) }()

	return r.rounds(ctx)
}

// seal makes the jobs, each with a card of its own. All contenders get the same.
func (r *run) seal() error {
	key, err := jobs.LoadIntakePublicKey(r.keys.Path(devkeys.IntakePublicKey))
	if err != nil {
		return err
	}

	sealer, err := jobs.NewSealer(key, nil)
	if err != nil {
		return err
	}

	r.sealed = make([]jobs.Job, r.options.Jobs)

	for i := range r.sealed {
		r.sealed[i], err = sealer.Seal(jobs.Job{ID: fmt.Sprintf("bench-%d", i), Program: devkeys.Program}, payload(sandbox.PAN(0, i)))
		if err != nil {
			return fmt.Errorf("sealing job %d: %w", i, err)
		}
	}

	return nil
}

func payload(number string) jobs.Payload {
	return jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: pan.Unchecked(number), PanExpirationMonth: "12", PanExpirationYear: "2099"},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com", FirstName: "Ana", LastName: "Sample"},
	}
}

// rounds interleaves the contenders, each round in another order, so that all meet the same machine.
func (r *run) rounds(ctx context.Context) (Table, error) {
	all := r.options.contenders()
	table := newTable()

	for round := range r.options.Rounds {
		raw, err := rawCryptography()
		if err != nil {
			return Table{}, err
		}

		table.raw = append(table.raw, raw)

		for _, sync := range r.options.Sync {
			for _, inFlight := range r.options.InFlight {
				for i := range all {
					c := all[(i+round)%len(all)]
					k := kind{contender: c.Name, inFlight: inFlight, sync: sync}

					used, err := r.measure(ctx, c, k)
					if err != nil {
						return Table{}, fmt.Errorf("%s, %d in flight, sync %s, round %d: %w", c.Name, inFlight, sync, round+1, err)
					}

					table.add(k, used)
					_, _ = fmt.Fprintf(r.options.Progress, "round %d: %s: %s\n", round+1, k, used)
				}
			}
		}
	}

	return table, nil
}
