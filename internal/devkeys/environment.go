package devkeys

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/shell"
)

// sandboxAddress is where the sandbox listens and workers look for it.
const sandboxAddress = "127.0.0.1:8181"

// Variable is a setting, given as an environment variable.
type Variable struct {
	Name, Value string
}

// Environment returns the settings of workers, submit and the sandbox that name the folder's files, by absolute paths, and the
// sandbox's address.
func (d Dir) Environment() ([]Variable, error) {
	folder, err := filepath.Abs(string(d))
	if err != nil {
		return nil, fmt.Errorf("the absolute path of %s: %w", d, err)
	}

	file := Dir(folder).Path

	return []Variable{
		{"ENROLL_SANDBOX_KEYS", folder},
		{"ENROLL_SANDBOX_LISTEN", sandboxAddress},
		{"ENROLL_MASTERCARD_URL", "http://" + sandboxAddress + sandbox.BasePath},
		{"ENROLL_CONSUMER_KEY_FILE", file(ConsumerKey)},
		{"ENROLL_SIGNING_KEY_FILE", file(SigningKey)},
		{"ENROLL_ENCRYPTION_KEY_FILE", file(SandboxPublicKeySet)},
		{"ENROLL_PROGRAMS_FILE", file(Programs)},
		{"ENROLL_INTAKE_KEY_FILES", listed(file(IntakeKey))},
		{"ENROLL_INTAKE_KEY_FILE", file(IntakePublicKey)},
		{"ENROLL_HMAC_KEY_FILES", listed(file(HMACKey))},
	}, nil
}

// listed is a path in a setting that takes several, separated by commas.
func listed(path string) string { return strings.ReplaceAll(path, ",", `\,`) }

// Export returns the line by which a POSIX shell sets the variable.
func (v Variable) Export() string {
	value := v.Value
	if !plain.MatchString(value) {
		value = shell.Quote(value)
	}

	return "export " + v.Name + "=" + value
}

// plain is a text that no shell reads as anything else.
var plain = regexp.MustCompile(`\A[A-Za-z0-9_./:@%+-]+\z`)
