package mastercard

import (
	"slices"
	"sync"
	"time"
)

// tokenConnectCache keeps answers that do not change, or seldom: assets for ever, eligible token requestors for a time. Both are
// bounded; where there is no room, what came first goes.
type tokenConnectCache struct {
	now         func() time.Time
	eligibleFor time.Duration
	mostAnswers int
	mostBytes   int64

	mu       sync.Mutex
	eligible map[string]keptRequestors
	asked    []string // keys of eligible, the oldest first
	assets   map[string]keptAsset
	fetched  []string // keys of assets, the oldest first
	bytes    int64
}

type keptRequestors struct {
	requestors []TokenRequestor
	until      time.Time
}

type keptAsset struct {
	contents []MediaContent
	bytes    int64
}

func newTokenConnectCache(config TokenConnectConfig, now func() time.Time) *tokenConnectCache {
	return &tokenConnectCache{
		now: now, eligibleFor: config.EligibleFor, mostAnswers: config.MaxEligible, mostBytes: config.MaxAssetsBytes,
		eligible: map[string]keptRequestors{}, assets: map[string]keptAsset{},
	}
}

func (c *tokenConnectCache) requestors(key string) ([]TokenRequestor, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	kept, found := c.eligible[key]
	if !found || !c.now().Before(kept.until) {
		return nil, false
	}

	return slices.Clone(kept.requestors), true
}

func (c *tokenConnectCache) keepRequestors(key string, requestors []TokenRequestor) {
	if c.eligibleFor <= 0 {
		return
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	if _, known := c.eligible[key]; known {
		c.asked = slices.DeleteFunc(c.asked, func(one string) bool { return one == key })
	}

	for len(c.asked) >= c.mostAnswers {
		delete(c.eligible, c.asked[0])
		c.asked = c.asked[1:]
	}

	c.asked = append(c.asked, key)
	c.eligible[key] = keptRequestors{slices.Clone(requestors), c.now().Add(c.eligibleFor)}
}

func (c *tokenConnectCache) asset(id string) ([]MediaContent, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()

	kept, found := c.assets[id]

	return slices.Clone(kept.contents), found
}

// keepAsset keeps an asset. One that would take all the room is not kept.
func (c *tokenConnectCache) keepAsset(id string, contents []MediaContent) {
	size := int64(len(id))
	for _, content := range contents {
		size += int64(len(content.Data) + len(content.Type))
	}

	c.mu.Lock()
	defer c.mu.Unlock()

	if _, known := c.assets[id]; known || size > c.mostBytes {
		return
	}

	for c.bytes+size > c.mostBytes {
		oldest := c.fetched[0]
		c.bytes -= c.assets[oldest].bytes
		delete(c.assets, oldest)
		c.fetched = c.fetched[1:]
	}

	c.fetched = append(c.fetched, id)
	c.assets[id] = keptAsset{slices.Clone(contents), size}
	c.bytes += size
}
