package profilecheck

import (
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"

	"github.com/getkin/kin-openapi/openapi3"
	"go.yaml.in/yaml/v4"
)

// MostBytes is the size of a file beyond which it is no description: the largest that are known have a tenth of it.
const MostBytes = 8 << 20

// Load reads an OpenAPI 3 description in YAML or JSON. References to other files or addresses are refused, never followed.
func Load(file string) (*openapi3.T, error) {
	opened, err := os.Open(file)
	if err != nil {
		return nil, err
	}
	defer func() { _ = opened.Close() }() // what was only read loses nothing

	text, err := io.ReadAll(io.LimitReader(opened, MostBytes+1))
	if err != nil {
		return nil, fmt.Errorf("%s: reading: %w", file, err)
	}

	document, err := Parse(text)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}

	return document, nil
}

// Parse reads a description.
func Parse(text []byte) (document *openapi3.T, err error) {
	if len(text) > MostBytes {
		return nil, fmt.Errorf("it is larger than %d bytes, so it is no description", MostBytes)
	}

	// The libraries are given what nobody has looked at: a panic of theirs is a file that cannot be read.
	defer func() {
		if cause := recover(); cause != nil {
			document, err = nil, fmt.Errorf("it cannot be read: the parser failed (%T)", cause)
		}
	}()

	if err := checkSize(text); err != nil {
		return nil, err
	}

	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = false
	loader.ReadFromURIFunc = nothingFetched

	document, err = loader.LoadFromData(text)

	switch {
	case err != nil:
		return nil, fmt.Errorf("it is not an OpenAPI description that can be read: %w", shortened(err))
	case document.Paths == nil || document.Paths.Len() == 0:
		return nil, errors.New("it describes no paths: is it an OpenAPI 3 description?")
	}

	return document, nil
}

// mostNodes bounds a document once all its aliases are replaced by what they stand for, mostLevels how deep it may be.
const (
	mostNodes  = 1_000_000
	mostLevels = 200
)

// checkSize refuses a document that is small as a file and huge as what it means (aliases of aliases).
func checkSize(text []byte) error {
	var root yaml.Node
	if err := yaml.Unmarshal(text, &root); err != nil {
		return fmt.Errorf("it is not YAML or JSON: %w", shortened(err))
	}

	_, err := sizeOf(&root, 0, map[*yaml.Node]int{})

	return err
}

func sizeOf(node *yaml.Node, level int, known map[*yaml.Node]int) (int, error) {
	if level > mostLevels {
		return 0, fmt.Errorf("it is nested deeper than %d levels", mostLevels)
	}

	if node.Kind == yaml.AliasNode {
		if size, seen := known[node.Alias]; seen {
			return size, nil
		}

		return 0, fmt.Errorf("line %d: an alias stands for something that holds it", node.Line)
	}

	size := 1

	for _, child := range node.Content {
		below, err := sizeOf(child, level+1, known)
		if err != nil {
			return 0, err
		}

		if size += below; size > mostNodes {
			return 0, fmt.Errorf("it has more than %d values once its aliases are replaced", mostNodes)
		}
	}

	known[node] = size

	return size, nil
}

const mostError = 400

// shortened keeps a parser from repeating a file in its error.
func shortened(err error) error {
	text := err.Error()
	if len(text) > mostError {
		text = text[:mostError] + "…"
	}

	return errors.New(text)
}

// nothingFetched refuses a reference to another file or address.
func nothingFetched(_ *openapi3.Loader, location *url.URL) ([]byte, error) {
	return nil, fmt.Errorf("it refers to %.200s, which is not followed: put it into the file", location.Redacted())
}
