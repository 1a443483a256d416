package access_test

import (
	"testing"

	"github.com/stretchr/testify/require"
	"golang.org/x/crypto/bcrypt"

	"enroll.example/clicktopay/internal/console/access"
)

const password = "correct horse battery"

func entry(t *testing.T, name string, role access.Role) string {
	t.Helper()

	line, err := access.Entry(name, role, []byte(password), bcrypt.MinCost)
	require.NoError(t, err)

	return line
}

func TestAUsersFileNamesEachWrongLine(t *testing.T) {
	t.Parallel()

	good := entry(t, "ana", access.Operator)

	for name, c := range map[string]struct{ text, want string }{
		"nobody":           {"# only a comment\n\n", "it names no user"},
		"no role":          {"ana:" + good[len("ana:operator:"):], "line 1: must be NAME:ROLE:HASH"},
		"another role":     {"ana:root:-", "line 1: the role of ana must be viewer or operator"},
		"twice":            {good + "\n" + good, "line 2: ana is there twice"},
		"a password":       {"ana:viewer:" + password, "line 1: the hash of ana is not one"},
		"a card as a name": {"5204731600014784:viewer:-", "line 1: the name could be a card number"},
		"markup":           {"<b>:viewer:-", "line 1: the name must be 1 to 64"},
		"two at once":      {"a:b\n" + good + "\nc:viewer:x", "line 3"},
	} {
		_, err := access.ParseUsers([]byte(c.text))
		require.ErrorContains(t, err, c.want, name)
		require.NotContains(t, err.Error(), password, name)
		require.NotContains(t, err.Error(), "5204731600014784", name)
	}

	users, err := access.ParseUsers([]byte("\xef\xbb\xbf# operators\r\n" + good + "\r\nbob:viewer:-\r\n"))
	require.NoError(t, err)
	require.Equal(t, access.Operator, users["ana"].Role)
	require.Len(t, users, 2)
}

func TestAPasswordIsLongEnoughAndNotCut(t *testing.T) {
	t.Parallel()

	for given, want := range map[string]string{
		"":                               "12 characters or more",
		"short":                          "12 characters or more",
		"\xff\xff\xff\xff\xff\xff":       "not UTF-8",
		string(make([]byte, 73)):         "at most 72 bytes",
		"zwölf Zeichen":                  "",
		"a sentence is a good password.": "",
	} {
		err := access.CheckPassword([]byte(given))
		if want == "" {
			require.NoError(t, err)
		} else {
			require.ErrorContains(t, err, want)
		}
	}
}

func TestAnOperatorMaySeeWhatAViewerSees(t *testing.T) {
	t.Parallel()

	require.True(t, access.Operator.May(access.Viewer))
	require.True(t, access.Viewer.May(access.Viewer))
	require.False(t, access.Viewer.May(access.Operator))
	require.False(t, access.Role("").May(access.Viewer))
}

func FuzzParseUsers(f *testing.F) {
	f.Add([]byte("ana:operator:-\n# x\nbob:viewer:$2a$04$x"))
	f.Fuzz(func(t *testing.T, text []byte) {
		users, err := access.ParseUsers(text)
		require.Equal(t, err == nil, len(users) > 0)

		for name, user := range users {
			require.Equal(t, name, user.Name)
			require.NoError(t, access.CheckName(name))
		}
	})
}
