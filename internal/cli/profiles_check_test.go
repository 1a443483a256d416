package cli_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/profilecheck"
	"enroll.example/clicktopay/internal/workercli"
	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

func TestAProfileIsHeldAgainstADescription(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	ours := filepath.Join(dir, "ours.yaml")
	require.NoError(t, os.WriteFile(ours, openapi.YAML(), 0o600))

	other := filepath.Join(dir, "other.yaml")
	text := strings.Replace(string(openapi.YAML()), "encryptedEnrollmentData:", "encryptedData:", 1)
	require.NoError(t, os.WriteFile(other, []byte(text), 0o600))

	code, said := ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll-batch", ours)
	require.Equal(t, 0, code, said)
	require.Contains(t, said, "0 differences;")
	require.Contains(t, said, "can be marked confirmed (SPEC)")

	code, said = ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll-batch", other)
	require.Equal(t, 3, code, said)
	require.Contains(t, said, "encryptedData")

	code, said = ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll-batch", other, "--json")
	require.Equal(t, 3, code, said)

	var report profilecheck.Report
	require.NoError(t, json.Unmarshal([]byte(said), &report))
	require.NotEmpty(t, report.Differences)
}

func TestAReasonWithARowOfOnesOwnIsKnown(t *testing.T) {
	t.Parallel()

	dir := t.TempDir()
	spec := filepath.Join(dir, "spec.yaml")
	text := strings.Replace(string(openapi.YAML()), "      required: [reason]\n      properties:\n        reason:\n          type: string\n",
		"      required: [reason]\n      properties:\n        reason:\n          enum: [MOON]\n          type: string\n", 1)
	require.NoError(t, os.WriteFile(spec, []byte(text), 0o600))

	rows := filepath.Join(dir, "rows.csv")
	require.NoError(t, os.WriteFile(rows, []byte(
		"operation,status,source,reason,detail,field,recoverable,retry_after,verdict,about_card,basis,advice\n"+
			",4xx,service,,MOON,,,,rejected,yes,specified,Wait.\n"), 0o600))

	code, said := ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll", spec)
	require.Equal(t, 3, code, said)
	require.Contains(t, said, "MOON")

	code, said = ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll", spec, "--verdicts-file", rows)
	require.Equal(t, 0, code, said)
}

func TestADescriptionThatIsNoneIsAnErrorOfUsage(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "x.yaml")
	require.NoError(t, os.WriteFile(file, []byte("a: 1\n"), 0o600))

	code, said := ran(&workercli.Worker{}, "worker", "profiles", "check", "enroll", file)
	require.Equal(t, 2, code, said)
	require.Contains(t, said, "it describes no paths")
}
