package access

import (
	"crypto/hmac"
	"crypto/rand"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"maps"
	"strings"
	"sync"
	"time"
)

// lifetime is how long somebody stays signed in: a shift.
const lifetime = 8 * time.Hour

// session is what a cookie says.
type session struct {
	Name    string `json:"n"`
	Mark    string `json:"m"` // of the user when it was begun
	Nonce   string `json:"r"`
	Expires int64  `json:"e"` // in seconds since 1970
}

// sessions are signed by a key of this process: they end with it.
type sessions struct {
	key []byte
	now func() time.Time

	mu    sync.Mutex
	ended map[string]time.Time // nonces of those that were signed out, until they would have expired
}

func newSessions(now func() time.Time) *sessions {
	key := make([]byte, sha256.Size)
	_, _ = rand.Read(key) // it never fails

	return &sessions{key: key, now: now, ended: map[string]time.Time{}}
}

func (s *sessions) begin(user User) (value string, expires time.Time) {
	expires = s.now().Add(lifetime).UTC().Truncate(time.Second)
	//nolint:errchkjson // texts and a number can be written
	text, _ := json.Marshal(session{user.Name, user.mark(), rand.Text(), expires.Unix()})
	body := base64.RawURLEncoding.EncodeToString(text)

	return body + "." + s.sum("session", body), expires
}

// open returns the session of a cookie, if this process has signed it and it goes on.
func (s *sessions) open(value string) (session, bool) {
	var found session

	body, signature, _ := strings.Cut(value, ".")
	if !hmac.Equal([]byte(signature), []byte(s.sum("session", body))) {
		return found, false
	}

	text, err := base64.RawURLEncoding.DecodeString(body)
	if err != nil || json.Unmarshal(text, &found) != nil {
		return found, false
	}

	s.mu.Lock()
	defer s.mu.Unlock()

	_, ended := s.ended[found.Nonce]

	return found, !ended && s.now().Unix() < found.Expires
}

// end signs a session out, also where its cookie was copied.
func (s *sessions) end(one session) {
	s.mu.Lock()
	defer s.mu.Unlock()

	now := s.now()
	maps.DeleteFunc(s.ended, func(_ string, expires time.Time) bool { return now.After(expires) })
	s.ended[one.Nonce] = time.Unix(one.Expires, 0)
}

// sum signs a text for one use.
func (s *sessions) sum(use, text string) string {
	mac := hmac.New(sha256.New, s.key)
	mac.Write([]byte(use + "\x00" + text))

	return base64.RawURLEncoding.EncodeToString(mac.Sum(nil))
}
