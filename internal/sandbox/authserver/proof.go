package authserver

import (
	"net/http"
	"time"

	"enroll.example/clicktopay/internal/sandbox/jws"
)

// shown is a proof that is sound by itself.
type shown struct {
	thumbprint string
	nonce      string
	hash       string // ath
}

// proof reads and checks a request's proof (RFC 9449, section 4.3).
func (s *Server) proof(r *http.Request, target string) (shown, *refusal) {
	headers := r.Header.Values("DPoP")
	if len(headers) != 1 {
		return shown{}, refuse("invalid_dpop_proof", "there is not one header DPoP")
	}

	proof, err := jws.Parse(headers[0])
	if err != nil {
		return shown{}, refuse("invalid_dpop_proof", "the proof couldn't be read: "+err.Error())
	}

	if jws.Text(proof.Header, "typ") != "dpop+jwt" {
		return shown{}, refuse("invalid_dpop_proof", "typ is not dpop+jwt")
	}

	key, thumbprint, err := jws.PublicKey(proof.Header["jwk"])
	if err != nil {
		return shown{}, refuse("invalid_dpop_proof", "jwk: "+err.Error())
	}

	if jws.Text(proof.Header, "kid") != thumbprint {
		return shown{}, refuse("invalid_dpop_proof", "kid is not the thumbprint of jwk")
	}

	if err := proof.Verify(key); err != nil {
		return shown{}, refuse("invalid_dpop_proof", "the signature couldn't be verified: "+err.Error())
	}

	switch {
	case jws.Text(proof.Claims, "htm") != r.Method:
		return shown{}, refuse("invalid_dpop_proof", "htm is not "+r.Method)
	case jws.Text(proof.Claims, "htu") != target:
		return shown{}, refuse("invalid_dpop_proof", "htu is not "+target)
	}

	if why := s.recent(proof.Claims); why != "" {
		return shown{}, refuse("invalid_dpop_proof", why)
	}

	if jti := jws.Text(proof.Claims, "jti"); jti == "" || !s.proofs.Use(thumbprint, jti, s.options.Now()) {
		return shown{}, refuse("invalid_dpop_proof", "jti is missing or was used before")
	}

	return shown{thumbprint, jws.Text(proof.Claims, "nonce"), jws.Text(proof.Claims, "ath")}, nil
}

// recent says why a proof is not one of now. Its exp is Mastercard's own: RFC 9449 has none.
func (s *Server) recent(claims map[string]any) string {
	now := s.options.Now()

	issued, err := jws.Seconds(claims, "iat")
	if err != nil {
		return err.Error()
	}

	if made := time.Unix(issued, 0); made.Before(now.Add(-window)) || made.After(now.Add(skew)) {
		return "iat is not of now"
	}

	if _, has := claims["exp"]; !has {
		return ""
	}

	expires, err := jws.Seconds(claims, "exp")
	if err != nil {
		return err.Error()
	}

	if !now.Before(time.Unix(expires, 0)) {
		return "it has expired"
	}

	return ""
}

// fresh refuses a proof without a nonce of the server's, where nonces are required.
func (s *Server) fresh(proof shown, of *nonces) *refusal {
	if !s.options.RequireNonce || of.good(proof.nonce) {
		return nil
	}

	return refuse("use_dpop_nonce", "the proof needs a nonce of this server")
}
