package sandbox_test

import (
	"encoding/json"
	"net/http"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/sandbox"
)

const directoryBatches = directoryAt + "/credentials/batches"

// credentialOf is one record of a directory's batch.
func credentialOf(consumer, credential, number string) members {
	card := cardOf(number)
	card["externalCredentialId"] = credential

	return members{"consumer": members{"externalConsumerId": consumer, "emailAddress": "a@b.example"}, "credentials": []any{card}}
}

type credentialsTold struct {
	BatchStatus string                       `json:"batchStatus"`
	Items       []map[string]json.RawMessage `json:"items"`
}

// The results name the records by the issuer's own keys alone, and by these the cards are found then.
func TestABatchOfADirectory(t *testing.T) {
	t.Parallel()

	f := setup(t, inDirectory)
	got := f.do(t, request{target: directoryBatches, body: f.batch(t,
		credentialOf("c/1", "k 1", sandbox.PAN(0, 1)), credentialOf("c/1", "k/2", sandbox.PAN(0, 2)),
		credentialOf("c-2", "k-1", sandbox.PAN(10, 3)))})
	require.Equal(t, http.StatusAccepted, got.status, string(got.body))

	id := got.batch(t).BatchID
	done := f.do(t, request{method: "GET", target: directoryBatches + "/" + id + query})
	require.Equal(t, http.StatusOK, done.status, string(done.body))

	var told credentialsTold
	require.NoError(t, json.Unmarshal(done.body, &told))
	require.Equal(t, "COMPLETED_WITH_ERRORS", told.BatchStatus)

	status := map[string]string{}

	for _, item := range told.Items {
		require.NotContains(t, item, "externalCardId")
		require.NotContains(t, item, "srcDigitalCardId")
		require.NotContains(t, item, "srcConsumerId")

		status[string(item["externalConsumerId"])+string(item["externalCredentialId"])] = string(item["status"])
	}

	require.Equal(t, map[string]string{
		`"c/1""k 1"`: `"SUCCESSFUL"`, `"c/1""k/2"`: `"SUCCESSFUL"`, `"c-2""k-1"`: `"FAILED"`,
	}, status)

	at := directoryAt + "/consumers/c%2F1"
	require.Len(t, f.do(t, request{method: "GET", target: at + query}).profile(t).MaskedCards, 2)
	require.Equal(t, http.StatusOK, f.do(t, request{method: "GET", target: at + "/credentials/k%2F2" + query}).status)
	require.Equal(t, http.StatusNotFound, f.do(t, request{method: "GET", target: directoryAt + "/consumers/c-2" + query}).status)
}

func TestABatchOfADirectoryIsRefused(t *testing.T) {
	t.Parallel()

	f := setup(t, inDirectory)
	good := f.batch(t, credentialOf("c", "k", sandbox.PAN(0, 1)))
	other := sandbox.BasePath + "/directories/dir-2/credentials/batches"
	unnamed := credentialOf("c", "", sandbox.PAN(0, 1))

	for name, c := range map[string]struct {
		ask    request
		status int
		says   string
	}{
		"another's directory": {request{target: other, body: good}, 404, "NOT_FOUND/NOT_FOUND/directoryId"},
		"records of the family before": {
			request{target: directoryBatches, body: f.batch(t, recordOf(1, sandbox.PAN(0, 1)))}, 400, "",
		},
		"records of a directory outside": {request{target: batchPath, body: good}, 400, ""},
		"a credential without a key":     {request{target: directoryBatches, body: f.batch(t, unnamed)}, 400, ""},
		"a batch that nobody sent":       {request{method: "GET", target: directoryBatches + "/b-1" + query}, 404, "NOT_FOUND/NOT_FOUND/batchId"},
		"no program":                     {request{method: "GET", target: directoryBatches + "/b-1"}, 400, ""},
		"another method":                 {request{method: "GET", target: directoryBatches}, 405, ""},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			got := f.do(t, c.ask)
			require.Equal(t, c.status, got.status, string(got.body))

			if c.says != "" {
				require.Equal(t, c.says, got.reasons(t))
			}
		})
	}

	id := f.do(t, request{target: directoryBatches, body: good}).batch(t).BatchID
	require.Equal(t, http.StatusNotFound, f.status(t, id).status, "outside of its directory a batch is not known")
}
