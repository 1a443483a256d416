package cli_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/workercli"
)

// What is inferred goes to production only when the user has said so; our sandbox and Mastercard's get it.
func TestNothingInferredIsSentToProductionUnasked(t *testing.T) {
	t.Parallel()

	made := newKeys(t, t.TempDir())

	for name, c := range map[string]struct {
		url, accepted string
		code          int
		says          string
	}{
		"production":           {"production", "", 2, "--accept-inferred: nothing inferred is sent to production unasked: program demo: of profile enroll, operation enroll"},
		"production in India":  {"production-india", "", 2, "nothing inferred is sent to production unasked"},
		"another one accepted": {"production", "lifecycle", 2, "nothing inferred is sent to production unasked"},
		"accepted":             {"production", "lifecycle,enroll", 1, "127.0.0.1:1"},
		"Mastercard's sandbox": {"sandbox", "", 1, "127.0.0.1:1"},
		"our sandbox":          {"http://127.0.0.1:1", "", 1, "127.0.0.1:1"},
		"a profile not there":  {"http://127.0.0.1:1", "mine", 2, `--accept-inferred: "mine" is no profile of the programs and none that is built in`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			leaf := leafNamed(t, "worker run")
			args := leaf.args(settingsOf(made, map[string]string{
				"database-url":   "postgres://enroll@127.0.0.1:1/enroll",
				"nats-url":       "nats://127.0.0.1:1",
				"mastercard-url": c.url,
			}), nil, "")

			if c.accepted != "" {
				args = append(args, "--accept-inferred="+c.accepted)
			}

			code, said := ran(&workercli.Worker{}, "worker", args...)
			require.Equal(t, c.code, code, said)
			require.Contains(t, said, c.says)
		})
	}
}
