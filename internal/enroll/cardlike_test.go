package enroll_test

import (
	"encoding/json"
	"testing"

	"github.com/nats-io/nats.go"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

// otherVisa is nobody's number here: what passes for any card is refused.
const otherVisa = "4111111111111111"

func TestAnyCardNumberBesideTheSeal(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	send := func(id, member, value string, header ...string) {
		members := r.members(id, sandbox.PAN(0, 1))
		if member != "" {
			members[member] = value
		}

		msg := nats.NewMsg(jobs.Subject("demo"))
		msg.Data, _ = json.Marshal(members)

		if header != nil {
			msg.Header.Set(header[0], header[1])
		}

		_, err := r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}

	send("visa", "external_card_id", otherVisa)
	send("amex", "external_consumer_id", "378282246310005")
	send("grouped", "external_card_id", "4111 1111\u00a01111-1111")
	send("batch", "batch", "4111-1111-1111-1111")
	send("header", "", "", "X-Card", otherVisa)
	send("trace", "", "", "traceparent", "00-0000000000000000"+otherVisa+"-00f067aa0ba902b7-01")
	send(otherVisa, "", "")

	stop := r.start()
	outcomes := r.outcomesOf(7)
	stop()
	r.drained()

	for id, outcome := range outcomes {
		require.Equal(t, "invalid", outcome.Status, id)
		require.Equal(t, "CARD_IN_CLEAR", outcome.Error.Reason, id)
		require.Zero(t, r.row(id).Attempts)
	}

	require.Empty(t, r.letters())
	r.requireNowhere(otherVisa)
	r.requireNowhere("378282246310005")
}

// A bank whose keys collide allows it, for the keys that it names, and never for the job's own number.
func TestAProgramAllowsKeysThatLookLikeCards(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	program := r.config.Programs["demo"]
	program.CardLikeFields = []string{"external_card_id", "id"}
	r.config.Programs["demo"] = program

	own := sandbox.PAN(0, 1)
	keys := map[string]struct {
		card, consumer string
		status         store.Status
	}{
		"allowed":     {card: otherVisa, status: store.StatusEnrolled},
		otherVisa:     {card: otherVisa, status: store.StatusEnrolled},
		"not-allowed": {consumer: otherVisa, status: store.StatusInvalid},
		"own":         {card: own, status: store.StatusInvalid},
	}

	for id, key := range keys {
		members := r.members(id, own)
		if key.card != "" {
			members["external_card_id"] = key.card
		}

		if key.consumer != "" {
			members["external_consumer_id"] = key.consumer
		}

		body, err := json.Marshal(members)
		require.NoError(t, err)

		msg := nats.NewMsg(jobs.Subject("demo"))
		msg.Data = body
		msg.Header.Set(nats.MsgIdHdr, id)
		_, err = r.js.PublishMsg(t.Context(), msg)
		require.NoError(t, err)
	}

	stop := r.start()
	r.outcomesOf(len(keys))
	stop()
	r.drained()

	for id, key := range keys {
		require.Equal(t, key.status, r.row(id).Status, id)
	}

	require.Equal(t, otherVisa, r.row("allowed").ExternalCardID)
	r.requireNowhere(own)
}
