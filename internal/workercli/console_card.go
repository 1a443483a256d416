package workercli

import (
	"time"

	"enroll.example/clicktopay/internal/console"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/keyfile"
)

// filesEvery is how often the files of keys are looked at.
const filesEvery = 10 * time.Second

// hmacKeys are the keys by which cards are found; nil where none are given.
func (c *ConsoleServe) hmacKeys() (*keyfile.Watched[[]enroll.HMACKey], error) {
	if len(c.HMACKeyFiles) == 0 {
		return nil, nil //nolint:nilnil // none were given
	}

	return keyfile.Open("HMAC key file", c.HMACKeyFiles, func() ([]enroll.HMACKey, error) {
		return enroll.LoadHMACKeys(c.HMACKeyFiles...)
	})
}

// withKeys has a console find cards by keys, if there are any.
func withKeys(o console.Options, keys *keyfile.Watched[[]enroll.HMACKey]) console.Options {
	if keys == nil {
		return o
	}

	o.Reload = append(o.Reload, console.Reload{Files: keys, Every: filesEvery})

	return o.WithHMACKeys(keys.Current)
}
