package oauth2_test

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

func scopes() []string { return []string{"service:scope1"} }

func TestATokenIsAskedForOnceHoweverManyWait(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) {
			time.Sleep(time.Second) //nolint:forbidigo // the server's own time, in a bubble
			return http.StatusOK, answerOf(900), nil
		}}
		source := newSource(t, server)

		var all sync.WaitGroup
		for range 200 {
			all.Go(func() {
				token, err := source.Token(t.Context(), client(), scopes())
				require.NoError(t, err)
				require.Equal(t, 899*time.Second, time.Until(token.Expires()), "its life begins when it was asked for")
			})
		}
		all.Wait()

		require.Equal(t, 1, server.count())
	})
}

func TestATokenIsRenewedAMinuteBeforeItsEndWithoutAnybodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		release := make(chan struct{})
		server := &endpoint{answer: func(nth int, _ *http.Request) (int, string, http.Header) {
			if nth > 1 {
				<-release
			}

			return http.StatusOK, answerOf(900), nil
		}}
		source := newSource(t, server)
		token := func() *oauth2.Token { return must(source.Token(t.Context(), client(), scopes())) }

		first := token()

		time.Sleep(839 * time.Second) //nolint:forbidigo // a bubble's clock
		require.Same(t, first, token())
		require.Equal(t, 1, server.count())

		time.Sleep(2 * time.Second) //nolint:forbidigo // a bubble's clock

		renewed := make(chan *oauth2.Token, 1)
		go func() { renewed <- token() }()

		synctest.Wait()
		require.Same(t, first, token(), "the others go on with the one that is good for another minute")
		close(release)

		second := <-renewed
		require.NotSame(t, first, second)
		require.Same(t, second, token())
		require.Equal(t, 2, server.count())
	})
}

func TestATokenOfAShortLifeIsRenewedAtHalfOfIt(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &endpoint{answer: func(int, *http.Request) (int, string, http.Header) { return http.StatusOK, answerOf(4), nil }}
		source := newSource(t, server)

		for i := range 5 {
			_, err := source.Token(t.Context(), client(), scopes())
			require.NoError(t, err)
			require.Equal(t, 1+i/2, server.count())
			time.Sleep(time.Second) //nolint:forbidigo // a bubble's clock
		}
	})
}

func TestAServerThatFailsIsLeftAloneForALittleLongerEachTime(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &endpoint{err: func(nth int) error {
			if nth <= 6 {
				return errors.New("connection refused")
			}

			return nil
		}}
		source := newSource(t, server)

		var asked []time.Duration

		for began, before := time.Now(), 0; server.count() < 7; {
			_, err := source.Token(t.Context(), client(), scopes())
			require.Equal(t, server.count() < 7, err != nil)

			if server.count() > before {
				before = server.count()
				asked = append(asked, time.Since(began).Round(time.Second))
			}

			time.Sleep(100 * time.Millisecond) //nolint:forbidigo // a bubble's clock
		}

		require.Equal(t, []time.Duration{0, 1e9, 3e9, 7e9, 15e9, 31e9, 61e9}, asked)
	})
}

func TestARetryAfterIsKeptForAllWhoAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &endpoint{answer: func(nth int, _ *http.Request) (int, string, http.Header) {
			if nth == 1 {
				return http.StatusTooManyRequests, "", http.Header{"Retry-After": {"20"}}
			}

			return http.StatusOK, answerOf(900), nil
		}}
		source := newSource(t, server)
		began := time.Now()

		for range 3 {
			_, err := source.Token(t.Context(), client(), scopes())

			var refused *oauth2.Refusal
			require.ErrorAs(t, err, &refused)
			require.Equal(t, http.StatusTooManyRequests, refused.Status)
			require.Equal(t, began.Add(20*time.Second), refused.Again)
			time.Sleep(5 * time.Second) //nolint:forbidigo // a bubble's clock
		}

		time.Sleep(5 * time.Second) //nolint:forbidigo // a bubble's clock
		_, err := source.Token(t.Context(), client(), scopes())
		require.NoError(t, err)
		require.Equal(t, 2, server.count())
	})
}

func TestATokenThatIsGoodIsUsedWhileItCannotBeRenewed(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		server := &endpoint{answer: func(nth int, _ *http.Request) (int, string, http.Header) {
			if nth == 1 {
				return http.StatusOK, answerOf(900), nil
			}

			return http.StatusServiceUnavailable, "", nil
		}}
		source := newSource(t, server)
		first := must(source.Token(t.Context(), client(), scopes()))

		for range 59 {
			time.Sleep(time.Second) //nolint:forbidigo // a bubble's clock
		}

		time.Sleep(840 * time.Second) //nolint:forbidigo // a bubble's clock
		require.Same(t, first, must(source.Token(t.Context(), client(), scopes())))
		require.Equal(t, 2, server.count(), "it was tried")

		time.Sleep(2 * time.Second) //nolint:forbidigo // a bubble's clock
		_, err := source.Token(t.Context(), client(), scopes())
		require.ErrorContains(t, err, "the token endpoint answered 503")
	})
}

func TestWhoIsCanceledLetsAnotherAsk(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		first := make(chan struct{})
		inner := &endpoint{}
		server := roundTripper(func(r *http.Request) (*http.Response, error) {
			select {
			case <-first:
				return inner.RoundTrip(r)
			default:
				close(first)
				<-r.Context().Done()

				return nil, r.Context().Err()
			}
		})
		source := newSource(t, server)

		ctx, cancel := context.WithCancel(t.Context())
		failed := make(chan error, 1)

		go func() {
			_, err := source.Token(ctx, client(), scopes())
			failed <- err
		}()

		synctest.Wait()

		got := make(chan error, 1)
		go func() {
			_, err := source.Token(t.Context(), client(), scopes())
			got <- err
		}()

		synctest.Wait()
		cancel()
		require.ErrorIs(t, <-failed, context.Canceled)
		require.NoError(t, <-got, "who waited asks itself, at once")
	})
}

func TestARequestForATokenHasADeadline(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := newSource(t, roundTripper(func(r *http.Request) (*http.Response, error) {
			<-r.Context().Done()
			return nil, r.Context().Err()
		}))
		began := time.Now()

		_, err := source.Token(t.Context(), client(), scopes())
		require.ErrorIs(t, err, context.DeadlineExceeded)
		require.Equal(t, oauth2.DefaultTimeout, time.Since(began))
	})
}

func TestATransportThatPanicsLeavesNobodyWaiting(t *testing.T) {
	t.Parallel()
	synctest.Test(t, func(t *testing.T) {
		source := newSource(t, roundTripper(func(*http.Request) (*http.Response, error) { panic("defect") }))

		require.Panics(t, func() { _, _ = source.Token(t.Context(), client(), scopes()) })

		_, err := source.Token(t.Context(), client(), scopes())
		require.ErrorContains(t, err, "panicked")
	})
}

func TestATokenThatTheAPIRefusedIsNotGivenAgain(t *testing.T) {
	t.Parallel()

	server := &endpoint{}
	source := newSource(t, server)
	first := must(source.Token(t.Context(), client(), scopes()))

	source.Discard(first)
	second := must(source.Token(t.Context(), client(), scopes()))
	require.NotSame(t, first, second)

	source.Discard(first) // another call was under way with it
	require.Same(t, second, must(source.Token(t.Context(), client(), scopes())))
	require.Equal(t, 2, server.count())
}

func TestEachClientAndEachSetOfScopesHasATokenOfItsOwn(t *testing.T) {
	t.Parallel()

	server := &endpoint{}
	source := newSource(t, server)
	other, another := client(), client()
	other.KID = "key-2"
	another.Key = must(oauth2.NewKey(rsaKey()))

	for range 2 {
		for _, each := range []oauth2.Client{client(), other, another} {
			for _, scopes := range [][]string{{"a:1"}, {"b:2", "a:1"}, {"a:1", "b:2", "a:1"}} {
				_, err := source.Token(t.Context(), each, scopes)
				require.NoError(t, err)
			}
		}
	}

	require.Equal(t, 6, server.count(), "the order of scopes does not matter")
	require.Equal(t, "a:1 b:2", server.forms[1].Get("scope"))
}

type roundTripper func(*http.Request) (*http.Response, error)

func (f roundTripper) RoundTrip(request *http.Request) (*http.Response, error) { return f(request) }
