package sandbox

import (
	"bytes"
	"context"
	_ "embed" // the description is part of the program
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"

	"github.com/getkin/kin-openapi/openapi3"
	"github.com/getkin/kin-openapi/openapi3filter"
	"github.com/getkin/kin-openapi/routers"

	"enroll.example/clicktopay/pkg/mastercard/openapi"
)

//go:embed lifecycle.yaml
var lifecycleYAML []byte

// contract is the OpenAPI description, asked whether requests keep to it.
type contract struct {
	document *openapi3.T
	// lifecycle describes what is known of other families, for what the first does not have.
	lifecycle *openapi3.T
	card      *openapi3.Schema
	batches   map[string]*openapi3.Schema // of their plaintexts
	flowID    *openapi3.Schema
}

// Paths of the description.
const (
	cardByID  = "/cards/{cardId}"
	batchByID = "/cards/batch/{batchId}"
)

func newContract() (*contract, error) {
	document, err := openapi3.NewLoader().LoadFromData(openapi.YAML())
	if err != nil {
		return nil, fmt.Errorf("loading the OpenAPI description: %w", err)
	}

	if err := document.Validate(context.Background()); err != nil {
		return nil, fmt.Errorf("checking the OpenAPI description: %w", err)
	}

	lifecycle, err := newLifecycle()
	if err != nil {
		return nil, err
	}

	schemas := document.Components.Schemas

	return &contract{
		document: document, lifecycle: lifecycle,
		card: schemas["Card"].Value, flowID: schemas["FlowId"].Value,
		batches: map[string]*openapi3.Schema{
			"EnrollmentData":          schemas["EnrollmentData"].Value,
			"DirectoryEnrollmentData": lifecycle.Components.Schemas["DirectoryEnrollmentData"].Value,
		},
	}, nil
}

// newLifecycle loads the sandbox's own description, which refers to the other one.
func newLifecycle() (*openapi3.T, error) {
	loader := openapi3.NewLoader()
	loader.IsExternalRefsAllowed = true
	loader.ReadFromURIFunc = func(*openapi3.Loader, *url.URL) ([]byte, error) { return openapi.YAML(), nil }

	document, err := loader.LoadFromDataWithPath(lifecycleYAML, &url.URL{Path: "lifecycle.yaml"})
	if err != nil {
		return nil, fmt.Errorf("loading the description of lifecycle calls: %w", err)
	}

	return document, nil
}

// describing returns the description that has an operation.
func (c *contract) describing(path, method string) (*openapi3.T, *openapi3.PathItem) {
	if item := c.document.Paths.Value(path); item != nil && item.GetOperation(method) != nil {
		return c.document, item
	}

	return c.lifecycle, c.lifecycle.Paths.Value(path)
}

// bodyOf returns the members of a request's body that breaks no rule.
func (c *contract) bodyOf(
	ctx context.Context, r *http.Request, path string, body []byte, ids map[string]string,
) (object, *reply) {
	if refused := checkMedia(r.Header); refused != nil {
		return nil, refused
	}

	if len(body) > 0 && !json.Valid(body) {
		return nil, invalidArgument(detail("INVALID_FORMAT", wholeBody, "The request body is not JSON"))
	}

	value, violations := c.validate(ctx, r, path, ids, body)
	if len(violations) > 0 {
		return nil, invalidArgument(violations...)
	}

	members, _ := value.(map[string]any)

	return members, nil
}

// queryOf returns the parameters of a request for one card or batch.
func (c *contract) queryOf(ctx context.Context, r *http.Request, path string, ids map[string]string) (url.Values, *reply) {
	if _, violations := c.validate(ctx, r, path, ids, nil); len(violations) > 0 {
		return nil, invalidArgument(violations...)
	}

	return r.URL.Query(), nil
}

// checkCard validates the plaintext of an encrypted card.
func (c *contract) checkCard(value any) []errorDetail {
	return bodyViolations("card", c.card.VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest()))
}

// checkBatch validates the plaintext of an encrypted batch.
func (c *contract) checkBatch(schema string, value any) []errorDetail {
	return bodyViolations("", c.batches[schema].VisitJSON(value, openapi3.MultiErrors(), openapi3.VisitAsRequest()))
}

// isFlowID reports whether text is a flow id worth sending back.
func (c *contract) isFlowID(text string) bool {
	return text != "" && c.flowID.VisitJSON(text) == nil
}

func (c *contract) validate(
	ctx context.Context, r *http.Request, path string, pathParams map[string]string, body []byte,
) (any, []errorDetail) {
	document, item := c.describing(path, r.Method)

	checked := r.WithContext(ctx)
	checked.Body = io.NopCloser(bytes.NewReader(body))
	checked.GetBody = nil

	err := openapi3filter.ValidateRequest(ctx, &openapi3filter.RequestValidationInput{
		Request:    checked,
		PathParams: pathParams,
		Route: &routers.Route{
			Spec: document, Path: path, PathItem: item, Method: r.Method, Operation: item.GetOperation(r.Method),
		},
		Options: &openapi3filter.Options{MultiError: true, SkipSettingDefaults: true, KeepValidatedValue: true},
	})
	if err != nil {
		return nil, violations(err)
	}

	if kept, ok := checked.Body.(interface{ ValidatedValue() any }); ok {
		return kept.ValidatedValue(), nil
	}

	return nil, nil
}

func checkMedia(header http.Header) *reply {
	media, _, err := mime.ParseMediaType(header.Get("Content-Type"))
	if err != nil || media != "application/json" {
		return unsupportedMedia("Content-Type is not application/json")
	}

	if coding := header.Get("Content-Encoding"); coding != "" && coding != "identity" {
		return unsupportedMedia("Content-Encoding is not supported")
	}

	return nil
}
