package profile_test

import (
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

func TestBuiltInProfilesCanBeRead(t *testing.T) {
	t.Parallel()

	for _, name := range profile.Names() {
		read, err := profile.BuiltIn(name)
		require.NoError(t, err)
		require.Equal(t, name, read.Name)
		require.NotEmpty(t, read.Operations)
	}
}

func TestThereIsNoOtherBuiltInProfile(t *testing.T) {
	t.Parallel()

	_, err := profile.Open("enrol")
	require.EqualError(t, err, `there is no built-in profile "enrol": there are enroll, enroll-batch, lifecycle, credential-directory`)
}
