package parts

import (
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"net/http"
	"os"
	"strings"
	"sync"

	"github.com/go-jose/go-jose/v4"
)

// batches are those that the API has taken. It has to decrypt them: a result names its record by the issuer's keys.
type batches struct {
	key *rsa.PrivateKey

	mu    sync.Mutex
	known map[string][]recordKeys
}

// recordKeys are the issuer's keys of a card.
type recordKeys struct{ consumer, card string }

func newBatches(keyFile string) (*batches, error) {
	text, err := os.ReadFile(keyFile)
	if err != nil {
		return nil, fmt.Errorf("reading the API's key: %w", err)
	}

	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("the API's key is not PEM")
	}

	parsed, err := x509.ParsePKCS8PrivateKey(block.Bytes)
	if err != nil {
		return nil, fmt.Errorf("the API's key: %w", err)
	}

	key, ok := parsed.(*rsa.PrivateKey)
	if !ok {
		return nil, errors.New("the API's key is not an RSA key")
	}

	return &batches{key: key, known: make(map[string][]recordKeys)}, nil
}

// take answers POST /cards/batch.
func (b *batches) take(w http.ResponseWriter, body []byte, call int64) {
	records, err := b.open(body)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)

		return
	}

	id := fmt.Sprintf("bench-%d", call)

	b.mu.Lock()
	b.known[id] = records
	b.mu.Unlock()

	w.WriteHeader(http.StatusAccepted)
	_, _ = fmt.Fprintf(w, `{"batchId":%q}`, id)
}

func (b *batches) open(body []byte) ([]recordKeys, error) {
	var request struct {
		Encrypted string `json:"encryptedEnrollmentData"`
	}

	if err := json.Unmarshal(body, &request); err != nil {
		return nil, fmt.Errorf("the request is not JSON: %w", err)
	}

	sealed, err := jose.ParseEncryptedCompact(request.Encrypted, []jose.KeyAlgorithm{jose.RSA_OAEP_256},
		[]jose.ContentEncryption{jose.A256GCM, jose.A128GCM})
	if err != nil {
		return nil, fmt.Errorf("the batch is not encrypted: %w", err)
	}

	clear, err := sealed.Decrypt(b.key)
	if err != nil {
		return nil, fmt.Errorf("the batch cannot be decrypted: %w", err)
	}

	var list struct {
		Records []struct {
			Consumer struct {
				ID string `json:"externalConsumerId"`
			} `json:"consumer"`
			Cards []struct {
				ID string `json:"externalCardId"`
			} `json:"cards"`
		} `json:"enrollmentData"`
	}

	if err := json.Unmarshal(clear, &list); err != nil {
		return nil, fmt.Errorf("the batch is not JSON: %w", err)
	}

	var all []recordKeys

	for _, record := range list.Records {
		for _, card := range record.Cards {
			all = append(all, recordKeys{record.Consumer.ID, card.ID})
		}
	}

	return all, nil
}

// tell answers GET /cards/batch/{batchId}: each card is enrolled.
func (b *batches) tell(w http.ResponseWriter, path string) {
	id := path[strings.LastIndexByte(path, '/')+1:]

	b.mu.Lock()
	records, known := b.known[id]
	b.mu.Unlock()

	if !known {
		http.NotFound(w, nil)

		return
	}

	told := batchAnswer{BatchID: id, Status: "COMPLETED_SUCCESSFULLY", Items: make([]item, len(records))}
	for i, record := range records {
		told.Items[i] = item{
			Consumer: record.consumer, Card: record.card, DigitalCard: fmt.Sprintf("digital-%s-%d", id, i), Status: "SUCCESSFUL",
		}
	}

	if err := json.NewEncoder(w).Encode(told); err != nil {
		return // who has gone asks again
	}
}

type batchAnswer struct {
	BatchID string `json:"batchId"`
	Status  string `json:"batchStatus"`
	Items   []item `json:"items"`
}

type item struct {
	Consumer    string `json:"externalConsumerId"`
	Card        string `json:"externalCardId"`
	DigitalCard string `json:"srcDigitalCardId"`
	Status      string `json:"status"`
}
