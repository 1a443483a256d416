package profile

import (
	"embed"
	"fmt"
	"slices"
	"strings"
)

//go:embed builtin/*.json
var files embed.FS

// BuiltIn returns a built-in profile.
func BuiltIn(name string) (*Profile, error) {
	if !IsBuiltIn(name) {
		return nil, fmt.Errorf("there is no built-in profile %.60q: there are %s", name, strings.Join(Names(), ", "))
	}

	text, err := files.ReadFile("builtin/" + name + ".json")
	if err != nil {
		return nil, fmt.Errorf("the built-in profile %s: %w", name, err)
	}

	profile, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("the built-in profile %s: %w", name, err)
	}

	return profile, nil
}

// Open returns the built-in profile of a name, or else reads a file. What has a dot or a slash in it is a file.
func Open(nameOrFile string) (*Profile, error) {
	if IsBuiltIn(nameOrFile) || !IsFile(nameOrFile) {
		return BuiltIn(nameOrFile)
	}

	profile, err := Load(nameOrFile)
	if err != nil {
		return nil, err
	}

	return profile, nil
}

// Default returns the profiles that a client has without being told: enroll, enroll-batch and lifecycle.
func Default() ([]*Profile, error) {
	var all []*Profile

	for _, name := range slices.DeleteFunc(Names(), func(name string) bool { return name == NameDirectory }) {
		profile, err := BuiltIn(name)
		if err != nil {
			return nil, err
		}

		all = append(all, profile)
	}

	return all, nil
}

// IsFile reports whether what a user gave as a profile is the name of a file.
func IsFile(nameOrFile string) bool { return strings.ContainsAny(nameOrFile, `./\`) }
