package doctor

import (
	"context"
	"errors"
	"strings"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
)

// soon is how long before its end a key should be replaced.
const soon = 30 * 24 * time.Hour

// Settings turns what is wrong with settings and keys into checks, one for each.
func Settings(err error) []Check {
	this := checks{area: "settings"}

	for _, one := range apart(err) {
		this.fail("setting", "Correct it: see docs/settings.md.", "%v", one)
	}

	if err == nil {
		this.ok("settings", "all are as they should be, and all keys can be loaded")
	}

	return this.all
}

// apart are the errors that an error joins.
func apart(err error) []error {
	if err == nil {
		return nil
	}

	var joined interface{ Unwrap() []error }
	if !errors.As(err, &joined) {
		return []error{err}
	}

	var (
		all   []error
		texts []string
	)

	for _, one := range joined.Unwrap() {
		all = append(all, apart(one)...)
		texts = append(texts, one.Error())
	}

	// One sentence may name two errors as well.
	if err.Error() != strings.Join(texts, "\n") {
		return []error{err}
	}

	return all
}

// Keys says of the keys what a worker has loaded.
type Keys struct {
	API []mastercard.KeyInfo
	// ConsumerKey is whose form is looked at. It is not printed.
	ConsumerKey string
	// Intake and HMAC are the kids.
	Intake, HMAC []string
	// Published returns the key of a published key set that has a kid; nil where none is published for the API's address.
	Published func(ctx context.Context, kid string) (mastercard.KeyInfo, error)
	// Stale says why Mastercard's key is of a copy that was kept; nil where it is not.
	Stale error
	// TokenConnect is where accounts are pushed to.
	TokenConnect TokenConnect
	Now          func() time.Time
}

// TokenConnect says where accounts are pushed to, and whose jobs may push.
type TokenConnect struct {
	// URL is empty where no job pushes. Its key is among the API's.
	URL string
	// Pushing are the programs whose jobs may push.
	Pushing []string
}

// Check looks at the keys' ends, and at what others know of them.
func (k Keys) Check(ctx context.Context) []Check {
	this := checks{area: "keys"}

	for _, key := range k.API {
		k.expiry(&this, key)
	}

	if k.Stale != nil {
		this.warn("key set", "See that --encryption-key-url can be reached.", "%s", masked(k.Stale))
	}

	k.consumerKey(&this)
	k.tokenConnect(&this)
	k.published(ctx, &this)

	this.ok("intake key", "publishers have to seal for one of: %s (kid, which is the public key's fingerprint)",
		strings.Join(k.Intake, ", "))
	this.ok("HMAC key", "in use %s; %d in all", k.HMAC[0], len(k.HMAC))

	return this.all
}

func (k Keys) expiry(c *checks, key mastercard.KeyInfo) {
	name := key.Purpose + " key"
	named := "SHA-256 " + key.Fingerprint
	if key.KID != "" {
		named = "kid " + key.KID + ", " + named
	}

	switch left := key.NotAfter.Sub(k.Now()); {
	case key.NotAfter.IsZero():
		c.ok(name, "%s; the file does not say when it expires", named)
	case left <= 0:
		c.fail(name, "Replace it.", "%s; it has expired", named)
	case left < soon:
		c.warn(name, "Replace it: see docs/environments.md.", "%s; it expires in %d days", named, int(left.Hours()/24))
	default:
		c.ok(name, "%s; it expires in %d days", named, int(left.Hours()/24))
	}
}

// tokenConnect compares the address with what programs allow. A job that may not push ends as invalid.
func (k Keys) tokenConnect(c *checks) {
	const name = "Token Connect"

	pushing := strings.Join(k.TokenConnect.Pushing, ", ")

	switch {
	case k.TokenConnect.URL == "" && pushing == "": // not used
	case k.TokenConnect.URL == "":
		c.warn(name, "Set --token-connect-url and --token-connect-key-file, or take push out of their operations.",
			"jobs of %s may push, and there is no address to push to: they end as invalid (OPERATION_OFF)", pushing)
	case pushing == "":
		c.warn(name, "Add push to the operations of a program, or leave --token-connect-url out.",
			"%s; no program's operations have push", k.TokenConnect.URL)
	default:
		c.ok(name, "%s, for jobs of %s", k.TokenConnect.URL, pushing)
	}
}

// half is how long both parts of published samples of consumer keys are.
const half = 48

func (k Keys) consumerKey(c *checks) {
	client, key, _ := strings.Cut(k.ConsumerKey, "!")
	if len(client) == half && len(key) == half {
		c.ok("consumer key", "of the usual form")
	} else {
		c.warn("consumer key", "Compare it with the project on Mastercard Developers.",
			"its parts have %d and %d characters, where those of published samples have %d", len(client), len(key), half)
	}
}

func (k Keys) published(ctx context.Context, c *checks) {
	if k.Published == nil {
		return
	}

	for _, key := range k.API {
		if key.KID == "" {
			continue
		}

		const name = "published key set"

		theirs, err := k.Published(ctx, key.KID)

		switch {
		case err != nil:
			c.warn(name, "See that the key is Mastercard's current one: --encryption-key-url fetches it.", "%v", err)
		case theirs.Fingerprint != key.Fingerprint:
			c.fail(name, "Take Mastercard's current key.", "kid %s is another key there", key.KID)
		default:
			c.ok(name, "has kid %s", key.KID)
		}
	}
}
