package sandbox

import (
	"encoding/json"
	"net/http"
)

// LedgerPath is where Admin serves the ledger's totals.
const LedgerPath = "/_sandbox/ledger"

// Admin serves what people and programs beside the sandbox may ask: GET LedgerPath, the totals as
// JSON. It asks for no credentials; mount it where only they can reach it.
func (s *Sandbox) Admin() http.Handler {
	mux := http.NewServeMux()
	mux.HandleFunc("GET "+LedgerPath, func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "application/json")

		encoder := json.NewEncoder(w)
		encoder.SetIndent("", "  ")
		_ = encoder.Encode(s.ledger.Totals()) // a client that has gone is nobody's loss
	})

	return mux
}
