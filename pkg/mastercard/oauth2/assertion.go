package oauth2

import (
	"errors"
	"time"

	"github.com/go-jose/go-jose/v4"
)

// A Client is who asks for tokens: the project, by the key that it has on Mastercard Developers.
type Client struct {
	ID  string // the project's client id
	KID string // the key's id
	Key *Key
}

func (c Client) check() error {
	switch {
	case !isText(c.ID, false):
		return errors.New("the client id is empty, or has blanks or other characters that no client id has")
	case !isText(c.KID, false):
		return errors.New("the key id is empty, or has blanks or other characters that no key id has")
	case c.Key == nil:
		return errors.New("there is no key")
	default:
		return nil
	}
}

// assertion holds the claims of a client assertion (RFC 7523, section 3).
type assertion struct {
	ID        string `json:"jti"`
	Subject   string `json:"sub"`
	Issuer    string `json:"iss"`
	Audience  string `json:"aud"`
	IssuedAt  int64  `json:"iat"`
	Expires   int64  `json:"exp"`
	NotBefore int64  `json:"nbf"`
}

// assert makes the client assertion of one request.
func (s *Source) assert(client Client, now time.Time) (string, error) {
	signer, err := client.Key.signer((&jose.SignerOptions{}).WithType("JWT").WithHeader("kid", client.KID))
	if err != nil {
		return "", err
	}

	id, err := s.newID()
	if err != nil {
		return "", err
	}

	return serialize(signer, assertion{
		ID:        id,
		Subject:   client.ID,
		Issuer:    client.ID,
		Audience:  s.config.Issuer,
		IssuedAt:  now.Unix(),
		Expires:   now.Add(lifetime + s.config.skew()).Unix(),
		NotBefore: now.Add(-s.config.skew()).Unix(),
	})
}
