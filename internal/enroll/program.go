package enroll

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/pace"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/pan"
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

func (p Program) check() []error {
	return slices.DeleteFunc([]error{
		rule(jobs.ValidProgram(p.Name), "name "+jobs.ProgramRule),
		rule(!pan.LooksLikeCard(p.Name), "name looks like a card number"),
		cardLike(p.CardLikeFields),
		rule(p.Auth == "" || p.Auth.Valid(), "auth must be oauth1 or oauth2"),
		checkScopes(p.Scopes),
		member("src_client_id", p.SrcClientID, mastercard.CheckSrcClientID),
		member("service_id", p.ServiceID, mastercard.CheckServiceID),
		rule(directoryID(p.DirectoryID), "directory_id must be 255 characters at most, without blanks, and of ASCII"),
		rule(p.Profile == "" || profile.IsBuiltIn(p.Profile) || profile.IsFile(p.Profile),
			"profile must be one of %s, or a file, with a dot or a slash in its name", strings.Join(profile.Names(), ", ")),
		checkOperations(p.Operations),
		checkHolderData(p.PushHolderData),
		member("token_requestor_id", cmp.Or(p.TokenRequestorID, mastercard.ClickToPayTokenRequestor), mastercard.CheckTokenRequestor),
		rule(mastercard.CardSource(p.CardSource).Valid(),
			"card_source must be ISSUER, CARDHOLDER, EXISTING_CREDENTIAL, MERCHANT or WALLET"),
		checkConsents(p.Compliance),
		rule(p.ConsumerIdentity == identityEmail || p.ConsumerIdentity == identityMobile || p.ConsumerIdentity == identityExternal,
			"consumer_identity must be EMAIL_ADDRESS, MOBILE_PHONE_NUMBER or EXTERNAL_ACCOUNT_ID"),
		rule(p.OnUnknown == Resend || p.OnUnknown == Hold, "on_unknown must be resend or hold"),
		rule(p.MaxAttempts >= 1 && p.MaxAttempts <= mostAttempts, "max_attempts must be 1 to %d, not %d", mostAttempts, p.MaxAttempts),
		rule(p.MaxAge >= leastAge && p.MaxAge <= mostAge, "max_age must be 1m to 720h, not %s", time.Duration(p.MaxAge)),
		rule(p.Rate == 0 || p.Rate >= 1 && p.Rate <= maxRate,
			"rate must be 1 to 100000 calls a second, or 0 for no limit; it is %v", p.Rate),
		rule(p.Burst >= 0 && (p.Burst == 0 || float64(p.Burst) <= p.Rate),
			"burst must be 0 (a tenth of the rate) or more, and no more than rate; it is %d", p.Burst),
		rule(p.MinInFlight >= 0 && p.MaxInFlight >= 0 && (p.MaxInFlight == 0 || p.MinInFlight <= p.MaxInFlight),
			"min_in_flight and max_in_flight must be 0 (the default) or more, and the first no more than the second; they are %d and %d",
			p.MinInFlight, p.MaxInFlight),
		rule(p.Lane == LaneSingle || p.Lane == LaneBatch, "lane must be single or batch"),
		rule(p.BatchRecords >= 1 && p.BatchRecords <= mostRecords,
			"batch_records must be 1 to %d, not %d", mostRecords, p.BatchRecords),
		rule(p.BatchWait >= 0 && p.BatchWait <= longestBatchWait,
			"batch_wait must be 0s to 1m, not %s", time.Duration(p.BatchWait)),
		rule(p.BatchPoll >= leastPause && p.BatchPoll <= Duration(longestPoll),
			"batch_poll must be 1ms to 15m, not %s", time.Duration(p.BatchPoll)),
		rule(p.BatchDeadline >= p.BatchPoll && p.BatchDeadline <= mostBatchDeadline,
			"batch_deadline must be batch_poll to 168h, not %s", time.Duration(p.BatchDeadline)),
		rule(p.MaxInFlight <= MostInFlight, "max_in_flight must be %d at most, not %d", MostInFlight, p.MaxInFlight),
		rule(p.RetryBase >= leastPause && p.RetryCap >= p.RetryBase && p.RetryCap <= mostPause,
			"retry_base must be 1ms or more and no more than retry_cap, which must be 24h at most; they are %s and %s",
			time.Duration(p.RetryBase), time.Duration(p.RetryCap)),
	}, func(err error) bool { return err == nil })
}

// directoryID reports whether an id can stand in a path; empty for none.
func directoryID(id string) bool {
	return len(id) <= 255 && id != "." && id != ".." && !strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' })
}

func cardLike(fields []string) error {
	if err := jobs.CheckCardLike(fields); err != nil {
		return fmt.Errorf("card_like_fields: %w", err)
	}

	return nil
}

func checkOperations(operations []jobs.Operation) error {
	if len(operations) == 0 {
		return errors.New("operations must name one at least")
	}

	possible := jobs.Operations()

	for _, one := range operations {
		if !slices.Contains(possible, one) {
			return fmt.Errorf("operations must be of %v, not %.40q", possible, pan.MaskText(string(one)))
		}
	}

	return nil
}

func checkScopes(scopes []string) error {
	if len(scopes) == 0 {
		return nil
	}

	if err := oauth2.CheckScopes(scopes); err != nil {
		return fmt.Errorf("scopes: %w", err)
	}

	return nil
}

// auth is how the program's calls are authorized.
func (p Program) auth() mastercard.Auth { return mastercard.Auth{Scheme: p.Auth, Scopes: p.Scopes} }

// member checks a member that cannot be left out. Where it is wrong, the API refuses every call of the program.
func member(name, value string, check func(string) error) error {
	if value == "" {
		return errors.New(name + " is missing")
	}

	if err := check(value); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}

	return nil
}

// checkConsents refuses consents that the API would not take with any job.
func checkConsents(c *jobs.Compliance) error {
	if c == nil {
		return nil
	}

	var faults []error

	for _, consent := range []struct {
		name string
		of   *jobs.Consent
	}{{"privacy", c.Privacy}, {"tnc", c.Tnc}, {"cookie", c.Cookie}, {"geoLocation", c.GeoLocation}} {
		if consent.of == nil {
			continue
		}

		faults = append(faults,
			rule(consent.of.AcceptedVersion != "" || consent.of.LatestVersionURI != "",
				"compliance.%s must have latestVersionUri, acceptedVersion or both", consent.name),
			rule(len(consent.of.AcceptedVersion) <= mostVersion,
				"compliance.%s.acceptedVersion is longer than 255 characters", consent.name),
			rule(len(consent.of.LatestVersion) <= mostVersion, "compliance.%s.latestVersion is longer than 255 characters", consent.name),
			rule(consent.of.LatestVersionURI == "" || secureURI(consent.of.LatestVersionURI),
				"compliance.%s.latestVersionUri must begin with https://, without blanks, and be 1024 characters at most", consent.name))
	}

	return errors.Join(faults...)
}

// secureURI is what messages may bring as well, see docs/publishing.md.
func secureURI(text string) bool {
	rest, secure := strings.CutPrefix(text, "https://")

	return secure && rest != "" && len(text) <= mostURI && !strings.ContainsAny(rest, " \t\n\f\r")
}

func rule(kept bool, format string, args ...any) error {
	if kept {
		return nil
	}

	return fmt.Errorf(format, args...)
}
