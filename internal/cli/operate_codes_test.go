package cli_test

import (
	"encoding/json"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/inquiry"
)

func TestCodesAreCountedWithAdvice(t *testing.T) {
	t.Parallel()

	const declined = 12

	s := newSystem(t)
	s.worker("w1")

	require.Regexp(t, `none: no job has failed since 20\d\d-\d\d-\d\d \d\d:\d\d:\d\dZ`, s.submit("codes"))

	code, out := run(t, s.env, "submit", s.file("b1", 0, declined, declined), "--program", "demo", "--batch", "b1", "--wait")
	require.Equal(t, 3, code, out)

	out = s.submit("codes", "--since", "1h", "--program", "demo")
	require.Regexp(t, `(?m)^CODE +PROGRAM +COUNT +FIRST +LAST +SAMPLE JOB +STATUS\nINVALID_STATE/ISSUER_DECLINED +demo +2 .* b1\.[23] +rejected$`, out)
	require.Contains(t, out, "\nINVALID_STATE/ISSUER_DECLINED, rejected: Do not retry.")

	var codes []inquiry.Code

	require.NoError(t, json.Unmarshal([]byte(s.submit("codes", "--json")), &codes))
	require.Len(t, codes, 1)
	require.Equal(t, int64(2), codes[0].Count)
	require.NotEmpty(t, codes[0].WhatToDo)
	require.JSONEq(t, "[]", s.submit("codes", "--json", "--program", "other"))

	for _, since := range []string{"21d", "2w", "2026-01-01", "2026-01-01T12:00:00Z"} {
		require.Contains(t, s.submit("codes", "--since", since), "INVALID_STATE/ISSUER_DECLINED", since)
	}

	for says, args := range map[string][]string{
		`--since: "0s" is no date such as 2026-`:     {"--since", "0s"},
		`--program: "A B" must be 1 to 32 of a-z 0-`: {"--program", "A B"},
	} {
		code, out := run(t, s.env, "submit", append([]string{"codes"}, args...)...)
		require.Equal(t, 2, code, out)
		require.Contains(t, out, says)
	}
}
