package sandbox

import (
	"errors"
	"io"
	"net/http"
)

const maxBodyBytes = 1 << 20

func readBody(w http.ResponseWriter, r *http.Request) ([]byte, *reply) {
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBodyBytes))

	var tooLarge *http.MaxBytesError

	switch {
	case errors.As(err, &tooLarge):
		return nil, gatewayRefusal(bodyTooLarge)
	case err != nil:
		return nil, gatewayRefusal(bodyUnreadable)
	}

	return body, nil
}
