package address

import (
	"net/netip"
	"regexp"
	"strconv"
	"strings"
)

// hostForm is a name or an IPv4 address, or an IPv6 address in brackets, and perhaps a port.
var hostForm = regexp.MustCompile(
	`^(?:[A-Za-z0-9](?:[A-Za-z0-9._-]*[A-Za-z0-9])?|\[[0-9A-Fa-f:.]+(?:%[A-Za-z0-9._-]+)?\])(:\d{1,5})?$`)

// IsHost reports whether a text can be the host of an address, with or without a port from 1 to 65535. Parsers of URLs take
// quotes, semicolons, $NAME and ports that no server has: a mistake would then show as a server that does not answer.
func IsHost(text string) bool {
	found := hostForm.FindStringSubmatch(text)
	if found == nil || numeric(strings.TrimSuffix(text, found[1])) {
		return false
	}

	if found[1] == "" {
		return true
	}

	port, err := strconv.ParseUint(strings.TrimPrefix(found[1], ":"), 10, 16)

	return err == nil && port > 0
}

// numeric reports whether a host is made of numbers and is no IPv4 address. It is a mistyped one: no name ends in a number, and
// resolvers read some of them as another address.
func numeric(host string) bool {
	if strings.Trim(host, "0123456789.") != "" {
		return false
	}

	_, err := netip.ParseAddr(host)

	return err != nil
}
