package mastercard

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/mastercard/oauth2"
)

// possession authorizes one call by OAuth 2.0: a token, and what proves that we possess its key.
type possession struct {
	tokens *oauth2.Source
	client oauth2.Client
	scopes []string
	token  *oauth2.Token
	nonce  string                      // that the last proof has
	madeUp struct{ nonce, token bool } // for which a request was sent once more
}

// newPossession gets a token for the credential. Most calls find one that is kept.
func newPossession( //nolint:ireturn // there are two kinds
	ctx context.Context, config *OAuth2Config, credential *Credential, scopes []string,
) (authorization, *finding) {
	clientID, kid, _ := strings.Cut(credential.consumerKey, "!")

	this := &possession{tokens: config.Tokens, scopes: scopes, client: oauth2.Client{
		ID: cmp.Or(config.ClientID, clientID), KID: cmp.Or(config.KID, kid), Key: credential.key.oauth2,
	}}

	return this, this.getToken(ctx)
}

func (p *possession) getToken(ctx context.Context) (problem *finding) {
	token, err := p.tokens.Token(ctx, p.client, p.scopes)
	if err != nil {
		return tokenFinding(ctx, err)
	}

	p.token = token

	return nil
}

func (p *possession) clientID() string { return p.client.ID }

func (p *possession) sign(request *http.Request, _ []byte) (err error) {
	p.nonce, err = p.tokens.Authorize(request, p.token)

	return err
}

// proofAge is after how long a wait a proof is made anew: it says when it was made, and its time is short.
const proofAge = time.Second

func (p *possession) stale(age time.Duration) bool {
	return age > proofAge || p.nonce != p.tokens.Nonce()
}

// redact takes out the token, which what refuses it may repeat. Of a success, single members are kept, and none has one.
func (p *possession) redact(result exchange) exchange {
	if result.status/100 == 2 {
		return result
	}

	result.body = p.token.Redact(result.body)

	for _, name := range []string{"WWW-Authenticate", "DPoP"} {
		for i, value := range result.header.Values(name) {
			result.header.Values(name)[i] = string(p.token.Redact([]byte(value)))
		}
	}

	return result
}

// refused keeps the nonce that any answer may bring. A request is sent once more with the nonce that is asked for, and once more
// with another token where this one is not good any more: one call may meet both.
func (p *possession) refused(ctx context.Context, result exchange) (again bool, problem *finding) {
	brought := p.tokens.TakeNonce(result.header)

	switch code := refusalOf(result); {
	case code == oauth2.CodeUseNonce && !p.madeUp.nonce:
		p.madeUp.nonce = true

		return brought, nil
	case code == oauth2.CodeInvalidToken:
		p.tokens.Discard(p.token)

		if p.madeUp.token {
			return false, nil
		}

		p.madeUp.token = true
		problem = p.getToken(ctx)

		return problem == nil, problem
	default:
		return false, nil
	}
}

// refusalOf is the code by which the API has not let a request in, "" where it has, or has not said so.
func refusalOf(result exchange) string {
	if result.status != http.StatusUnauthorized {
		return ""
	}
	if challenge, found := oauth2.ChallengeIn(result.header); found {
		return challenge.Code
	}

	for _, found := range findings(result) {
		if oauth2.IsCode(found.Reason) {
			return found.Reason
		}
	}

	return ""
}

// tokenFinding names why there is no token. The API has not seen the request.
func tokenFinding(ctx context.Context, err error) *finding {
	if ctx.Err() != nil {
		found := networkFinding(ctx.Err(), false)
		found.cause = ctx.Err()

		return &found
	}

	found := &finding{cause: err, Failure: Failure{Source: SourceAuthServer, Detail: DetailNotSent, Message: err.Error()}}

	refused, answered := errors.AsType[*oauth2.Refusal](err)

	switch {
	case !answered:
		found.Reason = networkReason(err)

		return found
	case refused.Code != "" && refused.Status != http.StatusTooManyRequests:
		found.Reason = refused.Code
	default:
		found.Reason = fmt.Sprintf("HTTP_%d", refused.Status)
	}

	found.date = refused.Date

	if refused.RetryAfter > 0 {
		found.again = refused.Again
	}

	return found
}
