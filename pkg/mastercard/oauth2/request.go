package oauth2

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

// maxAnswer is how much of an answer of the token endpoint is read, in bytes.
const maxAnswer = 64 << 10

const assertionType = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"

// fetch asks the token endpoint once, and once more where it asks for its nonce. The error is a *Refusal, ctx's, or says why
// there was no answer.
func (s *Source) fetch(ctx context.Context, client Client, scope string) (*Token, error) {
	ctx, cancel := context.WithTimeout(ctx, s.config.Timeout)
	defer cancel()

	token, err := s.ask(ctx, client, scope)

	if refused, ok := errors.AsType[*Refusal](err); ok && refused.Code == CodeUseNonce && s.server.current() != "" {
		token, err = s.ask(ctx, client, scope)
	}

	return token, err
}

// ask sends one request for a token. An assertion and a proof are good for one request each.
func (s *Source) ask(ctx context.Context, client Client, scope string) (*Token, error) {
	request, err := s.tokenRequest(ctx, client, scope)
	if err != nil {
		return nil, err
	}

	asked := s.config.Now()

	answer, err := s.config.Transport.RoundTrip(request)
	if err == nil && answer == nil {
		err = errors.New("the transport gave neither an answer nor an error")
	}
	if err != nil {
		return nil, fmt.Errorf("asking the token endpoint: %w", err)
	}
	defer answer.Body.Close()

	s.server.take(answer.Header)

	if answer.StatusCode < http.StatusOK {
		return nil, &Refusal{Status: answer.StatusCode, Description: "and speaks another protocol"}
	}

	body, err := io.ReadAll(io.LimitReader(answer.Body, maxAnswer+1))
	if err != nil {
		return nil, fmt.Errorf("reading the token endpoint's answer: %w", err)
	}

	return s.read(answer, body, asked)
}

// read makes a token or a refusal of an answer.
func (s *Source) read(answer *http.Response, body []byte, asked time.Time) (*Token, error) {
	refused := &Refusal{
		Status: answer.StatusCode, Date: answer.Header.Get("Date"), RetryAfter: s.retryAfter(answer.Header, asked),
	}

	switch {
	case len(body) > maxAnswer:
		refused.Description = fmt.Sprintf("with more than %d bytes", maxAnswer)
		return nil, refused
	case answer.StatusCode != http.StatusOK:
		refused.Code, refused.Description = parseRefusal(body)
		return nil, refused
	}

	token, err := parseToken(body, asked)
	if err != nil {
		refused.Description = "and no token: " + err.Error()
		return nil, refused
	}

	return token, nil
}

// parseRefusal reads an error of RFC 6749, section 5.2. What is something else has no code and no text: it may be anybody's.
func parseRefusal(body []byte) (code, description string) {
	var answer struct {
		Error       string `json:"error"`
		Description string `json:"error_description"`
	}

	if json.Unmarshal(body, &answer) != nil || !IsCode(answer.Error) {
		return "", "in no shape that authorization servers have"
	}

	return answer.Error, clean(answer.Description)
}

func (s *Source) tokenRequest(ctx context.Context, client Client, scope string) (*http.Request, error) {
	assertion, err := s.assert(client, s.config.Now())
	if err != nil {
		return nil, fmt.Errorf("making the client assertion: %w", err)
	}

	proof, err := s.prove(http.MethodPost, s.target, s.server.current(), "")
	if err != nil {
		return nil, fmt.Errorf("making the proof: %w", err)
	}

	form := url.Values{
		"client_id":             {client.ID},
		"grant_type":            {"client_credentials"},
		"scope":                 {scope},
		"client_assertion_type": {assertionType},
		"client_assertion":      {assertion},
	}

	request, err := http.NewRequestWithContext(ctx, http.MethodPost, s.target.String(), bytes.NewReader([]byte(form.Encode())))
	if err != nil {
		return nil, fmt.Errorf("making the request: %w", err)
	}

	request.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	request.Header.Set("Accept", "application/json")
	request.Header.Set("Accept-Encoding", "identity")
	request.Header.Set("User-Agent", s.config.UserAgent)
	request.Header.Set("DPoP", proof)
	request.GetBody = nil // an assertion and a proof are good once: what was sent is not sent again

	return request, nil
}

// retryAfter reads a Retry-After header, as seconds or as a date of the server's clock.
func (s *Source) retryAfter(header http.Header, now time.Time) time.Duration {
	value := strings.TrimSpace(header.Get("Retry-After"))

	if seconds, err := strconv.ParseUint(value, 10, 31); err == nil {
		return min(time.Duration(seconds)*time.Second, s.config.MaxRetryAfter)
	}

	at, err := http.ParseTime(value)
	if err != nil {
		return 0
	}

	if said, err := http.ParseTime(header.Get("Date")); err == nil {
		now = said
	}

	return min(max(at.Sub(now), 0), s.config.MaxRetryAfter)
}
