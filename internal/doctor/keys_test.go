package doctor_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/doctor"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

var clock = time.Date(2026, time.November, 23, 12, 0, 0, 0, time.UTC) //nolint:gochecknoglobals // a constant, but for its type

func now() time.Time { return clock }

// named returns the one check of a name.
func named(t *testing.T, checks []doctor.Check, name string) doctor.Check {
	t.Helper()

	for _, check := range checks {
		if check.Name == name {
			return check
		}
	}

	t.Fatalf("no check %s in %+v", name, checks)

	return doctor.Check{}
}

func TestKeysThatEnd(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		notAfter time.Time
		level    doctor.Level
		found    string
	}{
		"an end that is not known": {time.Time{}, doctor.OK, "does not say when it expires"},
		"a year":                   {clock.AddDate(1, 0, 0), doctor.OK, "it expires in 365 days"},
		"a week":                   {clock.AddDate(0, 0, 7), doctor.Warning, "it expires in 7 days"},
		"now":                      {clock, doctor.Failed, "it has expired"},
		"long ago":                 {clock.AddDate(-1, 0, 0), doctor.Failed, "it has expired"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			check := named(t, doctor.Keys{
				API:  []mastercard.KeyInfo{{Purpose: "signing", Fingerprint: "ab12", NotAfter: c.notAfter}},
				HMAC: []string{"h"}, Now: now,
			}.Check(t.Context()), "signing key")
			require.Equal(t, c.level, check.Level)
			require.Contains(t, check.Found, c.found)
			require.Contains(t, check.Found, "SHA-256 ab12")
		})
	}
}

func TestConsumerKeyOfAnOddForm(t *testing.T) {
	t.Parallel()

	half := strings.Repeat("a", 48)

	for key, level := range map[string]doctor.Level{
		half + "!" + half: doctor.OK, half + "!x": doctor.Warning, "x!" + half: doctor.Warning,
	} {
		check := named(t, doctor.Keys{ConsumerKey: key, HMAC: []string{"h"}, Now: now}.Check(t.Context()), "consumer key")
		require.Equal(t, level, check.Level)
		require.NotContains(t, check.Found, half, "it is not printed")
	}
}

func TestKeyOfThePublishedSet(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct {
		theirs mastercard.KeyInfo
		err    error
		level  doctor.Level
	}{
		"the same":          {mastercard.KeyInfo{Fingerprint: "ab"}, nil, doctor.OK},
		"another":           {mastercard.KeyInfo{Fingerprint: "cd"}, nil, doctor.Failed},
		"not there":         {mastercard.KeyInfo{}, errors.New("no key has kid k"), doctor.Warning},
		"cannot be fetched": {mastercard.KeyInfo{}, context.DeadlineExceeded, doctor.Warning},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			checks := doctor.Keys{
				API: []mastercard.KeyInfo{{Purpose: "encryption", KID: "k", Fingerprint: "ab"}}, HMAC: []string{"h"}, Now: now,
				Published: func(_ context.Context, kid string) (mastercard.KeyInfo, error) {
					require.Equal(t, "k", kid)
					return c.theirs, c.err
				},
			}.Check(t.Context())
			require.Equal(t, c.level, named(t, checks, "published key set").Level)
		})
	}
}

func TestEachWrongSettingIsACheck(t *testing.T) {
	t.Parallel()

	one, two := errors.New("--a: is missing"), errors.New("--b: is missing")
	both := fmt.Errorf("--c: %w: %w", one, two) // one sentence that names two

	checks := doctor.Settings(settings.Faults(one, settings.Faults(two, both)))
	require.Len(t, checks, 3)

	for i, err := range []error{one, two, both} {
		require.Equal(t, err.Error(), checks[i].Found)
		require.Equal(t, doctor.Failed, checks[i].Level)
	}

	require.Equal(t, doctor.OK, doctor.Settings(nil)[0].Level)
	require.NotContains(t, doctor.Settings(errors.New("--x: 5204731600014784"))[0].Found, "5204731600014784")
}
