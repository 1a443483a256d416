package mastercard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mastercard/client-encryption-go/jwe"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// encrypt returns what a plan encrypts, one card or a list of records, as a compact JWE.
//
// What is ours of the plaintext is zeroed. Copies remain until the garbage
// collector's turn: the library makes some that cannot be reached.
func (c *Client) encrypt(way *plan, records []*values) (string, *finding) {
	key := c.config.EncryptionKey.EncryptionKey()
	if key == nil || key.public == nil {
		return "", clientFinding(ReasonKeyMissing, "there is no encryption key")
	}
	if err := checkExpiry(key.notAfter, c.config.Now()); err != nil {
		return "", clientFinding(ReasonKeyExpired, fmt.Sprintf("%s: %v", key, err))
	}
	if way.encrypted == nil {
		return "", clientFinding(ReasonInvalidSetting, "profile "+way.profile+" encrypts nothing")
	}

	plain := newWriter(usualRecord * len(records))
	defer plain.wipe()

	way.encrypted.write(plain, records)

	token, err := encryptJWE(plain.data, key)
	if err != nil {
		return "", clientFinding(ReasonNotEncrypted, maskError(err).Error())
	}

	return token, nil
}

// usualRecord is the size of a card and its consumer, so that the plaintext seldom has to move.
const usualRecord = 2048

// write appends the plaintext.
func (e *encryptedPlan) write(out *writer, records []*values) {
	if e.under != "" {
		out.byte('{')
		out.text(e.under)
		out.byte(':')
	}

	if e.holds == profile.HoldsRecords {
		out.byte('[')

		for i, record := range records {
			if i > 0 {
				out.byte(',')
			}

			e.members.write(out, record)
		}

		out.byte(']')
	} else {
		e.members.write(out, records[0])
	}

	if e.under != "" {
		out.byte('}')
	}
}

// encryptJWE encrypts as documented: RSA-OAEP-256 and A128GCM, a key of its own for each token, the kid as published.
func encryptJWE(plain []byte, key *EncryptionKey) (string, error) {
	contentKey := make([]byte, 16)
	defer clear(contentKey)

	if _, err := rand.Read(contentKey); err != nil {
		return "", fmt.Errorf("making a content key: %w", err)
	}

	config := jwe.NewJWEConfigBuilder().WithEncryptionKey(key.public).WithCek(contentKey).Build()
	header := jwe.JOSEHeader{Alg: "RSA-OAEP-256", Enc: "A128GCM", Kid: key.kid, Cty: "application/json"}

	token, err := jwe.Encrypt(*config, string(plain), header)
	if err != nil {
		return "", fmt.Errorf("encrypting: %w", err)
	}

	// The library drops some errors and then leaves parts empty.
	if parts := strings.Split(token, "."); len(parts) != 5 || slices.Contains(parts, "") {
		return "", errors.New("encrypting: the JWE has an empty part")
	}

	return token, nil
}
