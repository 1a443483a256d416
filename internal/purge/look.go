package purge

import (
	"cmp"
	"encoding/json"

	"enroll.example/clicktopay/pkg/jobs"
)

type finding int

const (
	clean  finding = iota // nothing that must not be kept
	holds                 // a security code, PIN or stripe
	unseen                // sealed for a key that is not here, or broken
)

// look looks at a letter, whatever wrote it. One that was written of a message that ended workers is the message itself.
func look(body []byte, keys *jobs.KeyRing) finding {
	if jobs.HoldsSensitive(body) {
		return holds
	}

	sealed := jobs.SealsIn(body)
	if len(sealed) == 0 && sealedOf(body) != "" {
		return unseen
	}

	found := clean

	for _, text := range sealed {
		holdsCode, opened := keys.SealsSensitive(text)
		if holdsCode {
			return holds
		}

		if !opened {
			found = unseen
		}
	}

	return found
}

// sealedOf is what a letter says is a seal. What is no JSON, or of other types, has none that anybody would open.
func sealedOf(body []byte) string {
	var letter struct {
		Sealed string `json:"sealed"`
		Job    struct {
			Sealed string `json:"sealed"`
		} `json:"job"`
	}

	_ = json.Unmarshal(body, &letter)

	return cmp.Or(letter.Job.Sealed, letter.Sealed)
}
