package access

import (
	"fmt"
	"net/http"
	"net/netip"
	"slices"
)

// Proxy is who signs users in, and gives their names in a header.
type Proxy struct {
	// Header of the name; empty: there is no proxy.
	Header string
	// From are the addresses it may come from.
	From []netip.Prefix
	// Unix has requests of a unix socket taken as the proxy's: its folder says who may connect.
	Unix bool
}

// ParseFrom reads addresses and networks.
func ParseFrom(texts []string) ([]netip.Prefix, error) {
	var all []netip.Prefix

	for _, text := range texts {
		prefix, err := netip.ParsePrefix(text)
		if err != nil {
			address, errAddress := netip.ParseAddr(text)
			if errAddress != nil {
				return nil, fmt.Errorf("%.50q is no address and no network such as 10.0.0.0/8", text)
			}

			prefix = netip.PrefixFrom(address, address.BitLen())
		}

		all = append(all, prefix.Masked())
	}

	return all, nil
}

// name is the one that the proxy gives. Whoever else sends the header is refused.
func (p Proxy) name(r *http.Request) (string, error) {
	if !p.trusts(r.RemoteAddr) {
		return "", ErrRefused
	}

	given := r.Header.Values(p.Header)
	if len(given) != 1 || CheckName(given[0]) != nil {
		return "", ErrRefused
	}

	return given[0], nil
}

func (p Proxy) trusts(remote string) bool {
	address, err := netip.ParseAddrPort(remote)
	if err != nil {
		return p.Unix // a unix socket has no address
	}

	return slices.ContainsFunc(p.From, func(prefix netip.Prefix) bool { return prefix.Contains(address.Addr().Unmap()) })
}
