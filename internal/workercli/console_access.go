package workercli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"

	"enroll.example/clicktopay/internal/console/access"
	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/internal/settings"
)

// ConsoleAccess says where the console listens, and who gets in.
type ConsoleAccess struct {
	Listen      string   `default:"127.0.0.1:8383" help:"Address of the console, or unix:PATH. Beyond this machine only with TLS or a trusted proxy."`
	UsersFile   string   `name:"users-file"    placeholder:"FILE"       help:"Who may use the console: a line NAME:ROLE:HASH each, as worker console passwd prints it."`
	TLSCertFile string   `name:"tls-cert-file" placeholder:"FILE"       help:"Certificate of the console with its chain (PEM). It is read again when it changes, with its key."`
	TLSKeyFile  string   `name:"tls-key-file"  placeholder:"FILE"       help:"Key of the certificate (PEM)."`
	PublicURL   string   `name:"public-url"    placeholder:"URL"        help:"URL under which browsers reach the console, where a proxy stands before it; of https, cookies are sent so only."`
	ProxyHeader string   `name:"proxy-header"  placeholder:"NAME"       help:"Header in which a trusted proxy gives the name of the user whom it has signed in, such as X-Forwarded-User. There are no passwords then."`
	ProxyFrom   []string `name:"proxy-from"    placeholder:"ADDRESS" help:"Addresses or networks from which that proxy comes; needs none where it comes by a unix socket."`
}

const unixPrefix = "unix:"

func (c ConsoleAccess) check() error {
	_, errPublic := c.publicURL()
	_, errFrom := access.ParseFrom(c.ProxyFrom)

	var errHeader error
	if c.ProxyHeader != "" && http.CanonicalHeaderKey(c.ProxyHeader) == "Cookie" || strings.ContainsAny(c.ProxyHeader, " :\r\n\t") {
		errHeader = errors.New("is no name of a header, such as X-Forwarded-User")
	}

	return settings.Faults(c.checkListen(), settings.Missing("users-file", c.UsersFile),
		settings.About("public-url", errPublic), settings.About("proxy-from", errFrom), settings.About("proxy-header", errHeader),
		c.checkProxy())
}

// checkListen refuses to show the console to others unprotected.
func (c ConsoleAccess) checkListen() error {
	if c.socket() != "" {
		return nil
	}

	if strings.TrimSpace(c.Listen) == "" {
		return settings.Missing("listen", "")
	}

	if err := settings.CheckListen("listen", c.Listen); err != nil {
		return err
	}

	host, _, _ := net.SplitHostPort(strings.TrimSpace(c.Listen))
	address := net.ParseIP(host)

	if host == "localhost" || address != nil && address.IsLoopback() || c.hasTLS() || c.ProxyHeader != "" {
		return nil
	}

	return settings.About("listen", fmt.Errorf("%.100q is reached from other machines: give --tls-cert-file and --tls-key-file, "+
		"or --proxy-header and --proxy-from, or listen at 127.0.0.1:8383", c.Listen))
}

// checkProxy refuses to take the name of a user from anybody.
func (c ConsoleAccess) checkProxy() error {
	switch {
	case c.ProxyHeader != "" && len(c.ProxyFrom) == 0 && c.socket() == "":
		return settings.About("proxy-from", errors.New("is missing: from which address does the proxy of --proxy-header come?"))
	case c.ProxyHeader == "" && len(c.ProxyFrom) > 0:
		return settings.About("proxy-header", errors.New("is missing: in which header does the proxy of --proxy-from give the user?"))
	default:
		return nil
	}
}

func (c ConsoleAccess) hasTLS() bool { return c.TLSCertFile != "" || c.TLSKeyFile != "" }

func (c ConsoleAccess) secure() bool {
	public, _ := c.publicURL()

	return c.hasTLS() || public != nil && public.Scheme == "https"
}

func (c ConsoleAccess) publicURL() (*url.URL, error) {
	if c.PublicURL == "" {
		return nil, nil //nolint:nilnil // none was given
	}

	parsed, err := url.Parse(c.PublicURL)
	if err != nil || parsed.Scheme != "http" && parsed.Scheme != "https" || parsed.Host == "" ||
		strings.Trim(parsed.Path, "/") != "" {
		return nil, errors.New("is not a URL such as https://console.example, without a path")
	}

	return parsed, nil
}

func (c ConsoleAccess) users() (*keyfile.Watched[access.Users], error) {
	if c.UsersFile == "" {
		return nil, nil //nolint:nilnil // check reports it
	}

	return access.OpenUsers(c.UsersFile)
}

func (c ConsoleAccess) proxy() access.Proxy {
	from, _ := access.ParseFrom(c.ProxyFrom) // check has read it

	return access.Proxy{Header: c.ProxyHeader, From: from, Unix: c.socket() != ""}
}

func (c ConsoleAccess) socket() string {
	path, is := strings.CutPrefix(strings.TrimSpace(c.Listen), unixPrefix)
	if !is {
		return ""
	}

	return path
}

// listen opens the address.
func (c ConsoleAccess) listen(ctx context.Context) (net.Listener, error) {
	network, address := "tcp", strings.TrimSpace(c.Listen)

	if path := c.socket(); path != "" {
		network, address = "unix", path

		if err := removeSocket(ctx, path); err != nil {
			return nil, settings.About("listen", err)
		}
	}

	listener, err := (&net.ListenConfig{}).Listen(ctx, network, address)

	return listener, settings.About("listen", err)
}

// removeSocket takes away what a console has left that was killed. Nothing else is removed.
func removeSocket(ctx context.Context, path string) error {
	info, err := os.Lstat(path)

	switch {
	case errors.Is(err, os.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.Mode().Type() != os.ModeSocket:
		return fmt.Errorf("%s is there, and no socket", path)
	}

	if other, err := (&net.Dialer{}).DialContext(ctx, "unix", path); err == nil {
		return errors.Join(fmt.Errorf("another process listens at %s", path), other.Close())
	}

	return os.Remove(path)
}

// shownURL is where a browser finds the console.
func (c ConsoleAccess) shownURL(listener net.Listener) string {
	switch {
	case c.PublicURL != "":
		return c.PublicURL
	case c.socket() != "":
		return c.Listen
	case c.hasTLS():
		return "https://" + listener.Addr().String()
	default:
		return "http://" + listener.Addr().String()
	}
}
