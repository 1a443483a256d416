package mastercard

import (
	"fmt"
	"time"
)

// composePush writes the request. Its plaintext is zeroed; see Client.encrypt about what cannot be.
func (t *TokenConnect) composePush(r PushRequest) ([]byte, *finding) {
	key := t.config.EncryptionKey.EncryptionKey()
	if key == nil || key.public == nil {
		return nil, clientFinding(ReasonKeyMissing, "there is no encryption key of Token Connect")
	}
	if err := checkExpiry(key.notAfter, t.client.config.Now()); err != nil {
		return nil, clientFinding(ReasonKeyExpired, fmt.Sprintf("Token Connect's %s: %v", key, err))
	}

	fingerprint := t.config.Fingerprint
	if fingerprint == "" {
		fingerprint = key.sha256
	}

	plain := newWriter(usualRecord * len(r.Accounts))
	defer plain.wipe()

	writeAccounts(plain, r.Accounts)
	if plain.err != nil {
		return nil, invalidRequest("", "INVALID_FORMAT", "encoding the accounts: "+maskError(plain.err).Error())
	}

	payload, err := fieldLevel{t.config.Cipher, t.config.OAEP}.encrypt(plain.data, key.public, fingerprint)
	if err != nil {
		return nil, clientFinding(ReasonNotEncrypted, maskError(err).Error())
	}

	return jsonBody(r.wire(payload))
}

// pushWire is the request as it is sent.
type pushWire struct {
	RequestID           string             `json:"requestId"`
	TokenRequestorID    string             `json:"tokenRequestorId"`
	PushFundingAccounts pushWireAccounts   `json:"pushFundingAccounts"`
	SignatureData       *PushSignatureData `json:"signatureData,omitempty"`
	DigitizationData    bool               `json:"requestIssuerInitiatedDigitizationData,omitempty"`
	ValidityPeriod      int                `json:"pushAccountReceiptsValidityPeriod,omitempty"`
	AuthenticationCode  string             `json:"authenticationCode,omitempty"`
}

type pushWireAccounts struct {
	EncryptedPayload fieldPayload `json:"encryptedPayload"`
}

func (r *PushRequest) wire(payload fieldPayload) pushWire {
	return pushWire{
		RequestID:           r.RequestID,
		TokenRequestorID:    r.TokenRequestorID,
		PushFundingAccounts: pushWireAccounts{payload},
		SignatureData:       r.Signature,
		DigitizationData:    r.DigitizationData,
		ValidityPeriod:      int(r.ReceiptValidity / time.Minute),
		AuthenticationCode:  r.AuthenticationCode,
	}
}

// writeAccounts appends the list that is encrypted. It goes through no encoder that would leave copies of the numbers.
func writeAccounts(out *writer, accounts []PushAccount) {
	out.byte('[')

	for i, account := range accounts {
		if i > 0 {
			out.byte(',')
		}

		account.write(out)
	}

	out.byte(']')
}

func (a *PushAccount) write(out *writer) {
	out.raw(`{"pushAccountId":`)
	out.text(a.PushAccountID)
	out.raw(`,"fundingAccountData":{`)

	if !a.ValidUntil.IsZero() {
		out.raw(`"dataValidUntilTimestamp":`)
		out.text(a.ValidUntil.UTC().Format(time.RFC3339))
		out.byte(',')
	}

	out.raw(`"cardAccountData":{"accountNumber":`)
	out.text(a.Card.PrimaryAccountNumber.Reveal()) //nolint:forbidigo // written to be encrypted at once

	if a.Card.PanExpirationMonth != "" {
		out.raw(`,"expiryMonth":`)
		out.text(a.Card.PanExpirationMonth)
		out.raw(`,"expiryYear":`)
		out.text(a.Card.PanExpirationYear[len(a.Card.PanExpirationYear)-2:]) // two digits, where the card API has four
	}

	out.byte('}')

	if a.Holder != nil {
		out.raw(`,"accountHolderData":`)
		out.json(a.Holder.wire())
	}

	out.raw(`}}`)
}

// holderWire is the holder as it is sent.
type holderWire struct {
	Name         string                `json:"accountHolderName,omitempty"`
	EmailAddress string                `json:"accountHolderEmailAddress,omitempty"`
	MobileNumber *holderMobile         `json:"accountHolderMobilePhoneNumber,omitempty"`
	Address      *AccountHolderAddress `json:"accountHolderAddress,omitempty"`
}

type holderMobile struct {
	CountryDialInCode string `json:"countryDialInCode"`
	PhoneNumber       string `json:"phoneNumber"`
}

func (h *AccountHolder) wire() holderWire {
	made := holderWire{Name: h.Name, EmailAddress: h.EmailAddress, Address: h.Address}
	if h.MobileNumber != nil {
		made.MobileNumber = &holderMobile{h.MobileNumber.CountryCode, h.MobileNumber.PhoneNumber}
	}

	return made
}
