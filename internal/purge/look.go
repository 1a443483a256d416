package purge

import (
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
	if jobs.HasSensitiveMember(body) {
		return holds
	}

	var letter struct {
		Sealed string `json:"sealed"`
		Job    struct {
			Sealed string `json:"sealed"`
		} `json:"job"`
	}

	// What is no JSON, or of other types, has no seal that anybody would open.
	_ = json.Unmarshal(body, &letter)

	for _, sealed := range []string{letter.Job.Sealed, letter.Sealed} {
		if sealed == "" {
			continue
		}

		if found, opened := keys.SealsSensitive(sealed); found {
			return holds
		} else if !opened {
			return unseen
		}
	}

	return clean
}
