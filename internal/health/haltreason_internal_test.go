package health

import (
	"slices"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard"
)

func TestHaltReasonIsOneOfAFew(t *testing.T) {
	t.Parallel()

	for name, c := range map[string]struct{ text, want string }{
		"not halted":               {"", "none"},
		"a code of ours":           {"KEY_EXPIRED: the certificate ended yesterday", "KEY_EXPIRED"},
		"a code of the API":        {"AUTHENTICATION_FAILED: signature: wrong", "AUTHENTICATION_FAILED"},
		"a code without a message": {"INVALID_KEY: ", "INVALID_KEY"},
		"a code in other letters":  {"OpenAPI.invalid.xclient.id: text", "openapi.invalid.xclient.id"},
		"what the worker lacks":    {"NO_IDENTITY: external_consumer_id is missing", "NO_IDENTITY"},
		"a panic":                  {"WORKER_PANIC: 5 jobs in a row", "WORKER_PANIC"},
		"an obstacle":              {"TLS: 10 calls in a row: x509: unknown authority", "TLS"},
		"a code nobody knows":      {"REASON_7f3a: text", "OTHER"},
		"no code":                  {": text", "OTHER"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, haltReason(c.text))
		})
	}
}

func TestHaltReasonsAreThoseOfTheVerdictTable(t *testing.T) {
	t.Parallel()

	verdicts, err := mastercard.Verdicts()
	require.NoError(t, err)

	column := slices.Index(mastercard.VerdictColumns(), "reason")
	found := 0

	for _, row := range verdicts.Rows() {
		if codes := row.Record()[column]; row.Verdict == mastercard.Halted && codes != "" {
			require.Subset(t, haltReasons(), strings.Split(codes, "|"))

			found++
		}
	}

	require.Greater(t, found, 10)
}
