package mastercard_test

import (
	"context"
	"errors"
	"net/http"
	"regexp"
	"strconv"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

// waiting is a turn that comes after a time.
func waiting(d time.Duration) mastercard.Turn {
	return func(ctx context.Context) error {
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-time.After(d):
			return nil
		}
	}
}

func TestARequestIsSentWhenItsTurnHasCome(t *testing.T) {
	t.Parallel()

	for name, wait := range map[string]time.Duration{"at once": 0, "soon": 100 * time.Millisecond, "after hours": 3 * time.Hour} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			synctest.Test(t, func(t *testing.T) {
				began := time.Now()

				var sent, signed time.Time

				answers := answering(http.StatusOK, enrolled, "Content-Type", "application/json")
				request := enrollRequest()
				request.Turn = waiting(wait)
				passing := func(c *mastercard.Config) { c.Now = time.Now }
				answer := newClient(t, passing, within(time.Second), through(roundTripper(func(r *http.Request) (*http.Response, error) {
					sent, signed = time.Now(), signedAt(t, r)
					return answers(r)
				}))).Enroll(t.Context(), request)

				require.Equal(t, mastercard.Enrolled, answer.Verdict, "the wait does not count as time of the call: %+v", answer.Failure)
				require.Equal(t, wait, sent.Sub(began))
				require.Less(t, sent.Sub(signed), 6*time.Second, "a service refuses old signatures")
			})
		})
	}
}

// signedAt is the time that a request's signature holds.
func signedAt(t *testing.T, r *http.Request) time.Time {
	t.Helper()

	found := regexp.MustCompile(`oauth_timestamp="(\d+)"`).FindStringSubmatch(r.Header.Get("Authorization"))
	require.Len(t, found, 2)

	seconds, err := strconv.ParseInt(found[1], 10, 64)
	require.NoError(t, err)

	return time.Unix(seconds, 0)
}

func TestNothingIsSentWhenTheTurnDoesNotCome(t *testing.T) {
	t.Parallel()

	silent := through(roundTripper(func(*http.Request) (*http.Response, error) { panic("nothing should be sent") }))

	for name, call := range map[string]func(*mastercard.Client, context.Context, mastercard.Turn) mastercard.Answer{
		"enroll": func(c *mastercard.Client, ctx context.Context, turn mastercard.Turn) mastercard.Answer {
			request := enrollRequest()
			request.Turn = turn

			return c.Enroll(ctx, request)
		},
		"unenroll": func(c *mastercard.Client, ctx context.Context, turn mastercard.Turn) mastercard.Answer {
			return c.Unenroll(ctx, mastercard.UnenrollRequest{
				SrcDigitalCardID: "8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de", SrcClientID: srcClientID, ServiceID: serviceID, Turn: turn,
			})
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			ctx, cancel := context.WithCancel(t.Context())
			answer := call(newClient(t, silent), ctx, func(ctx context.Context) error {
				cancel()
				return ctx.Err()
			})

			require.Equal(t, mastercard.Retry, answer.Verdict)
			require.Equal(t, mastercard.DetailNotSent, answer.Failure.Detail)
			require.ErrorIs(t, answer.Err, context.Canceled)
		})
	}
}

func TestARequestThatCannotBeMadeWaitsForNoTurn(t *testing.T) {
	t.Parallel()

	request := enrollRequest()
	request.Turn = func(context.Context) error { return errors.New("asked for a turn") }
	request.Card.PanExpirationMonth, request.SrcClientID = "", "not an id"

	answer := newClient(t, through(roundTripper(nil))).Enroll(t.Context(), request)
	require.Equal(t, mastercard.SourceClient, answer.Failure.Source)
	require.NotContains(t, answer.Failure.Message, "asked for a turn")
}
