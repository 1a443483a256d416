package follow

import (
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"time"

	"enroll.example/clicktopay/pkg/store"
)

// event is a state for programs.
type event struct {
	At            time.Time              `json:"at"`
	Batch         string                 `json:"batch"`
	RowsRead      int64                  `json:"rows_read"`
	RowsRejected  int64                  `json:"rows_rejected"`
	RowsPublished int64                  `json:"rows_published"`
	ReadToItsEnd  bool                   `json:"read_to_its_end"`
	Total         int64                  `json:"jobs_total"`
	TotalKnown    bool                   `json:"total_known"`
	Queued        int64                  `json:"jobs_queued"`
	InFlight      int64                  `json:"jobs_in_flight"`
	Settled       int64                  `json:"jobs_settled"`
	Lost          int64                  `json:"jobs_lost,omitempty"`
	ByStatus      map[store.Status]int64 `json:"by_status"`
	Codes         []eventCode            `json:"codes"`
	Rate          float64                `json:"rate"`
	SecondsLeft   int64                  `json:"seconds_left,omitempty"`
	Notes         []string               `json:"notes"`
	Done          bool                   `json:"done"`
}

type eventCode struct {
	Status store.Status `json:"status"`
	Reason string       `json:"reason,omitempty"`
	Detail string       `json:"detail,omitempty"`
	Count  int64        `json:"count"`
}

// Events show states as JSON, one object a line.
type Events struct {
	encoder *json.Encoder
	said    string
	notes   []string
}

// AsEvents shows states for programs: a JSON object on a line of its own whenever something has changed.
func AsEvents(w io.Writer) *Events { return &Events{encoder: json.NewEncoder(w)} }

// Show writes a state if it is not as the one before.
func (v *Events) Show(s State) {
	line, notes := s.line(), s.Notes()
	if line == v.said && slices.Equal(notes, v.notes) && !s.Done() {
		return
	}

	v.said, v.notes = line, notes
	_ = v.encoder.Encode(s.event()) //nolint:errchkjson // the text is sound; a reader who has gone sees it no more
}

func (s State) event() event {
	batch := s.Progress.Batch

	e := event{
		At: s.At.UTC(), Batch: cmp.Or(batch.ID, s.Name), RowsRead: batch.RowsRead, RowsRejected: batch.RowsRejected,
		RowsPublished: batch.RowsPublished + batch.RowsDuplicate, ReadToItsEnd: s.Read(),
		Total: s.Total(), TotalKnown: s.TotalKnown(), Queued: s.Queued(),
		InFlight: s.Progress.ByStatus[store.StatusInProgress], Settled: s.Progress.Settled(),
		Lost:     s.Lost,
		ByStatus: s.Progress.ByStatus, Codes: []eventCode{}, Rate: s.Rate, SecondsLeft: int64(s.Left().Seconds()),
		Notes: append([]string{}, s.Notes()...), Done: s.Done(),
	}

	for _, code := range s.Codes {
		e.Codes = append(e.Codes, eventCode{code.Status, code.Reason, code.Detail, code.Count})
	}

	return e
}
