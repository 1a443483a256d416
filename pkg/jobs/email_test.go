package jobs_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/jobs"
)

func TestEmailAddresses(t *testing.T) {
	t.Parallel()

	for _, address := range []string{
		"ana@example.com", "a.b+c@d-e.co.uk", "o'brien@example.com", "x@xn--p1ai.xn--p1ai", "é@ü.de", "a@\u4e16\u754c.\u4e2d\u56fd", "null@example.com",
		strings.Repeat("a", 64) + "@b.com", "a@" + strings.Repeat("b", 63) + ".com",
	} {
		require.True(t, jobs.ValidEmail(address), address)
	}

	for _, address := range []string{
		"", "@", "a@", "@b.com", "a@b", "a@@b.com", "a@b@c.com", "<a@b.com>", "a@b.com>", "mailto:a@b.com", "MAILTO:a@b.com", "Ana <a@b.com>", "a@-b.com", "a@b-.com",
		"a@b.com/", "https://a@b.com", "NULL@NULL.NULL", "a@none.none", "a@b.undefined", "a@b.com.", "a@.com", "a@b..com", ".a@b.com", "a.@b.com", "a..b@c.com",
		"a@b.com,c@d.com", "a@b.com;", "a b@c.com", "a@b .com", "a@b.c", "a@127.0.0.1", "a@[127.0.0.1]", "'a@b.com'", "'a@b.com", "(a)b@c.com", "a@b_c.com",
		"a\u200b@b.com", "a@b.com\u200b", "\ufeffa@b.com", "a\u00ad@b.com", "a@b\u00a0.com", "e\u0301@b.com", "a\ufffd@b.com", "a@b\n.com", "a＠b.com", "a@b。com",
		strings.Repeat("a", 250) + "@b.com", strings.Repeat("a", 65) + "@b.com", "a@" + strings.Repeat("b", 64) + ".com", "a@b." + strings.Repeat("c", 64),
	} {
		require.False(t, jobs.ValidEmail(address), address)
	}
}
