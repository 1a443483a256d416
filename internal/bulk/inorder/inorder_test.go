package inorder_test

import (
	"context"
	"errors"
	"io"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/bulk/inorder"
)

// upTo returns a Read of the numbers from 1 to last.
func upTo(last int) func() (*int, error) {
	n := 0

	return func() (*int, error) {
		if n++; n > last {
			return nil, io.EOF
		}

		value := n

		return &value, nil
	}
}

func TestPiecesAreTakenInTheOrderOfReading(t *testing.T) {
	t.Parallel()

	const last = 500

	var taken []int

	odd := make(chan struct{})

	require.NoError(t, inorder.Run(t.Context(), 4, inorder.Steps[*int]{
		Read: upTo(last),
		Work: func(n *int) error {
			if *n == 2 {
				close(odd)
			}

			if *n == 1 { // its work ends after that of the second
				<-odd
			}

			*n *= 10

			return nil
		},
		Take: func(_ context.Context, n *int) error {
			taken = append(taken, *n)
			return nil
		},
	}))

	require.Len(t, taken, last)

	for i, n := range taken {
		require.Equal(t, (i+1)*10, n)
	}
}

func TestTheFirstErrorEndsTheRun(t *testing.T) {
	t.Parallel()

	failure := errors.New("failed")
	at := func(place int) func(*int) error {
		return func(n *int) error {
			if *n == place {
				return failure
			}

			return nil
		}
	}

	for name, change := range map[string]func(*inorder.Steps[*int]){
		"of reading": func(s *inorder.Steps[*int]) {
			read := s.Read
			s.Read = func() (*int, error) {
				n, err := read()
				if err == nil && *n == 50 {
					return nil, failure
				}

				return n, err
			}
		},
		"of working": func(s *inorder.Steps[*int]) { s.Work = at(50) },
		"of taking":  func(s *inorder.Steps[*int]) { s.Take = func(_ context.Context, n *int) error { return at(50)(n) } },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			steps := inorder.Steps[*int]{Read: upTo(1000), Work: at(0), Take: func(context.Context, *int) error { return nil }}
			change(&steps)

			require.ErrorIs(t, inorder.Run(t.Context(), 2, steps), failure)
		})
	}
}

func TestAPieceWhoseWorkHasPanickedIsNotTaken(t *testing.T) {
	t.Parallel()

	taken := 0

	err := inorder.Run(t.Context(), 1, inorder.Steps[*int]{
		Read: upTo(10),
		Work: func(n *int) error {
			if *n == 3 {
				panic("a fault")
			}

			return nil
		},
		Take: func(context.Context, *int) error {
			taken++
			return nil
		},
	})

	require.Error(t, err)
	require.LessOrEqual(t, taken, 2)
}

func TestAnEndedContextEndsTheRun(t *testing.T) {
	t.Parallel()

	ctx, cancel := context.WithCancel(t.Context())

	err := inorder.Run(ctx, 2, inorder.Steps[*int]{
		Read: upTo(1 << 30),
		Work: func(*int) error { return nil },
		Take: func(_ context.Context, n *int) error {
			if *n == 100 {
				cancel()
			}

			return nil
		},
	})

	require.ErrorIs(t, err, context.Canceled)
}
