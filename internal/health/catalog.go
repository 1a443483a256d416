package health

import "slices"

// Metric describes a metric, for its exposition and for the documents.
type Metric struct {
	Name, Kind string
	Labels     []string
	// Help is what it means, Alert when to wake somebody; empty: it is to look at.
	Help, Alert string
}

// Names of the metrics.
const (
	nameJobs        = "enroll_jobs_settled_total"
	nameAttempts    = "enroll_attempts_total"
	nameCalls       = "enroll_call_duration_seconds"
	nameMessages    = "enroll_messages_total"
	nameFetchErrors = "enroll_fetch_errors_total"
	nameStoreErrors = "enroll_store_errors_total"
	nameSwept       = "enroll_sweep_jobs_total"
	nameUnseen      = "enroll_jobs_lost_unseen"
	nameInFlight    = "enroll_jobs_in_flight"
	nameHalted      = "enroll_halted"
	nameTripped     = "enroll_tripped"
	nameCooling     = "enroll_cooling_seconds"
	nameMaxInFlight = "enroll_max_in_flight"
	nameCalling     = "enroll_calls_running"
	nameAgreed      = "enroll_agreed_calls_per_second"
	nameCallRate    = "enroll_program_calls_per_second"
	nameOutRate     = "enroll_program_jobs_out_per_second"
	nameTook        = "enroll_program_call_seconds"
	namePaused      = "enroll_paused"
	nameConnected   = "enroll_queue_connected"
	nameLastFetch   = "enroll_last_fetch_timestamp_seconds"
	nameLastCommit  = "enroll_last_commit_timestamp_seconds"
	nameDepth       = "enroll_queue_jobs"
	nameOldest      = "enroll_queue_oldest_job_seconds"
	nameScheduled   = "enroll_retries_scheduled"
	nameLetters     = "enroll_dead_letters"
	nameBytes       = "enroll_queue_bytes"
	nameLimit       = "enroll_queue_limit_bytes"
	nameKeyExpiry   = "enroll_key_expiry_seconds"
	nameSubmitted   = "enroll_submitted_jobs"
	nameBatchAge    = "enroll_api_batch_oldest_seconds"
	nameUntaken     = "enroll_queue_untaken"
	nameDrifts      = "enroll_queue_drifts"
	nameDrift       = "enroll_queue_drift"
	nameBuild       = "enroll_build_info"
)

const (
	kindCounter   = "counter"
	kindGauge     = "gauge"
	kindHistogram = "histogram"
)

// Catalog lists the metrics of a worker.
func Catalog() []Metric {
	return slices.Concat(countersCatalog(), gaugesCatalog(), queueCatalog(), speedCatalog())
}

func countersCatalog() []Metric {
	return []Metric{
		{
			nameJobs, kindCounter, []string{"status"},
			"Jobs that this worker brought to a status that lasts.",
			"the share of `dead` or `invalid` grows; `in_doubt` grows: each waits for an operator",
		},
		{
			nameAttempts, kindCounter, []string{"verdict"},
			"Calls of the API, by what they came to.",
			"the share of `unknown` or `retry` stays above its usual level for 10 minutes",
		},
		{
			nameCalls, kindHistogram, []string{"operation"},
			"Time from encrypting to the last byte of the answer.",
			"the 95th percentile comes near `--call-timeout`",
		},
		{
			nameMessages, kindCounter, []string{"disposition"},
			"Messages that left the worker's hands: acknowledged, handed_back to the queue, or left to another worker that has the job.",
			"`handed_back` grows and `acknowledged` does not",
		},
		{
			nameFetchErrors, kindCounter, []string{"lane"},
			"Requests for jobs that the queue refused or left unanswered.",
			"grows for 5 minutes",
		},
		{
			nameStoreErrors, kindCounter, []string{"kind"},
			"Requests that Postgres did not carry out: unavailable, or refused for a row's values.",
			"`unavailable` grows for 5 minutes; `refused` grows at all",
		},
		{
			nameSwept, kindCounter, []string{"result"},
			"Jobs whose retry stood past its time and was scheduled again (rescheduled), or whose message the queue has lost (lost): " +
				"these ended as `dead` or `in_doubt` with `MESSAGE_LOST`.",
			"grows: the queue has lost data, or its schedules do not fire",
		},
	}
}

func gaugesCatalog() []Metric {
	return []Metric{
		{nameInFlight, kindGauge, nil, "Jobs in the worker's hands.", "above 0 for 10 minutes while attempts do not grow"},
		{
			nameHalted, kindGauge, []string{"program", "reason"},
			"1 when no job of the program can succeed before a key, an id or an address is set right, else 0 with reason none.",
			"is 1: nothing is enrolled; the log and `/readyz` say what to do",
		},
		{
			nameTripped, kindGauge, []string{"program"},
			"1 when nearly all calls fail, so that jobs wait in the queue and one is tried at growing intervals.",
			"is 1 for 15 minutes",
		},
		{
			nameCooling, kindGauge, []string{"program"},
			"Seconds for which no jobs are taken, because the API throttles or Postgres is away.",
			"above 0 for 15 minutes",
		},
		{namePaused, kindGauge, []string{"program"}, "1 when the program is paused, or all are.", "is 1 for longer than was meant"},
		{
			nameMaxInFlight, kindGauge, []string{"program"},
			"How many jobs the worker may have in flight now: it falls while calls take longer the more of them there are.",
			"stays near `min_in_flight` for an hour: the API takes less than was planned",
		},
		{
			nameUnseen, kindGauge, nil,
			"Jobs of submitted files that the queue has lost before a worker saw them, as of the last look, for all workers; " +
				"absent until the first.",
			"is above 0: the log says which file to submit again",
		},
		{nameConnected, kindGauge, nil, "1 when there is a connection to the queue.", "is 0 for 2 minutes"},
		{
			nameLastFetch, kindGauge, []string{"lane"},
			"When the queue last answered; absent until then. None is asked while no jobs may be taken.",
			"5 minutes old, and neither halted, cooling nor paused",
		},
		{nameLastCommit, kindGauge, nil, "When Postgres last committed something for a job; absent until then.", ""},
		{
			nameKeyExpiry, kindGauge, []string{"purpose"},
			"Seconds until the key in use expires, negative when it has; absent for a key without an expiry.",
			"below 30 days (2592000)",
		},
		{nameBuild, kindGauge, []string{"version", "go_version"}, "Always 1; the labels say what runs.", ""},
	}
}

// queueCatalog are the metrics of what the queue and Mastercard hold, for all workers.
func queueCatalog() []Metric {
	return []Metric{
		{
			nameDepth, kindGauge, []string{"program", "state"},
			"Jobs in the queue, for all workers: waiting for a first attempt, taken by a worker, due for another attempt, " +
				"stranded: there, and not delivered by any consumer. Read every minute; absent when that fails for three.",
			"`waiting` or `due` grows for an hour; `stranded` is above 0 for 10 minutes: workers could not bring them back",
		},
		{
			nameOldest, kindGauge, []string{"program"},
			"How long the oldest new job has been in the queue, waiting or with a worker; 0 where there is none; read with the depths.",
			"above what was agreed with those who publish",
		},
		{
			nameSubmitted, kindGauge, []string{"program"},
			"Jobs that Mastercard has taken in a batch and that have no result yet, for all workers; read every minute.",
			"does not fall for an hour while batches are asked for",
		},
		{
			nameBatchAge, kindGauge, []string{"program"},
			"How long the oldest batch waits some of whose jobs have no result; absent where there is none.",
			"comes near the program's `batch_deadline`",
		},
		{
			nameUntaken, kindGauge, []string{"kind"},
			"Messages that no program's consumer takes: on subjects of no program (stray), which workers end as invalid, or with a " +
				"wildcard in their subject (pattern), which none can take; read with the depths.",
			"`pattern` is above 0",
		},
		{
			nameDrifts, kindGauge, nil,
			"How many settings of streams and consumers differ from the worker's; read with the depths.", "above 0",
		},
		{
			nameDrift, kindGauge, []string{"object", "setting"},
			"1 for each of these differences; `/readyz` says what it is.", "",
		},
		{nameScheduled, kindGauge, nil, "Retries that wait for their time, those for a key as two; read with the depths.", ""},
		{nameLetters, kindGauge, nil, "Dead letters that are kept; read with the depths.", "grows"},
		{nameBytes, kindGauge, nil, "Size of the stream of new jobs; read with the depths.", ""},
		{
			nameLimit, kindGauge, nil, "Size at which that stream refuses more jobs; absent when there is no limit.",
			"`" + nameBytes + "` is above 80% of it",
		},
	}
}

// described returns the metric of a name in the catalog.
func described(name string) Metric {
	for _, metric := range Catalog() {
		if metric.Name == name {
			return metric
		}
	}

	panic("no metric is called " + name) // a mistake in this package, which its tests find
}

// speedCatalog are the metrics of how fast a program goes.
func speedCatalog() []Metric {
	return []Metric{
		{nameCalling, kindGauge, []string{"program"}, "Calls of the API that run now.", ""},
		{
			nameAgreed, kindGauge, []string{"program"},
			"How many calls a second are agreed, for all workers together; 0 where there is no limit.", "",
		},
		{nameCallRate, kindGauge, []string{"program"}, "Calls a second of this worker over the last minute.", ""},
		{
			nameOutRate, kindGauge, []string{"program"},
			"New jobs a second that this worker brought out of the queue over the last five minutes, to their end or to " +
				"another attempt: what waits, divided by the sum of all workers, is how long it will take.", "",
		},
		{
			nameTook, kindGauge, []string{"program", "share"},
			"How long this share of the calls of the last five minutes took at most, to within a quarter; absent where there were none.",
			"",
		},
	}
}
