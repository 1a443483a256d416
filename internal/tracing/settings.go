package tracing

import (
	"cmp"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	sdk "go.opentelemetry.io/otel/sdk/trace"

	"enroll.example/clicktopay/internal/address"
)

// wanted is what the variables ask for. Those that are not here are read by the library.
type wanted struct {
	on       bool
	protocol string
	endpoint string // "" for the default of the protocol

	queue, batch  int
	delay, export time.Duration
}

// The protocols of OTEL_EXPORTER_OTLP_PROTOCOL.
const (
	protocolHTTP = "http/protobuf"
	protocolJSON = "http/json"
	protocolGRPC = "grpc"
)

// What is kept of spans that wait is bounded by their number: one takes one to two kilobytes.
const (
	defaultQueue = 16_384
	mostQueue    = 1 << 17
	defaultBatch = 512
	mostBatch    = 8192

	defaultDelay  = time.Second
	defaultExport = 10 * time.Second
	longest       = 5 * time.Minute
)

// read says what is wanted, and what is wrong with it: no value is repeated that could be a secret.
func read(getenv func(string) string) (wanted, []string) {
	r := reader{getenv: getenv}
	disabled := r.boolean("OTEL_SDK_DISABLED")
	exporter := r.oneOf("", "none", []string{"otlp", "none"}, "OTEL_TRACES_EXPORTER")

	w := wanted{
		protocol: r.oneOf(protocolHTTP, protocolHTTP, []string{protocolHTTP, protocolJSON, protocolGRPC},
			"OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL"),
		queue:  r.number("OTEL_BSP_MAX_QUEUE_SIZE", defaultQueue, mostQueue),
		batch:  r.number("OTEL_BSP_MAX_EXPORT_BATCH_SIZE", defaultBatch, mostBatch),
		delay:  r.milliseconds("OTEL_BSP_SCHEDULE_DELAY", defaultDelay),
		export: r.milliseconds("OTEL_BSP_EXPORT_TIMEOUT", defaultExport),
	}
	w.batch = min(w.batch, w.queue)

	endpoint, usable := r.endpoint("OTEL_EXPORTER_OTLP_TRACES_ENDPOINT", "OTEL_EXPORTER_OTLP_ENDPOINT")
	w.endpoint = endpoint
	w.on = !disabled && usable && (exporter == "otlp" || exporter == "" && endpoint != "")

	if !w.on && usable {
		return w, r.faultsOf("OTEL_SDK_DISABLED", "OTEL_TRACES_EXPORTER") // the others are not looked at
	}

	r.sampler()
	r.rest()

	return w, r.texts()
}

// batches are the bounds of what waits to be sent.
func (w wanted) batches() []sdk.BatchSpanProcessorOption {
	return []sdk.BatchSpanProcessorOption{
		sdk.WithMaxQueueSize(w.queue), sdk.WithMaxExportBatchSize(w.batch),
		sdk.WithBatchTimeout(w.delay), sdk.WithExportTimeout(w.export),
	}
}

// shown is the collector's address as it may be logged.
func (w wanted) shown() string {
	return cmp.Or(address.Mask(w.endpoint), "the default of the protocol, on this machine")
}

// reader reads variables, and remembers what is wrong with them.
type reader struct {
	getenv func(string) string
	faults []fault
}

// fault is what is wrong with a variable, and what is done instead.
type fault struct{ name, text string }

func (r *reader) wrongf(name, format string, args ...any) {
	r.faults = append(r.faults, fault{name, name + ": " + fmt.Sprintf(format, args...)})
}

func (r *reader) texts() []string {
	var texts []string
	for _, f := range r.faults {
		texts = append(texts, f.text)
	}

	return texts
}

func (r *reader) faultsOf(names ...string) []string {
	r.faults = slices.DeleteFunc(r.faults, func(f fault) bool { return !slices.Contains(names, f.name) })

	return r.texts()
}

// get is the value of the first variable that has one.
func (r *reader) get(names ...string) (name, value string) {
	for _, name := range names {
		if value := strings.TrimSpace(r.getenv(name)); value != "" {
			return name, value
		}
	}

	return "", ""
}

func (r *reader) boolean(name string) bool {
	_, value := r.get(name)

	switch strings.ToLower(value) {
	case "true":
		return true
	case "", "false":
		return false
	default:
		r.wrongf(name, "is neither true nor false, and is taken for false")

		return false
	}
}

// oneOf is a value of a list: otherwise where none is given, and instead where another is.
func (r *reader) oneOf(otherwise, instead string, known []string, names ...string) string {
	name, value := r.get(names...)

	switch value = strings.ToLower(value); {
	case value == "":
		return otherwise
	case slices.Contains(known, value):
		return value
	default:
		r.wrongf(name, "is none of %s, and is taken for %s", strings.Join(known, ", "), instead)

		return instead
	}
}

func (r *reader) number(name string, otherwise, most int) int {
	_, value := r.get(name)
	if value == "" {
		return otherwise
	}

	n, err := strconv.Atoi(value)
	if err != nil || n < 1 {
		r.wrongf(name, "is no number of 1 or more; %d is taken", otherwise)

		return otherwise
	}

	if n > most {
		r.wrongf(name, "is more than %d, which is taken", most)
	}

	return min(n, most)
}

func (r *reader) milliseconds(name string, otherwise time.Duration) time.Duration {
	return time.Duration(r.number(name, int(otherwise.Milliseconds()), int(longest.Milliseconds()))) * time.Millisecond
}

// endpoint is where the collector is: of traces as it is given, in general what the path of traces is below. One that cannot be
// used turns tracing off: no other place is meant.
func (r *reader) endpoint(names ...string) (endpoint string, usable bool) {
	name, value := r.get(names...)
	if value == "" {
		return "", true
	}

	u, err := url.Parse(value)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Hostname() == "" || u.RawQuery != "" || u.Fragment != "" {
		r.wrongf(name, "is no address such as http://collector:4318; tracing is off")

		return "", false
	}

	if name == names[0] || r.protocolIsGRPC() {
		return value, true
	}

	return u.JoinPath("v1", "traces").String(), true
}

func (r *reader) protocolIsGRPC() bool {
	_, value := r.get("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL", "OTEL_EXPORTER_OTLP_PROTOCOL")

	return strings.ToLower(value) == protocolGRPC
}
