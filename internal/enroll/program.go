package enroll

import (
	"fmt"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// OnUnknown is what to do with a job whose call may or may not have been processed.
type OnUnknown string

// The choices. Enrolling again is harmless at the API as far as its description
// goes, so Resend is the default; Hold leaves the decision to an operator.
const (
	Resend OnUnknown = "resend"
	Hold   OnUnknown = "hold"
)

// LaneKind is how a program's cards are enrolled.
type LaneKind string

// The lanes.
const (
	LaneSingle LaneKind = "single" // POST /cards
	LaneBatch  LaneKind = "batch"  // POST /cards/batch, then GET /cards/batch/{batchId} until each card has its result
)

// Program is one issuer program at Mastercard and how its jobs are treated.
type Program struct {
	Name string `json:"name"`
	// SrcClientID and ServiceID are given at onboarding.
	SrcClientID string `json:"src_client_id"`
	ServiceID   string `json:"service_id"`
	// DirectoryID is the issuer's directory at Mastercard, for profiles that send it.
	DirectoryID string `json:"directory_id"`
	// Profile is the built-in profile, or the file of one, that describes the program's calls; LoadProfiles makes it the name
	// of the profile. Empty: the profiles by default.
	Profile string `json:"profile"`
	// Operations are what its jobs may ask for, default enroll and unenroll. Others end as invalid.
	Operations []jobs.Operation `json:"operations"`
	// TokenRequestorID is who gets the cards of jobs that push and name nobody, default Click to Pay.
	TokenRequestorID string `json:"token_requestor_id"`
	// PushHolderData is what a push may tell the token requestor of the holder, of NAME, ADDRESS, EMAIL_ADDRESS and
	// MOBILE_PHONE_NUMBER, where the payload has it. None by default.
	PushHolderData []string `json:"push_holder_data"`
	// CardSource is the API's cardSource, default ISSUER.
	CardSource string `json:"card_source"`
	// ConsumerIdentity is the identityType sent for the consumer: EMAIL_ADDRESS
	// (default), MOBILE_PHONE_NUMBER or EXTERNAL_ACCOUNT_ID. Which of them the
	// issuer variant of the API wants is inferred, hence the choice.
	ConsumerIdentity string `json:"consumer_identity"`
	// ConsumerEmail says whether the e-mail address stands as a member of its own beside the consumer's identity. Not by
	// default where it is the identity, as issuers send it; else by default.
	ConsumerEmail *bool `json:"consumer_email"`
	// Compliance is sent for jobs that bring no consents of their own.
	Compliance *jobs.Compliance `json:"compliance"`
	// MaxAttempts bounds the calls that count: not those that were throttled or refused for our credentials. Default 8.
	MaxAttempts int `json:"max_attempts"`
	// MaxAge bounds the time from the first sight of a job to its last attempt, default 24 h.
	MaxAge Duration `json:"max_age"`
	// Backoff is the pause between attempts: base 2 s, cap 10 min by default.
	Backoff   pace.Backoff `json:"-"`
	RetryBase Duration     `json:"retry_base"`
	RetryCap  Duration     `json:"retry_cap"`
	OnUnknown OnUnknown    `json:"on_unknown"`
	// Rate is how many calls a second all workers together may make, as agreed with Mastercard: no second holds
	// more, wherever it starts. Zero for no limit.
	Rate float64 `json:"rate"`
	// Unrated: the programs file gives no rate; one of zero is no limit. See WithDefaultRates.
	Unrated bool `json:"-"`
	// RateShare names those that share the rate with this program; empty for none.
	RateShare string `json:"-"`
	// Burst is how many of these calls may be made at once: by default a tenth of them, and one at least.
	Burst int `json:"burst"`
	// MinInFlight and MaxInFlight bound the jobs that one worker has in flight: by default 4, and what the worker's setting says.
	MinInFlight int `json:"min_in_flight"`
	MaxInFlight int `json:"max_in_flight"`
	// Lane says how the program enrolls cards: each in a call of its own (single, the default), or many in one call (batch).
	Lane LaneKind `json:"lane"`
	// BatchRecords bounds the cards of one call, default 250, and BatchWait how long the first of them waits for the
	// others, default 2 s. BatchPoll is when its results are first asked for, default 60 s; then it takes longer each
	// time, up to 15 min. Cards that have no result after BatchDeadline, default 24 h, end as OnUnknown says.
	BatchRecords  int      `json:"batch_records"`
	BatchWait     Duration `json:"batch_wait"`
	BatchPoll     Duration `json:"batch_poll"`
	BatchDeadline Duration `json:"batch_deadline"`
	// Auth is how its calls are authorized, oauth1 or oauth2; by default as the worker's setting says. Scopes are those of its
	// access tokens; by default those of the setting.
	Auth   mastercard.Scheme `json:"auth"`
	Scopes []string          `json:"scopes"`
	// CardLikeFields are the fields of its jobs that may look like a card number, as own keys do by chance.
	CardLikeFields []string `json:"card_like_fields"`
}

// Duration is written as Go writes durations: 90s, 10m, 24h.
type Duration time.Duration

const (
	identityEmail    = "EMAIL_ADDRESS"
	identityMobile   = "MOBILE_PHONE_NUMBER"
	identityExternal = "EXTERNAL_ACCOUNT_ID"

	// What the API takes of a consent's members.
	mostVersion, mostURI = 255, 1024

	// maxRate is more than any API of this kind takes: a larger one is a slip.
	maxRate = 100_000

	// MostInFlight is how many calls of a program a worker may have at once: more would only wait at the API.
	MostInFlight = 1000

	mostAttempts = 1000
	leastAge     = Duration(time.Minute)
	mostAge      = Duration(30 * 24 * time.Hour)
	leastPause   = Duration(time.Millisecond)
	mostPause    = Duration(24 * time.Hour)

	defaultCardSource  = "ISSUER"
	defaultMaxAttempts = 8
	defaultMaxAge      = Duration(24 * time.Hour)
	defaultRetryBase   = Duration(2 * time.Second)
	defaultRetryCap    = Duration(10 * time.Minute)

	// mostRecords is what an API that is known takes in one call; the profile may allow less.
	mostRecords          = 250
	longestBatchWait     = Duration(time.Minute)
	defaultBatchWait     = Duration(2 * time.Second)
	defaultBatchPoll     = Duration(time.Minute)
	defaultBatchDeadline = Duration(24 * time.Hour)
	mostBatchDeadline    = Duration(7 * 24 * time.Hour)
)

// LoadPrograms reads the programs file. Its error names every program and member that is wrong.
func LoadPrograms(path string) (map[string]Program, error) {
	text, err := keyfile.ReadText(path)
	if err != nil {
		return nil, fmt.Errorf("programs file %s: %w", path, err)
	}

	programs, err := ParsePrograms(text)
	if err != nil {
		return nil, fmt.Errorf("programs file %s: %w", path, err)
	}

	return programs, nil
}

// programDefaults is a program of which nothing is given.
func programDefaults() Program {
	return Program{
		CardSource: defaultCardSource, ConsumerIdentity: identityEmail, OnUnknown: Resend, MaxAttempts: defaultMaxAttempts,
		MaxAge: defaultMaxAge, RetryBase: defaultRetryBase, RetryCap: defaultRetryCap,
		Lane: LaneSingle, BatchRecords: mostRecords, BatchWait: defaultBatchWait, BatchPoll: defaultBatchPoll,
		BatchDeadline: defaultBatchDeadline, Operations: defaultOperations(),
	}
}

func defaultOperations() []jobs.Operation { return []jobs.Operation{jobs.Enroll, jobs.Unenroll} }

// operations are what jobs of the program may ask for.
func (p Program) operations() []jobs.Operation {
	if len(p.Operations) == 0 { // of a program that was not read from a file
		return defaultOperations()
	}

	return p.Operations
}

// sendsEmail reports whether the consumer's e-mail address is sent beside its identity.
func (p Program) sendsEmail() bool {
	if p.ConsumerEmail != nil {
		return *p.ConsumerEmail
	}

	return p.ConsumerIdentity != identityEmail
}

func (p Program) withBackoff() Program {
	p.Backoff = pace.Backoff{Base: time.Duration(p.RetryBase), Cap: time.Duration(p.RetryCap)}

	return p
}

// auth is how the program's calls are authorized.
func (p Program) auth() mastercard.Auth { return mastercard.Auth{Scheme: p.Auth, Scopes: p.Scopes} }
