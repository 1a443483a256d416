package service

import (
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Worker says how jobs are worked on, and names the keys that only workers have.
type Worker struct {
	ProgramsFile   string        `name:"programs-file"    placeholder:"FILE"     help:"The issuer programs and how their jobs are treated (JSON)."`
	IntakeKeyFiles []string      `name:"intake-key-files" placeholder:"FILE" help:"Private keys that open jobs (PEM, EC P-256); several while one is being replaced."`
	HMACKeyFiles   []string      `name:"hmac-key-files"   placeholder:"FILE" help:"Keys of the keyed hashes (base64), the current one first."`
	WorkerName     string        `name:"worker-name"      placeholder:"NAME"     help:"Name in the attempts table; default host name and process id."`
	InFlight       int           `name:"in-flight"        default:"256"          help:"Calls for a program that run at once, 1 to 1000; its own max_in_flight comes first."`
	GuardWindow    int           `name:"guard-window"     default:"50"           help:"Halt a program when nearly all of this many answers in a row reject jobs for one reason that is not about the card; -1 for never."`
	Grace          time.Duration `name:"grace"            default:"35s"          help:"Time for jobs in flight to finish when the worker is told to stop; 1s to 1h."`
}

// Keys are the keys that only workers have, loaded and able to be replaced.
type Keys struct {
	Intake *keyfile.Watched[*jobs.KeyRing]
	HMAC   *keyfile.Watched[[]enroll.HMACKey]
}

// Files look for newer keys.
func (k Keys) Files() []mastercard.Reloader { return []mastercard.Reloader{k.Intake, k.HMAC} }

// Keys loads the keys. Its error names every file that is wrong.
func (w Worker) Keys() (Keys, error) {
	var (
		keys               Keys
		errIntake, errHMAC error
	)

	keys.Intake, errIntake = openAll("intake-key-files", "intake key file", w.IntakeKeyFiles, jobs.LoadKeyRing)
	keys.HMAC, errHMAC = openAll("hmac-key-files", "HMAC key file", w.HMACKeyFiles, enroll.LoadHMACKeys)

	return keys, settings.Faults(errIntake, errHMAC)
}

// Check reports what is wrong apart from the keys.
func (w Worker) Check() error {
	programs, err := w.Programs()

	return settings.Faults(err, w.checkGuard(), w.checkName(), settings.Between("in-flight", w.InFlight, 1, enroll.MostInFlight),
		settings.Between("grace", w.Grace, time.Second, mostGrace), w.checkLeast(programs))
}

// mostGrace is longer than any call may take.
const mostGrace = time.Hour

// checkLeast refuses a program that wants more calls at once than the worker may make. The batch lane has a limit of its own.
func (w Worker) checkLeast(programs map[string]enroll.Program) error {
	var faults []error

	for _, name := range slices.Sorted(maps.Keys(programs)) {
		program := programs[name]
		if program.Lane == enroll.LaneBatch || program.MaxInFlight != 0 || w.InFlight <= 0 {
			continue
		}

		if least := program.MinInFlight; least > w.InFlight {
			faults = append(faults, fmt.Errorf(
				"program %s: min_in_flight: %d is more than --in-flight %d; raise that, or set max_in_flight", name, least, w.InFlight))
		}
	}

	return settings.About("programs-file", errors.Join(faults...))
}

// checkName refuses a name that no table and no log could show.
func (w Worker) checkName() error {
	const most = 100

	if len(w.WorkerName) > most || strings.ContainsFunc(w.WorkerName, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return settings.About("worker-name", fmt.Errorf("%.120q must be at most %d bytes that can be printed", w.WorkerName, most))
	}

	return nil
}

// Limits of --guard-window: fewer answers tell too little, and more are too many jobs to lose.
const (
	leastGuardWindow = 10
	mostGuardWindow  = 10_000
)

func (w Worker) checkGuard() error {
	if w.GuardWindow == 0 || w.GuardWindow == -1 || w.GuardWindow >= leastGuardWindow && w.GuardWindow <= mostGuardWindow {
		return nil
	}

	return settings.About("guard-window", fmt.Errorf("%d is not %d to %d answers, 0 for the default, or -1 for never",
		w.GuardWindow, leastGuardWindow, mostGuardWindow))
}

// Config loads the programs and makes the worker's configuration with the keys.
func (w Worker) Config(keys Keys, streams settings.Streams, logger *slog.Logger) (enroll.Config, error) {
	programs, err := w.Programs()
	if err != nil {
		return enroll.Config{}, settings.Faults(err)
	}

	return enroll.Config{
		Name:     w.name(),
		Programs: programs,
		Keys:     keys.Intake.Current,
		HMACKeys: keys.HMAC.Current,
		Topology: streams.Topology(),
		InFlight: w.InFlight,
		Grace:    w.Grace,
		Logger:   logger,

		GuardWindow: w.GuardWindow,
	}, nil
}

// Programs reads the programs file.
func (w Worker) Programs() (map[string]enroll.Program, error) {
	if err := settings.Missing("programs-file", w.ProgramsFile); err != nil {
		return nil, err
	}

	programs, err := enroll.LoadPrograms(w.ProgramsFile)

	return programs, settings.About("programs-file", err)
}

// openAll loads the files of one setting and keeps an eye on them.
func openAll[T any](flag, purpose string, files []string, load func(...string) (T, error)) (*keyfile.Watched[T], error) {
	if len(files) == 0 {
		return nil, settings.About(flag, settings.ErrMissing)
	}

	watched, err := keyfile.Open(purpose, files, func() (T, error) { return load(files...) })

	return watched, settings.About(flag, err)
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
