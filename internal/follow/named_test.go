package follow_test

import (
	"bytes"
	"context"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/control"
	"enroll.example/clicktopay/internal/follow"
	"enroll.example/clicktopay/pkg/store"
)

// fakeLedger is a ledger with a batch that only messages name.
type fakeLedger struct{ by map[store.Status]int64 }

func (n fakeLedger) Progress(context.Context, string) (store.Progress, error) {
	return store.Progress{Batch: store.Batch{ID: "june"}, ByStatus: n.by}, nil
}

func (fakeLedger) BatchCodes(context.Context, string) ([]store.CodeCount, error) { return nil, nil }

// noFleet is a fleet without workers.
type noFleet struct{}

func (noFleet) Status(context.Context) (control.Status, error) { return control.Status{}, nil }

// Following a batch that only messages name ends, and says in a log what is known.
func TestABatchOfMessagesIsFollowedToItsEnd(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		expect int64
		says   string
	}{
		"without a total": {0, "june: named by messages: the 3 jobs that workers have seen are settled, and no other came for 15s"},
		"with its total":  {3, "june: 100%: 3 of 3 settled"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			var out bytes.Buffer

			at := now()
			state, err := follow.Run(t.Context(), fakeLedger{map[store.Status]int64{store.StatusEnrolled: 3}}, noFleet{}, follow.Options{
				Batch: "june", Every: time.Millisecond, Expect: c.expect,
				Now: func() time.Time {
					at = at.Add(4 * time.Second)
					return at
				},
			}, follow.InLines(&out))
			require.NoError(t, err)
			require.True(t, state.AllSucceeded())
			require.Contains(t, out.String(), c.says)
		})
	}
}
