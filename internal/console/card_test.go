package console_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/store"
	"enroll.example/clicktopay/test/parts"
)

func TestACardIsFoundByItsNumberUnderEachKey(t *testing.T) {
	t.Parallel()

	r := prepared(t)
	b := r.as("bob")
	require.NotContains(t, b.page("/jobs"), "Card number")

	status, body, _ := b.submit("/jobs/card", "number", card)
	require.Equal(t, http.StatusNotFound, status)
	require.Contains(t, body, "--hmac-key-files")

	older, newer := parts.HMACKey(t), parts.HMACKey(t)
	r.serve(func(o *console.Options) {
		o.Open = r.opening()
		*o = o.WithHMACKeys(func() []enroll.HMACKey { return []enroll.HMACKey{newer, older} })
	})

	_, err := r.ledger.Begin(t.Context(), store.BeginRequest{Worker: "w1", Lease: 1e9, Job: store.Job{
		ID: "with-card", Program: program, PANFirst6: card[:6], PANLast4: card[12:],
		PANHMAC: older.OfCard(pan.Unchecked(card)), PANHMACKid: older.Kid, MessageDigest: make([]byte, 32),
	}})
	require.NoError(t, err)

	b = r.as("bob")
	require.Contains(t, b.page("/jobs"), "Card number")

	status, body, to := b.submit("/jobs/card", "number", " 5204 7316 0001 4784 ")
	require.Equal(t, http.StatusOK, status)
	require.Empty(t, to)
	require.Contains(t, body, "with-card")
	require.Contains(t, body, "Card 520473******4784")
	require.NotContains(t, body, card)
	require.NotContains(t, body, "5204 7316")

	_, body, _ = b.submit("/jobs/card", "number", "2223000048400011")
	require.Contains(t, body, "No job had this card")

	status, body, _ = b.submit("/jobs/card", "number", "5204731600014785")
	require.Equal(t, http.StatusUnprocessableEntity, status)
	require.Contains(t, body, "This is no card number.")
	require.NotContains(t, body, "14785")
	require.NotContains(t, r.log.String(), "4785")
}
