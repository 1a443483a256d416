package sandbox_test

import (
	"net/http"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

func TestEveryCallHasToNameItsClient(t *testing.T) {
	t.Parallel()

	clientID, _, _ := strings.Cut(consumerKey, "!")
	stranger, _, _ := strings.Cut(otherKey, "!")
	ids := func(values ...string) func(*http.Request) {
		return func(r *http.Request) { r.Header["X-Openapi-Clientid"] = values }
	}

	for name, c := range map[string]struct {
		sent             func(*http.Request)
		refused, relaxed bool // by a strict sandbox, and by one that takes calls without it
	}{
		"its own":               {sent: ids(clientID)},
		"none":                  {sent: ids(), refused: true},
		"an empty one":          {sent: ids(""), refused: true, relaxed: true},
		"that of another":       {sent: ids(stranger), refused: true, relaxed: true},
		"the key id as well":    {sent: ids(consumerKey), refused: true, relaxed: true},
		"in other case":         {sent: ids(strings.ToLower(clientID)), refused: true, relaxed: true},
		"twice":                 {sent: ids(clientID, clientID), refused: true, relaxed: true},
		"its own and another's": {sent: ids(clientID, stranger), refused: true, relaxed: true},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			for optional, refused := range map[bool]bool{false: c.refused, true: c.relaxed} {
				f := setup(t, func(o *sandbox.Options) { o.ClientIDOptional = optional })
				read := request{method: http.MethodGet, target: cardsPath + "/none?srcClientId=" + srcClientID + "&serviceId=" + escape(serviceID)}
				enroll := request{body: f.enrollment(t, cardOf(sandbox.PAN(0, 1)))}

				for _, r := range []request{read, enroll} {
					r.sent = c.sent
					got := f.do(t, r)

					if refused {
						require.Equal(t, 500, got.status)
						require.JSONEq(t, `{"code":"-32603","message":"Internal Error","errors":[{"source":"Validation",
							"reasonCode":"clientid.invalid","description":"ClientID not provisioned.","recoverable":false}]}`, string(got.body))
					} else {
						require.NotContains(t, string(got.body), "clientid.invalid")
						require.NotEqual(t, 500, got.status)
					}
				}

				if refused {
					require.Zero(t, f.sandbox.Ledger().Totals().Effects)
				}
			}
		})
	}
}
