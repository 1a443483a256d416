package mastercard

import (
	"net/http"
	"slices"
	"strings"
	"sync"
	"time"
)

// How long a credential that was refused is left alone before the next call tries it: a new key is not known everywhere at once.
const (
	firstTrialPause   = 30 * time.Second
	longestTrialPause = 15 * time.Minute
	// Likewise after a trial that has said nothing of the credential: the API is away or sick, and the calls of that time are better
	// made with the one that is known to be good.
	firstUnclearPause   = time.Second
	longestUnclearPause = time.Minute
)

// A CredentialTrial is what one call with a new credential came to.
type CredentialTrial struct {
	Credential *Credential
	// Accepted: the API has let the call in, and the credential is in use from now on. Else the one before stays in use.
	Accepted bool
	// Failure is why it was refused, and Again after how long the next call may try it.
	Failure Failure
	Again   time.Duration
}

// A handover lets a new credential take over when the API has accepted it. Until then one call at a time tries it, and the others
// are made with the one in use: two are valid at once while a project's key is renewed.
type handover struct {
	source Credentials
	now    func() time.Time
	report func(CredentialTrial)

	lock    sync.Mutex
	inUse   *Credential
	trying  bool
	waiting *Credential // the last that was tried, and not let in
	pause   time.Duration
	again   time.Time // when the next call may try it
}

// A choice says which credential a call is made with, and whether it tries it.
type choice struct {
	credential *Credential
	trial      bool
}

// choose returns what the next call is made with. settle has to be told what came of it.
func (h *handover) choose() choice {
	newest := h.source.Credential()

	h.lock.Lock()
	defer h.lock.Unlock()

	now := h.now()

	switch {
	case newest.same(h.inUse):
		return choice{credential: h.inUse}
	case unusable(h.inUse, now) != nil:
		h.inUse = newest // there is nothing that a failed trial could fall back on
		return choice{credential: newest}
	case h.trying, unusable(newest, now) != nil, newest.same(h.waiting) && now.Before(h.again):
		return choice{credential: h.inUse}
	}

	h.trying = true

	return choice{newest, true}
}

// settle notes what an answer says about the credential that the call was made with.
func (h *handover) settle(made choice, answer Answer) {
	if !made.trial {
		return
	}

	trial := CredentialTrial{Credential: made.credential}

	h.lock.Lock()

	switch h.trying = false; {
	case blamesCredential(answer):
		trial.Failure, trial.Again = answer.Failure, h.postpone(made.credential, firstTrialPause, longestTrialPause)
	case acceptsCredential(answer):
		h.inUse, h.waiting, h.pause = made.credential, nil, 0
		trial.Accepted = true
	default: // nothing is known
		h.postpone(made.credential, firstUnclearPause, longestUnclearPause)
		h.lock.Unlock()
		return
	}

	h.lock.Unlock()

	if h.report != nil {
		h.report(trial)
	}
}

// other returns another credential to make a call with once more, where it was not let in, and so not processed, for the one
// that it was made with.
func (h *handover) other(made choice, answer Answer) (next choice, found bool) {
	if !blamesCredential(answer) {
		return choice{}, false
	}

	newest := h.source.Credential()

	h.lock.Lock()
	defer h.lock.Unlock()

	switch {
	case !made.credential.same(h.inUse):
		return choice{credential: h.inUse}, true
	case newest.same(h.inUse), h.trying, unusable(newest, h.now()) != nil:
		return choice{}, false
	}

	h.trying = true // the one in use is not good any more: no reason to wait

	return choice{newest, true}, true
}

// postpone says when a credential that was tried in vain may be tried again: each time later.
func (h *handover) postpone(tried *Credential, first, longest time.Duration) time.Duration {
	if !tried.same(h.waiting) {
		h.pause = 0
	}

	h.waiting = tried
	h.pause = min(max(2*h.pause, first), longest)
	h.again = h.now().Add(h.pause)

	return h.pause
}

// same reports whether two credentials are one: the same consumer key with the same key, loaded once.
func (c *Credential) same(other *Credential) bool {
	if c == nil || other == nil {
		return c == other
	}

	return c == other || c.consumerKey == other.consumerKey && c.key == other.key
}

// blamesCredential reports whether a call was not let in for who it said it was, so that another credential may do.
func blamesCredential(answer Answer) bool {
	failure := answer.Failure

	switch {
	case answer.Verdict != Halted:
		return false
	case failure.Source == SourceClient:
		return failure.Reason == ReasonNotSigned
	case failure.Source == SourceAuthServer:
		return !strings.HasPrefix(failure.Reason, "HTTP_")
	case failure.Source == SourceService:
		// The gateway lets each project's keys in; whether this project may do what is asked for, the service says.
		return answer.HTTPStatus == http.StatusUnauthorized || answer.HTTPStatus == http.StatusForbidden ||
			failure.Field == "X_OPEN_API_CLIENT_ID" || slices.ContainsFunc(
			[]string{"INVALID_CLIENT_ID", "clientid.invalid", "openapi.invalid.xclient.id", "UNAUTHENTICATED", "PERMISSION_DENIED"},
			func(reason string) bool { return strings.EqualFold(reason, failure.Reason) })
	case answer.HTTPStatus == http.StatusNotFound, answer.HTTPStatus == http.StatusMethodNotAllowed,
		answer.HTTPStatus == http.StatusProxyAuthRequired:
		return false
	default:
		return answer.HTTPStatus/100 == 4
	}
}

// acceptsCredential reports whether it was the service that answered, as the gateway in front of it has let the call in, and
// without a word of what keeps all calls from succeeding: that may be the credential's project.
func acceptsCredential(answer Answer) bool {
	return answer.HTTPStatus != 0 && answer.Verdict != Halted &&
		(answer.Verdict.success() || answer.Failure.Source == SourceService)
}
