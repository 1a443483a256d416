package authserver

import (
	"crypto"
	"net/url"
	"slices"
	"time"

	"enroll.example/clicktopay/internal/sandbox/jws"
)

// authenticate says which client has made a request's assertion.
func (s *Server) authenticate(form url.Values, issuer string) (Client, *refusal) {
	if form.Get("client_assertion_type") != assertionType {
		return Client{}, refuse("invalid_client", "client_assertion_type is not "+assertionType)
	}

	assertion, err := jws.Parse(form.Get("client_assertion"))
	if err != nil {
		return Client{}, refuse("invalid_client", "client_assertion couldn't be read: "+err.Error())
	}

	id := form.Get("client_id")

	client, known := s.client(id, jws.Text(assertion.Header, "kid"))

	switch {
	case !known:
		return Client{}, refuse("invalid_client", "the client or its kid is not known")
	case jws.Text(assertion.Header, "typ") != "JWT":
		return Client{}, refuse("invalid_client", "typ of client_assertion is not JWT")
	case !slices.ContainsFunc(client.Keys, func(key crypto.PublicKey) bool { return assertion.Verify(key) == nil }):
		return Client{}, refuse("invalid_client", "client_assertion signature couldn't be verified")
	case jws.Text(assertion.Claims, "iss") != id || jws.Text(assertion.Claims, "sub") != id:
		return Client{}, refuse("invalid_client", "iss and sub of client_assertion are not client_id")
	case jws.Text(assertion.Claims, "aud") != issuer:
		return Client{}, refuse("invalid_client", "aud of client_assertion is not "+issuer)
	}

	if why := s.inTime(assertion.Claims); why != "" {
		return Client{}, refuse("invalid_client", "client_assertion: "+why)
	}

	if jti := jws.Text(assertion.Claims, "jti"); jti == "" || !s.assertions.Use(client.Name, jti, s.options.Now()) {
		return Client{}, refuse("invalid_client", "jti of client_assertion is missing or was used before")
	}

	return client, nil
}

// inTime says why an assertion is not good now.
func (s *Server) inTime(claims map[string]any) string {
	now := s.options.Now()

	expires, err := jws.Seconds(claims, "exp")
	if err != nil {
		return err.Error()
	}

	notBefore, err := jws.Seconds(claims, "nbf")
	if err != nil {
		return err.Error()
	}

	issued, err := jws.Seconds(claims, "iat")

	switch {
	case err != nil:
		return err.Error()
	case !now.Before(time.Unix(expires, 0)):
		return "it has expired"
	case time.Unix(expires, 0).After(now.Add(window)):
		return "it expires too late"
	case time.Unix(notBefore, 0).After(now):
		return "it is not good yet"
	case time.Unix(issued, 0).After(now.Add(skew)):
		return "it was made in the future"
	default:
		return ""
	}
}
