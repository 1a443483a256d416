package mastercard

import (
	"net/url"
	"strconv"
	"strings"
)

// A Route is how an operation is sent, without what tells one request from another.
type Route struct {
	// Method is the method of HTTP.
	Method string
	// Template is the path, with the names of what is put into it in braces.
	Template string
	// Host and Port are of the API.
	Host string
	Port int
}

// Route says how an operation is sent, as the profile of that name describes it; the empty name stands for the profiles by
// default. It is zero for an operation that no profile describes.
func (c *Client) Route(profile string, operation Operation) Route {
	return routeOf(c.base, c.plans[profile][operation])
}

// Route says how an operation of Token Connect is sent.
func (t *TokenConnect) Route(operation Operation) Route {
	return routeOf(t.client.base, t.ways[operation])
}

func routeOf(base *url.URL, way *plan) Route {
	if way == nil {
		return Route{}
	}

	var path strings.Builder

	path.WriteString(base.EscapedPath())

	for _, segment := range way.path {
		name := segment.name
		if segment.value != nil {
			name = "{" + name + "}"
		}

		path.WriteString("/" + name)
	}

	port, err := strconv.Atoi(base.Port())
	if err != nil { // none is given
		port = map[string]int{"https": 443, "http": 80}[base.Scheme]
	}

	return Route{Method: way.method, Template: path.String(), Host: base.Hostname(), Port: port}
}
