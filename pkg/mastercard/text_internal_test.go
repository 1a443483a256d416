package mastercard

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/pan"
)

// The gateway's text on a refused signature ends with the request as it has signed it, which is another each time.
func TestTheSignatureBaseStringIsNotKept(t *testing.T) {
	t.Parallel()

	const refused = "OAuth Signature parameter failed verification."

	for name, c := range map[string]struct{ text, want string }{
		"behind a sentence": {
			refused + " Acceptable signature base string: POST&https%3A%2F%2Fapi%26oauth_consumer_key%3Dclient%21key%26oauth_nonce%3D1", refused,
		},
		"in other case":        {refused + " ACCEPTABLE Signature Base String is POST&oauth_consumer_key", refused},
		"over lines":           {refused + "\nAcceptable\nsignature  base string: POST", refused},
		"behind other letters": {"İ Ⱥ " + refused + " acceptable signature base string", "İ Ⱥ " + refused},
		"at the beginning":     {"Acceptable signature base string: POST", ""},
		"beyond what is kept":  {strings.Repeat("x", 600) + " Acceptable signature base string: POST", strings.Repeat("x", 499) + "…"},
		"none":                 {"an acceptable signature", "an acceptable signature"},
		"cut short":            {"Acceptable signature base", "Acceptable signature base"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			require.Equal(t, c.want, clean(c.text, maxMessage, pan.Number{}))
		})
	}
}
