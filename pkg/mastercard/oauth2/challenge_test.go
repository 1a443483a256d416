package oauth2_test

import (
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

func TestChallenges(t *testing.T) {
	t.Parallel()

	for text, want := range map[string]oauth2.Challenge{
		`DPoP error="use_dpop_nonce", error_description="a nonce, please"`:              {"use_dpop_nonce", "a nonce, please"},
		`dpop realm="a", error="invalid_token",error_description="it is \"old\""`:       {"invalid_token", `it is "old"`},
		`Dpop error:"insufficient_scope", error_description:"more", algs:"ES256 PS256"`: {"insufficient_scope", "more"},
		`OAuth realm="x", DPoP algs="ES256 PS256", error="invalid_dpop_proof"`:          {"invalid_dpop_proof", ""},
		`Bearer error=invalid_token`:  {"invalid_token", ""},
		`DPoP error="made_up"`:        {},
		`DPoP algs="ES256"`:           {},
		`Basic realm="error"`:         {},
		`OAuth error="invalid_token"`: {},
		`DPoP error="invalid_token`:   {"invalid_token", ""},
		`DPoP`:                        {},
		``:                            {},
		`DPoP error_description="error=\"invalid_token\"", error="insufficient_scope", x="y`: {"insufficient_scope", `error="invalid_token"`},
	} {
		found, ok := oauth2.ChallengeIn(http.Header{"Www-Authenticate": {text}})
		require.Equal(t, want, found, text)
		require.Equal(t, want.Code != "", ok, text)
	}

	found, ok := oauth2.ChallengeIn(http.Header{"Dpop": {`error:"insufficient_scope", algs:"ES256 PS256"`}})
	require.True(t, ok)
	require.Equal(t, "insufficient_scope", found.Code)
}
