package access

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"golang.org/x/crypto/bcrypt"
)

// The bounds of a password. bcrypt takes no more bytes, and says so rather than to cut it.
const (
	leastPassword = 12 // characters
	mostPassword  = 72 // bytes
)

// Cost is the work of a hash: a quarter of a second on a processor of 2024.
const Cost = 12

// CheckPassword reports what is wrong with a password that is chosen.
func CheckPassword(password []byte) error {
	switch {
	case !utf8.Valid(password):
		return errors.New("the password is not UTF-8")
	case utf8.RuneCount(password) < leastPassword:
		return fmt.Errorf("the password must have %d characters or more", leastPassword)
	case len(password) > mostPassword:
		return fmt.Errorf("the password must have at most %d bytes", mostPassword)
	default:
		return nil
	}
}

// Entry is the line of a users file for a user with a password, hashed at a cost.
func Entry(name string, role Role, password []byte, cost int) (string, error) {
	if err := errors.Join(CheckName(name), CheckPassword(password)); err != nil {
		return "", err
	}

	hash, err := bcrypt.GenerateFromPassword(password, cost)
	if err != nil {
		return "", fmt.Errorf("hashing the password: %w", err)
	}

	return name + separator + string(role) + separator + string(hash), nil
}

// check reports whether a password is a user's. It takes as long for a name that there is not.
func (users Users) check(name string, password []byte) (User, bool) {
	user, found := users[name]
	hash := user.hash

	if !found || hash == noPassword {
		hash = users.anyHash()
	}

	same := bcrypt.CompareHashAndPassword([]byte(hash), password) == nil

	return user, same && found && user.hash != noPassword
}

func (users Users) anyHash() string {
	for _, user := range users {
		if user.hash != noPassword {
			return user.hash
		}
	}

	return noPassword
}
