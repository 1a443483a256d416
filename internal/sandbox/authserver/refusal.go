package authserver

import (
	"fmt"
	"net/http"
)

// refusal is why a request goes no further.
type refusal struct{ code, description string }

func refuse(code, description string) *refusal { return &refusal{code, description} }

// errorBody is an error of RFC 6749, section 5.2.
type errorBody struct {
	Error       string `json:"error"`
	Description string `json:"error_description,omitempty"`
}

func (r *refusal) answer(status int) Answer {
	return Answer{
		Status: status, Header: http.Header{}, Body: errorBody{r.code, r.description}, Result: fmt.Sprintf("%d %s", status, r.code),
	}
}

// fromServer is the refusal of the authorization server.
func (r *refusal) fromServer() Answer { return r.answer(http.StatusBadRequest) }

// fromAPI is the refusal of the API. That of a scope has a colon where others have an equals sign: so Mastercard's was seen.
func (r *refusal) fromAPI() Answer {
	status, form := http.StatusUnauthorized, `DPoP error=%q, error_description=%q, algs="ES256 PS256"`

	switch r.code {
	case "insufficient_scope":
		status, form = http.StatusForbidden, `Dpop error:%q, error_description:%q, algs:"ES256 PS256"`
	case "invalid_request":
		status = http.StatusBadRequest
	}

	answer := r.answer(status)
	answer.Header.Set("WWW-Authenticate", fmt.Sprintf(form, r.code, r.description))

	return answer
}
