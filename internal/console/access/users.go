package access

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"

	"golang.org/x/crypto/bcrypt"

	"enroll.example/clicktopay/internal/keyfile"
	"enroll.example/clicktopay/pkg/pan"
)

// Role is what a user may do.
type Role string

// The roles. An operator sees what a viewer sees, and acts.
const (
	Viewer   Role = "viewer"
	Operator Role = "operator"
)

// May reports whether a role includes what another one may do.
func (r Role) May(needed Role) bool { return r == needed || r == Operator && needed == Viewer }

// User is an entry of the users file.
type User struct {
	Name string
	Role Role
	hash string // of the password by bcrypt; noPassword for one that comes through a proxy only
}

// mark changes with the password and with the role: sessions that were begun before end with it.
func (u User) mark() string {
	sum := sha256.Sum256([]byte(u.Name + ":" + string(u.Role) + ":" + u.hash))

	return base64.RawURLEncoding.EncodeToString(sum[:9])
}

// Users are those of a file, by name.
type Users map[string]User

const (
	noPassword = "-"
	separator  = ":"
)

// nameForm is what a user may be called: also what a proxy gives, such as an address of mail.
var nameForm = regexp.MustCompile(`^[A-Za-z0-9][A-Za-z0-9._@+-]{0,63}$`)

// CheckName reports what is wrong with the name of a user.
func CheckName(name string) error {
	switch {
	case pan.LooksLikeCard(name):
		return errors.New("the name could be a card number, which must not be shown")
	case !nameForm.MatchString(name):
		return errors.New("the name must be 1 to 64 of A-Z a-z 0-9 . _ @ + -, beginning with a letter or digit")
	default:
		return nil
	}
}

// OpenUsers reads a users file, and again when it has changed (keyfile.Watched.Reload).
func OpenUsers(path string) (*keyfile.Watched[Users], error) {
	return keyfile.Open("users file", []string{path}, func() (Users, error) { return LoadUsers(path) })
}

// LoadUsers reads a users file: a line NAME:ROLE:HASH for each user, as `worker console passwd` prints it. Its error names
// each line that is wrong, and nothing of its hash.
func LoadUsers(path string) (Users, error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return nil, fmt.Errorf("reading the users file: %w", err)
	}

	users, err := ParseUsers(text)
	if err != nil {
		return nil, fmt.Errorf("users file %s: %w", path, err)
	}

	return users, nil
}

// ParseUsers reads the lines of a users file.
func ParseUsers(text []byte) (Users, error) {
	users := Users{}

	var faults []error

	lines := bufio.NewScanner(bytes.NewReader(bytes.TrimPrefix(text, []byte("\xef\xbb\xbf"))))
	for number := 1; lines.Scan(); number++ {
		line := strings.TrimSpace(lines.Text())
		if line == "" || strings.HasPrefix(line, "#") {
			continue
		}

		user, err := parseUser(line)
		if _, twice := users[user.Name]; err == nil && twice {
			err = fmt.Errorf("%s is there twice", user.Name)
		}

		if err != nil {
			faults = append(faults, fmt.Errorf("line %d: %w", number, err))
			continue
		}

		users[user.Name] = user
	}

	if err := errors.Join(append(faults, lines.Err())...); err != nil {
		return nil, err
	}

	if len(users) == 0 {
		return nil, errors.New("it names no user; make an entry with: worker console passwd NAME")
	}

	return users, nil
}

func parseUser(line string) (User, error) {
	parts := strings.Split(line, separator)
	if len(parts) != 3 {
		return User{}, errors.New("must be NAME:ROLE:HASH, as worker console passwd prints it")
	}

	user := User{Name: parts[0], Role: Role(parts[1]), hash: parts[2]}

	if err := CheckName(user.Name); err != nil {
		return User{}, err
	}

	if user.Role != Viewer && user.Role != Operator {
		return User{}, fmt.Errorf("the role of %s must be %s or %s", user.Name, Viewer, Operator)
	}

	if _, err := bcrypt.Cost([]byte(user.hash)); user.hash != noPassword && err != nil {
		return User{}, fmt.Errorf("the hash of %s is not one that worker console passwd prints", user.Name)
	}

	return user, nil
}
