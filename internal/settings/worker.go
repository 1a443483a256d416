package settings

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/jobs"
)

// Worker says how jobs are worked on, and names the keys that only workers have.
type Worker struct {
	ProgramsFile   string        `name:"programs-file"    placeholder:"FILE"     help:"The issuer programs and how their jobs are treated (JSON)."`
	IntakeKeyFiles []string      `name:"intake-key-files" placeholder:"FILE,..." help:"Private keys that open jobs (PEM, EC P-256); several while one is being replaced."`
	HMACKeyFiles   []string      `name:"hmac-key-files"   placeholder:"FILE,..." help:"Keys of the keyed hashes (base64), the current one first."`
	WorkerName     string        `name:"worker-name"      placeholder:"NAME"     help:"Name in the attempts table; default host name and process id."`
	InFlight       int           `name:"in-flight"        default:"64"           help:"Jobs worked on at once; a quarter of them is for retries."`
	Grace          time.Duration `name:"grace"            default:"35s"          help:"Time for jobs in flight to finish when the worker is told to stop."`
}

// leaseMargin is how much longer an attempt is ours than its call can take: the time to write down the answer.
const leaseMargin = 30 * time.Second

// Config loads the keys and the programs. Its error names every setting that is wrong.
func (w Worker) Config(streams Streams, callTimeout time.Duration, logger *slog.Logger) (enroll.Config, error) {
	programs, errPrograms := w.programs()
	keys, errIntake := w.intakeKeys()
	hmacKeys, errHMAC := w.hmacKeys()

	if err := Faults(errPrograms, errIntake, errHMAC); err != nil {
		return enroll.Config{}, err
	}

	return enroll.Config{
		Name:     w.name(),
		Programs: programs,
		Keys:     keys,
		HMACKeys: hmacKeys,
		Topology: streams.Topology(),
		InFlight: w.InFlight,
		Lease:    callTimeout + leaseMargin,
		Grace:    w.Grace,
		Logger:   logger,
	}, nil
}

func (w Worker) programs() (map[string]enroll.Program, error) {
	if err := missing("programs-file", w.ProgramsFile); err != nil {
		return nil, err
	}

	programs, err := enroll.LoadPrograms(w.ProgramsFile)

	return programs, about("programs-file", err)
}

func (w Worker) intakeKeys() (*jobs.KeyRing, error) {
	if len(w.IntakeKeyFiles) == 0 {
		return nil, about("intake-key-files", errMissing)
	}

	keys, err := loadAll("intake-key-files", w.IntakeKeyFiles, jobs.LoadIntakeKey)
	if err != nil {
		return nil, err
	}

	return jobs.NewKeyRing(keys...)
}

func (w Worker) hmacKeys() ([]enroll.HMACKey, error) {
	if len(w.HMACKeyFiles) == 0 {
		return nil, about("hmac-key-files", errMissing)
	}

	return loadAll("hmac-key-files", w.HMACKeyFiles, enroll.LoadHMACKey)
}

func loadAll[T any](flag string, files []string, load func(string) (T, error)) ([]T, error) {
	var (
		all  []T
		errs []error
	)

	for _, file := range files {
		one, err := load(file)
		if err != nil {
			errs = append(errs, about(flag, err))
			continue
		}

		all = append(all, one)
	}

	return all, errors.Join(errs...)
}

func (w Worker) name() string {
	if w.WorkerName != "" {
		return w.WorkerName
	}

	host, err := os.Hostname()
	if err != nil {
		host = "worker"
	}

	return fmt.Sprintf("%s-%d", host, os.Getpid())
}
