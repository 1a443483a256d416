package sandbox

import (
	"errors"
	"net/http"
	"strconv"
	"time"

	"enroll.example/clicktopay/internal/sandbox/onetime"
)

// gateway authenticates requests as Mastercard's API gateway does in front of the service.
type gateway struct {
	clients map[string]*Client
	window  time.Duration
	now     func() time.Time
	nonces  *onetime.Uses
}

func newGateway(options Options) *gateway {
	clients := make(map[string]*Client, len(options.Clients))
	for _, client := range options.Clients {
		clients[client.ConsumerKey] = &client
	}

	return &gateway{
		clients: clients,
		window:  options.TimestampWindow,
		now:     options.Now,
		nonces:  onetime.New(options.TimestampWindow, onetime.Most),
	}
}

// admit says whose request it is, or why it goes no further. The nonce is looked at last and
// only remembered for requests with a right signature, so that nobody can use up those of others.
func (g *gateway) admit(r *http.Request, body []byte) (*Client, *reply) {
	headers := r.Header.Values("Authorization")

	switch len(headers) {
	case 0:
		return nil, gatewayRefusal(noAuthorization)
	case 1:
	default:
		return nil, gatewayRefusal(badAuthorization, "there is more than one Authorization header")
	}

	parameters, err := parseAuthorization(headers[0])
	if err != nil {
		return nil, gatewayRefusal(badAuthorization, err.Error())
	}

	claims, err := readClaims(parameters)
	if err != nil {
		return nil, gatewayRefusal(badAuthorization, err.Error())
	}

	client, known := g.clients[claims.consumerKey]
	if !known {
		return nil, gatewayRefusal(unknownConsumer)
	}

	now := g.now()
	if off := now.Sub(claims.timestamp); off.Abs() > g.window {
		return nil, gatewayRefusal(staleTimestamp, off.Round(time.Second).String())
	}

	if calculated := bodyHash(body); calculated != claims.bodyHash {
		return nil, gatewayRefusal(wrongBodyHash, calculated, claims.bodyHash)
	}

	base := signatureBase(r, parameters)
	if !signed(base, claims.signature, client.SigningKeys) {
		return nil, gatewayRefusal(wrongSignature, base)
	}

	if !g.nonces.Use(claims.consumerKey, claims.nonce, now) {
		return nil, gatewayRefusal(reusedNonce)
	}

	return client, nil
}

// claims are the parameters of a header by meaning.
type claims struct {
	consumerKey, nonce, bodyHash, signature string
	timestamp                               time.Time
}

func readClaims(parameters authorization) (claims, error) {
	values := map[string]string{}

	for _, name := range requiredParameters() {
		value, err := parameters.decoded(name)
		if err != nil {
			return claims{}, err
		}

		values[name] = value
	}

	if values["oauth_version"] != "1.0" {
		return claims{}, errors.New("oauth_version is not 1.0")
	}

	if values["oauth_signature_method"] != "RSA-SHA256" {
		return claims{}, errors.New("oauth_signature_method is not RSA-SHA256")
	}

	seconds, err := strconv.ParseUint(values["oauth_timestamp"], 10, 40)
	if err != nil {
		return claims{}, errors.New("oauth_timestamp is not a number of seconds since 1970")
	}

	return claims{
		consumerKey: values["oauth_consumer_key"],
		nonce:       values["oauth_nonce"],
		bodyHash:    values["oauth_body_hash"],
		signature:   values["oauth_signature"],
		timestamp:   time.Unix(int64(seconds), 0),
	}, nil
}
