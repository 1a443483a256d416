package mastercard

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"time"
)

// Base URLs of MDES Token Connect. Its specification has another one for the test facility than its documentation; a working
// issuer uses the documentation's.
//
//nolint:gosec // addresses, and no credentials
const (
	TokenConnectSandbox      = "https://sandbox.api.mastercard.com/mdes"
	TokenConnectTestFacility = "https://api.mastercard.com/mdes/mtf"
	TokenConnectProduction   = "https://api.mastercard.com/mdes"
)

// ClickToPayTokenRequestor is the id of Click to Pay among the token requestors, in all environments that were seen.
const ClickToPayTokenRequestor = "50123197928"

// Defaults of TokenConnectConfig.
const (
	DefaultEligibleFor    = time.Hour
	DefaultMaxEligible    = 256
	DefaultMaxAssetBytes  = 8 << 20
	DefaultMaxAssetsBytes = 64 << 20
)

// A TokenConnectConfig says where and how to call Token Connect. BaseURL and EncryptionKey have to be set; the zero value of the
// others means their default.
type TokenConnectConfig struct {
	// BaseURL is one of TokenConnectSandbox, TokenConnectTestFacility and TokenConnectProduction, or a URL of the same shape.
	BaseURL string
	// EncryptionKey is asked for the key that accounts are encrypted for, of 2048 bits. It is Token Connect's own, not the one of
	// the card API.
	EncryptionKey EncryptionKeys
	// Fingerprint names the key to Mastercard, as Mastercard Developers shows it. Default: the SHA-256 of the key, in hex.
	Fingerprint string
	// Cipher and OAEP say how. Default AES128CBC and OAEPSHA512, as a working issuer has it.
	Cipher FieldCipher
	OAEP   OAEPHash
	// Auth is how calls are authorized whose request does not say. Default: as those of the client.
	Auth Auth

	// EligibleFor is how long token requestors are kept after they were asked for. Default 1 h; negative: not at all.
	EligibleFor time.Duration
	// MaxEligible is of how many questions they are kept. Default 256.
	MaxEligible int
	// MaxAssetBytes is how much of an answer with an asset is read. Default 8 MiB.
	MaxAssetBytes int64
	// MaxAssetsBytes is how much of assets is kept altogether. Default 64 MiB.
	MaxAssetsBytes int64
}

// A TokenConnect calls MDES Token Connect, which pushes accounts to token requestors such as wallets, merchants and Click to
// Pay. It can be used by any number of goroutines at once.
//
// Its calls are authorized, sent and judged as those of the Client that it is made of are: with the same credentials, the same
// transport and time limit, and the same verdict table. What it calls is specified by Mastercard (MDES Token Connect 2.11).
type TokenConnect struct {
	client *Client // of Token Connect's base URL
	assets *Client // the same, for answers that may be larger
	config TokenConnectConfig
	ways   map[Operation]*plan
	kept   *tokenConnectCache
}

// TokenConnect checks the settings; its error names every one that is wrong. Nothing is sent.
func (c *Client) TokenConnect(config TokenConnectConfig) (*TokenConnect, error) {
	config, base, err := config.check(c.config.AllowPlainHTTP)
	if err != nil {
		return nil, fmt.Errorf("configuring Token Connect: %w", err)
	}

	calls := c.config
	calls.BaseURL, calls.Auth = config.BaseURL, config.Auth.or(c.config.Auth)

	assets := calls
	assets.MaxAnswerBytes = config.MaxAssetBytes

	return &TokenConnect{
		client: &Client{config: calls, base: base, credentials: c.credentials},
		assets: &Client{config: assets, base: base, credentials: c.credentials},
		config: config,
		ways: map[Operation]*plan{
			OperationEligibleTokenRequestors: tokenConnectWay(http.MethodPost, "connect", "1", "0", "getEligibleTokenRequestors"),
			OperationPush:                    tokenConnectWay(http.MethodPost, "connect", "1", "0", "pushMultipleAccounts"),
		},
		kept: newTokenConnectCache(config, calls.Now),
	}, nil
}

// tokenConnectWay is a plan of fixed segments. The requests are written by the operations themselves.
func tokenConnectWay(method string, segments ...string) *plan {
	way := &plan{profile: "token-connect", method: method}
	for _, segment := range segments {
		way.path = append(way.path, slot{name: segment})
	}

	return way
}

func (c TokenConnectConfig) check(allowPlainHTTP bool) (TokenConnectConfig, *url.URL, error) {
	base, err := Config{BaseURL: c.BaseURL, AllowPlainHTTP: allowPlainHTTP}.checkBaseURL()

	var wrong []error
	if err != nil {
		wrong = append(wrong, fmt.Errorf("BaseURL %w", err))
	}
	if c.EncryptionKey == nil {
		wrong = append(wrong, errors.New("EncryptionKey is missing"))
	}
	if c.Fingerprint != "" {
		if err := CheckFingerprint(c.Fingerprint); err != nil {
			wrong = append(wrong, fmt.Errorf("Fingerprint %w", err))
		}
	}
	if c.Cipher != "" && !c.Cipher.Valid() {
		wrong = append(wrong, fmt.Errorf("setting Cipher %.40q is none of %v", c.Cipher, FieldCiphers()))
	}
	if c.OAEP != "" && !c.OAEP.Valid() {
		wrong = append(wrong, fmt.Errorf("OAEP %.40q is neither %q nor %q", c.OAEP, OAEPSHA256, OAEPSHA512))
	}
	if c.Auth.Scheme != "" && !c.Auth.Scheme.Valid() {
		wrong = append(wrong, fmt.Errorf("Auth.Scheme %.40q is neither %q nor %q", c.Auth.Scheme, OAuth1, OAuth2))
	}
	if c.MaxEligible < 0 || c.MaxAssetBytes < 0 || c.MaxAssetsBytes < 0 {
		wrong = append(wrong, errors.New("MaxEligible, MaxAssetBytes or MaxAssetsBytes is negative"))
	}
	if len(wrong) > 0 {
		return c, nil, errors.Join(wrong...)
	}

	c.Cipher = cmp.Or(c.Cipher, AES128CBC)
	c.OAEP = cmp.Or(c.OAEP, OAEPSHA512)
	c.EligibleFor = cmp.Or(c.EligibleFor, DefaultEligibleFor)
	c.MaxEligible = cmp.Or(c.MaxEligible, DefaultMaxEligible)
	c.MaxAssetBytes = cmp.Or(c.MaxAssetBytes, DefaultMaxAssetBytes)
	c.MaxAssetsBytes = cmp.Or(c.MaxAssetsBytes, DefaultMaxAssetsBytes)

	return c, base, nil
}

// CheckFingerprint reports what cannot be the fingerprint of a key at Token Connect.
func CheckFingerprint(fingerprint string) error {
	if !fingerprintForm.MatchString(fingerprint) {
		return fmt.Errorf("%.80q is not 32 to 64 hexadecimal digits", fingerprint)
	}

	return nil
}

// CheckTokenRequestor reports what cannot be the id of a token requestor.
func CheckTokenRequestor(id string) error {
	if len(id) != 11 || !allDigits(id) {
		return fmt.Errorf("%.40q is not 11 digits", id)
	}

	return nil
}

// call is one operation about to be sent.
func (t *TokenConnect) call(operation Operation, turn Turn, auth Auth) *call {
	return &call{operation: operation, way: t.ways[operation], turn: turn, auth: auth}
}

// jsonBody writes a request that holds nothing that has to be wiped.
func jsonBody(request any) ([]byte, *finding) {
	body, err := json.Marshal(request)
	if err != nil {
		return nil, invalidRequest("", "INVALID_FORMAT", fmt.Sprintf("encoding the request: %v", err))
	}

	return body, nil
}

// checkLength refuses a text of the request that is shorter or longer than the specification allows.
func checkLength(field, text string, least, most int) *finding {
	switch n := len([]rune(text)); {
	case n == 0 && least > 0:
		return invalidRequest(field, "CANNOT_BE_NULL", "is missing")
	case n < least || n > most:
		return invalidRequest(field, "INVALID_FORMAT", fmt.Sprintf("has %d characters: %d to %d are allowed", n, least, most))
	default:
		return nil
	}
}

// checkOptional is checkLength for a text that may be left out.
func checkOptional(field, text string, least, most int) *finding {
	if text == "" {
		return nil
	}

	return checkLength(field, text, least, most)
}

// firstProblem returns the first of some, nil where there is none.
func firstProblem(problems ...*finding) *finding {
	for _, problem := range problems {
		if problem != nil {
			return problem
		}
	}

	return nil
}
