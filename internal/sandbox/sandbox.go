package sandbox

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"

	"enroll.example/clicktopay/internal/sandbox/authserver"
)

// Where things are. The API has the path that it has at Mastercard.
const (
	BasePath = "/src/api/digital/payments"
	KeysPath = "/keys"
	FPANPath = "/keys/mcs/fpanEncryption"

	cardsPath = BasePath + "/cards"
	batchPath = cardsPath + "/batch"
)

const secretBytes = 32

// Sandbox is the API. It is an http.Handler, safe for concurrent use, and keeps
// everything in memory.
type Sandbox struct {
	options  Options
	contract *contract
	gateway  *gateway
	auth     *authserver.Server
	opener   *opener
	table    *table
	ids      identifiers
	cards    *registry
	batches  *batches
	receipts *receipts
	ledger   *Ledger
	keySet   []byte
}

// New checks the options as a whole and returns a sandbox in which no card is enrolled.
func New(options Options) (*Sandbox, error) {
	if err := options.check(); err != nil {
		return nil, fmt.Errorf("sandbox options: %w", err)
	}

	options = options.withDefaults()

	contract, err := newContract()
	if err != nil {
		return nil, err
	}

	secret := make([]byte, secretBytes)
	if _, err := io.ReadFull(options.Random, secret); err != nil {
		return nil, fmt.Errorf("reading random bytes: %w", err)
	}

	keySet, err := keySetJSON(options.DecryptionKeys)
	if err != nil {
		return nil, err
	}

	ids := newIdentifiers(secret)

	return &Sandbox{
		options:  options,
		contract: contract,
		gateway:  newGateway(options),
		auth:     newAuthServer(options),
		opener:   newOpener(options),
		table:    newTable(),
		ids:      ids,
		cards:    newRegistry(),
		batches:  newBatches(),
		receipts: &receipts{given: map[string]issued{}},
		ledger:   newLedger(ids, options.Now),
		keySet:   keySet,
	}, nil
}

// Ledger tells what happened so far.
func (s *Sandbox) Ledger() *Ledger { return s.ledger }

// Holds reports whether a card or a consumer is enrolled now, by the id that calls name it by.
func (s *Sandbox) Holds(id string) bool { return s.cards.has(id) }

// ServeHTTP answers one request. It panics with http.ErrAbortHandler, as net/http
// provides for, where a scenario calls for an answer that gets lost.
func (s *Sandbox) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	path, _, _ := strings.Cut(requestTarget(r), "?")

	if path == KeysPath || path == FPANPath {
		s.serveKeys(w, r)
		return
	}

	ctx := r.Context()

	if path == authserver.TokenPath {
		s.serveToken(w, r)
		return
	}

	answer := s.answer(w, r, path)
	s.ledger.answered(answer.result)
	s.options.Logger.LogAttrs(ctx, slog.LevelInfo, "answered",
		slog.String("method", r.Method),
		slog.String("operation", operationName(path)),
		slog.Int("status", answer.status),
		slog.String("result", answer.result),
		slog.String("delivery", answer.delivery.String()))
	s.deliver(w, r, answer)
}

// answer decides without writing anything.
func (s *Sandbox) answer(w http.ResponseWriter, r *http.Request, path string) *reply {
	method, handle := s.operation(r.Method, path)
	pushes := strings.HasPrefix(path, TokenConnectPath+"/")

	if pushes {
		method, handle = s.tokenConnect(path)
	}

	switch {
	case handle == nil:
		return gatewayRefusal(noSuchResource)
	case method != r.Method:
		return gatewayRefusal(methodNotAllowed)
	}

	body, refused := readBody(w, r)
	if refused != nil {
		return refused
	}

	client, refused := s.admit(r, path, body)
	if refused != nil {
		return refused
	}

	if refused := s.checkClientID(r.Header, client); refused != nil && !pushes { // of the card API alone
		return refused
	}

	return handle(r.Context(), call{request: r, path: path, client: client, body: body})
}

// call is a request that has passed the gateway.
type call struct {
	request *http.Request
	path    string
	client  *Client
	body    []byte
	// pattern is the path as the description has it, and ids what it names, where a table of routes says so.
	pattern string
	ids     map[string]string
}

type handler func(context.Context, call) *reply

// operation finds what serves the path, and the method that it must have.
func (s *Sandbox) operation(method, path string) (string, handler) {
	cardID, isCard := strings.CutPrefix(path, cardsPath+"/")
	batchID, isBatch := strings.CutPrefix(path, batchPath+"/")

	if found, ids, ok := lifecycleRoute(path); ok {
		return found.serve(s, method, ids)
	}

	switch {
	case path == cardsPath:
		return http.MethodPost, s.enroll
	case path == batchPath:
		return http.MethodPost, s.enrollBatch
	case isBatch && batchID != "" && !strings.Contains(batchID, "/"):
		return http.MethodGet, s.batchStatus
	case !isCard || cardID == "" || strings.Contains(cardID, "/"):
		return "", nil
	case method == http.MethodDelete:
		return http.MethodDelete, s.remove
	case method == http.MethodPut:
		return updateCardRoute(s, path)
	default:
		return http.MethodGet, s.read
	}
}

// operationName is the path without what a caller put into it.
func operationName(path string) string {
	if found, _, ok := lifecycleRoute(path); ok {
		return found.pattern
	}

	switch {
	case path == cardsPath:
		return "/cards"
	case path == batchPath:
		return "/cards/batch"
	case strings.HasPrefix(path, batchPath+"/"):
		return batchByID
	case strings.HasPrefix(path, cardsPath+"/"):
		return "/cards/{cardId}"
	case path == eligiblePath || path == pushPath:
		return path
	case strings.HasPrefix(path, assetPath):
		return assetPath + "{AssetId}"
	default:
		return "unknown"
	}
}
