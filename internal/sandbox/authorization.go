package sandbox

import (
	"errors"
	"fmt"
	"net/url"
	"strings"
)

// authorization holds the parameters of an OAuth 1.0a Authorization header (RFC 5849,
// section 3.5.1) as they were received, still percent-encoded: the gateway signs what
// it sees, and clients differ in what they encode.
type authorization map[string]string

// The parameters that each request must have. RFC 5849 lets oauth_version be left out;
// Mastercard's libraries all send it.
func requiredParameters() []string {
	return []string{
		"oauth_consumer_key", "oauth_nonce", "oauth_timestamp", "oauth_signature_method",
		"oauth_version", "oauth_body_hash", "oauth_signature",
	}
}

// parseAuthorization accepts what RFC 5849 does, and refuses what could be read in two ways:
// a parameter given twice, text between or after parameters.
func parseAuthorization(header string) (authorization, error) {
	scheme, list, found := strings.Cut(header, " ")
	if !found || !strings.EqualFold(scheme, "OAuth") {
		return nil, errors.New("the scheme is not OAuth")
	}

	parameters := authorization{}

	for rest := strings.Trim(list, " \t"); rest != ""; {
		name, value, after, err := nextParameter(rest)
		if err != nil {
			return nil, err
		}

		if _, twice := parameters[name]; twice {
			return nil, fmt.Errorf("%s is given twice", quoteShort(name))
		}

		parameters[name] = value
		rest = after
	}

	for _, name := range requiredParameters() {
		if parameters[name] == "" {
			return nil, fmt.Errorf("%s is missing", name)
		}
	}

	return parameters, nil
}

// nextParameter reads one name="value" and the comma that must follow it unless it is the last.
func nextParameter(list string) (name, value, rest string, err error) {
	name, list, found := strings.Cut(list, "=")
	if !found || !isToken(name) {
		return "", "", "", errors.New("a parameter is not of the form name=\"value\"")
	}

	if !strings.HasPrefix(list, `"`) {
		return "", "", "", fmt.Errorf("the value of %s is not quoted", quoteShort(name))
	}

	value, rest, found = strings.Cut(list[1:], `"`)
	if !found {
		return "", "", "", fmt.Errorf("the value of %s has no closing quote", quoteShort(name))
	}

	rest = strings.TrimLeft(rest, " \t")
	if rest == "" {
		return name, value, "", nil
	}

	rest, found = strings.CutPrefix(rest, ",")
	rest = strings.TrimLeft(rest, " \t")

	if !found || rest == "" {
		return "", "", "", fmt.Errorf("%s is not followed by a comma and another parameter", quoteShort(name))
	}

	return name, value, rest, nil
}

// decoded returns the meaning of a parameter. A value without percent signs means itself.
func (a authorization) decoded(name string) (string, error) {
	value, err := url.PathUnescape(a[name])
	if err != nil {
		return "", fmt.Errorf("%s is not percent-encoded right", name)
	}

	return value, nil
}

func isToken(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !isLetterOrDigit(c) && c != '_' && c != '-' && c != '.' && c != '~' && c != '%' {
			return false
		}
	}

	return name != ""
}

func isLetterOrDigit(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// quoteShort keeps a name from outside from filling an error.
func quoteShort(name string) string {
	const most = 40
	if len(name) > most {
		name = name[:most] + "..."
	}

	return fmt.Sprintf("%q", name)
}
