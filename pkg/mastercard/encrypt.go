package mastercard

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"

	"github.com/mastercard/client-encryption-go/jwe"
)

// plainCard is the card as the API decrypts it: the one value in which the number
// is in clear. Its outer member takes the place of the Card's masked one.
type plainCard struct {
	Card

	PrimaryAccountNumber string `json:"primaryAccountNumber"`
}

// encryptCard returns the card as a compact JWE of the documented kind: RSA-OAEP-256
// and A128GCM, a key of its own for each card, the kid as published.
//
// What is ours of the plaintext is zeroed. Copies remain until the garbage
// collector's turn: encoding/json and the library make some that cannot be reached.
func encryptCard(card Card, key *EncryptionKey) (string, error) {
	//nolint:forbidigo // the one place where the number leaves its type, to be encrypted at once
	plain, err := json.Marshal(plainCard{Card: card, PrimaryAccountNumber: card.PrimaryAccountNumber.Reveal()})
	if err != nil {
		return "", fmt.Errorf("encoding the card: %w", maskErrorOf(err, card.PrimaryAccountNumber))
	}
	defer clear(plain)

	contentKey := make([]byte, 16)
	defer clear(contentKey)

	if _, err := rand.Read(contentKey); err != nil {
		return "", fmt.Errorf("making a content key: %w", err)
	}

	config := jwe.NewJWEConfigBuilder().WithEncryptionKey(key.public).WithCek(contentKey).Build()
	header := jwe.JOSEHeader{Alg: "RSA-OAEP-256", Enc: "A128GCM", Kid: key.kid, Cty: "application/json"}

	token, err := jwe.Encrypt(*config, string(plain), header)
	if err != nil {
		return "", fmt.Errorf("encrypting the card: %w", maskErrorOf(err, card.PrimaryAccountNumber))
	}

	// The library drops some errors and then leaves parts empty.
	if parts := strings.Split(token, "."); len(parts) != 5 || slices.Contains(parts, "") {
		return "", errors.New("encrypting the card: the JWE has an empty part")
	}

	return token, nil
}
