package enroll

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/mastercard/oauth2"
	"enroll.example/clicktopay/pkg/mastercard/profile"
	"enroll.example/clicktopay/pkg/pan"
)

// check returns all that is wrong with the program.
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
