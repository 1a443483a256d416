package jobs_test

import (
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
	"enroll.example/clicktopay/pkg/receipt"
)

const pushReceipt = "MCC-STL-0F6A1B2C-3D4E-4F5A-8B9C-0D1E2F3A4B5C"

func receiptPayload(issued time.Time) jobs.Payload {
	return jobs.Payload{
		Receipt:  &jobs.PushReceipt{Receipt: receipt.Unchecked(pushReceipt), IssuedAt: issued, ValidMinutes: 10},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com"},
	}
}

// A receipt is sealed like a card, and comes out as it went in.
func TestAReceiptIsSealed(t *testing.T) {
	t.Parallel()

	private, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)

	key := jobs.IntakeKey{Kid: "k1", Key: private}
	ring, err := jobs.NewKeyRing(key)
	require.NoError(t, err)

	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)
	sealer, err := jobs.NewSealer(key.Public(), func() time.Time { return now })
	require.NoError(t, err)

	job, err := sealer.Seal(jobs.Job{ID: "r-1", Program: "demo"}, receiptPayload(now))
	require.NoError(t, err)

	body, err := job.Encode()
	require.NoError(t, err)
	require.NotContains(t, string(body), pushReceipt)

	opened, problem := ring.Open(job.Sealed, now)
	require.Nil(t, problem)
	require.Equal(t, receiptPayload(now), opened)
	require.Equal(t, now.Add(10*time.Minute), opened.Receipt.End())

	opened.Receipt.ValidMinutes = 0
	require.Equal(t, now.Add(15*time.Minute), opened.Receipt.End())
}

func TestReceiptsThatAreRefused(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

	for name, c := range map[string]struct {
		change func(*jobs.Payload)
		field  string
	}{
		"in the future": {func(p *jobs.Payload) { p.Receipt.IssuedAt = now.Add(5*time.Minute + time.Second) }, "pushAccountReceipt.issuedAt"},
		"too short":     {func(p *jobs.Payload) { p.Receipt.Receipt = receipt.Unchecked("MCC") }, "pushAccountReceipt.receipt"},
		"too long":      {func(p *jobs.Payload) { p.Receipt.Receipt = receipt.Unchecked(strings.Repeat("A", 65)) }, "pushAccountReceipt.receipt"},
		"a card number": {func(p *jobs.Payload) { p.Receipt.Receipt = receipt.Unchecked("5204731600014784") }, "pushAccountReceipt.receipt"},
		"one with a letter before it": {
			func(p *jobs.Payload) { p.Receipt.Receipt = receipt.Unchecked("PAN 5204731600014784"[4:] + "-MCC") }, "pushAccountReceipt.receipt",
		},
		"good for 4 minutes":  {func(p *jobs.Payload) { p.Receipt.ValidMinutes = 4 }, "pushAccountReceipt.validMinutes"},
		"good for 16 minutes": {func(p *jobs.Payload) { p.Receipt.ValidMinutes = 16 }, "pushAccountReceipt.validMinutes"},
		"beside a card": {
			func(p *jobs.Payload) {
				p.Card = jobs.Card{PrimaryAccountNumber: pan.Unchecked("5204731600014784"), PanExpirationMonth: "12", PanExpirationYear: "2029"}
			}, "card",
		},
		"nothing": {func(p *jobs.Payload) { p.Receipt = nil }, "card."},
		"a consumer's rule": {func(p *jobs.Payload) {
			p.Consumer.MobileNumber = &jobs.MobileNumber{CountryCode: "420", PhoneNumber: "70000000000000"}
		}, "consumer.mobileNumber.phoneNumber"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			payload := receiptPayload(now)
			c.change(&payload)

			problem := payload.Validate(now)
			require.NotNil(t, problem)
			require.True(t, strings.HasPrefix(problem.Field, c.field), "%s", problem)
			require.NotContains(t, problem.Error(), "5204731600014784")

			_, parsed := jobs.ParsePayload(payload.Reveal(), now)
			require.NotNil(t, parsed)
			require.True(t, strings.HasPrefix(parsed.Field, c.field), "%s", parsed)
		})
	}

	// One whose time is over is good: the worker ends it as expired. The clock by which it was issued may be ahead a little.
	for _, issued := range []time.Time{now.AddDate(-1, 0, 0), now, now.Add(5 * time.Minute)} {
		payload := receiptPayload(issued)
		require.Nil(t, payload.Validate(now))
	}
}

// The identifiers that receipts are made of are not taken for card numbers.
func TestReceiptsOfRandomIdentifiersAreGood(t *testing.T) {
	t.Parallel()

	now := time.Date(2026, 11, 27, 12, 0, 0, 0, time.UTC)

	for range 20_000 {
		var id [16]byte

		_, _ = rand.Read(id[:])

		payload := receiptPayload(now)
		payload.Receipt.Receipt = receipt.Unchecked(fmt.Sprintf("MCC-STL-%X-%X-%X-%X-%X", id[:4], id[4:6], id[6:8], id[8:10], id[10:]))
		require.Nil(t, payload.Validate(now), payload.Receipt.Receipt.Reveal())
	}
}

func TestAReceiptIsNotPrinted(t *testing.T) {
	t.Parallel()

	payload := receiptPayload(time.Time{})

	var out bytes.Buffer

	for _, value := range []any{payload, &payload, payload.Receipt, []any{payload}} {
		for _, verb := range []string{"%v", "%+v", "%#v", "%s", "%q", "%x"} {
			fmt.Fprintf(&out, verb, value)
		}

		slog.New(slog.NewTextHandler(&out, nil)).Info("x", "value", value)

		encoded, err := json.Marshal(value)
		require.NoError(t, err)
		out.Write(encoded)
	}

	require.NotContains(t, out.String(), pushReceipt)
	require.NotContains(t, out.String(), fmt.Sprintf("%x", pushReceipt))
	require.Contains(t, out.String(), "payload of receipt MCC-****4B5C")
}
