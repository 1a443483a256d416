package profile_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// builtInText is the file of a built-in profile.
func builtInText(t *testing.T, name string) string {
	t.Helper()

	text, err := os.ReadFile(filepath.Join("builtin", name+".json"))
	require.NoError(t, err)

	return string(text)
}

// Each error names the operation, the entry and what is wrong with it.
func TestProfilesThatAreWrong(t *testing.T) {
	t.Parallel()

	batch := builtInText(t, "enroll-batch")

	for name, c := range map[string]struct{ old, new, want string }{
		"no JSON":          {batch, "name: enroll", "line 1 is not JSON"},
		"empty":            {batch, "", "it is empty"},
		"cut":              {batch, batch[:200], "it ends before the JSON does"},
		"a second value":   {batch, batch + "{}", "something follows the end"},
		"a member unknown": {`"about":`, `"abuot":`, `unknown field "abuot"`},
		"a name":           {`"name": "enroll-batch"`, `"name": "Enroll Batch"`, `name "Enroll Batch" is not 1 to 40 of a-z`},
		"a member twice":   {`"about":`, `"name": "x", "about":`, `line 3: member "name" is given twice`},
		"too deep":         {`"about":`, `"x": ` + strings.Repeat("[", 30) + strings.Repeat("]", 30) + `, "about":`, "nested deeper than 20 levels"},
		"no operations":    {batch, `{"name": "x", "about": "", "operations": []}`, "operations is missing or empty"},
		"an operation's name": {
			`"name": "enroll_batch"`, `"name": "send"`,
			`operation 1 (send): name "send" is none of enroll, read`,
		},
		"an operation twice": {`"name": "batch_status"`, `"name": "enroll_batch"`, "operation 2 (enroll_batch): it is described twice"},
		"a method":           {`"method": "POST"`, `"method": "PATCH"`, `operation 1 (enroll_batch): method "PATCH" is none of`},
		"a path":             {`"path": "/cards/batch"`, `"path": "cards/../x"`, `operation 1 (enroll_batch): path "cards/../x" is not such as`},
		"a path's value": {
			`"/cards/batch/{batchId}"`, `"/cards/batch/{id}"`,
			`operation 2 (batch_status): path: path_values has no entry for {id}`,
		},
		"no mark":             {`"mark": "unknown", "note": "Named`, `"note": "Named`, `encrypted: mark "" is none of confirmed, inferred, unknown`},
		"a mark":              {`"mark": "unknown", "note": "Named`, `"mark": "sure", "note": "Named`, `encrypted: mark "sure" is none of`},
		"no source":           {`"mark": "unknown", "note": "Named`, `"mark": "confirmed", "note": "Named`, `encrypted: source is missing`},
		"a source":            {`"source": "3P", "note": "Listed`, `"source": "RUMOUR", "note": "Listed`, `headers entry 1 (x-openapi-clientid): source "RUMOUR" is none of DOC`},
		"an encrypted member": {`"encryptedEnrollmentData"`, `"encrypted data"`, `encrypted: member "encrypted data" is not the path`},
		"what is encrypted":   {`"holds": "records"`, `"holds": "card"`, `encrypted: holds must be "records", not "card"`},
		"a path of a member": {
			`"path": "cards[].externalCardId"`, `"path": "cards[0].externalCardId"`,
			`encrypted.members entry 10 (cards[0].externalCardId): path "cards[0].externalCardId" is not of names joined by dots`,
		},
		"a list that is none": {
			`"path": "cards[].externalCardId"`, `"path": "cards.externalCardId"`,
			`has the same name once with [] and once without`,
		},
		"a value in a value": {`"path": "consumer.firstName"`, `"path": "consumer.emailAddress.x"`, `consumer.emailAddress is a value, and nothing can stand below it`},
		"a path twice":       {`"path": "consumer.lastName"`, `"path": "consumer.firstName"`, `encrypted.members entry 6 (consumer.firstName): it is given twice`},
		"a source of a value": {
			`"from": "consumer.first_name"`, `"from": "consumer.name"`,
			`from "consumer.name" is not a value that enroll_batch can send here`,
		},
		"a card in clear": {
			`{"path": "externalBatchId", "from": "batch.external_id"`, `{"path": "externalBatchId", "from": "card.number"`,
			`request entry 3 (externalBatchId): from "card.number" may stand in the encrypted member only`,
		},
		"a card in the query": {
			`{"path": "srcCorrelationId", "from": "correlation.id", "mark": "inferred", "source": "SPEC", "note": "As for reading`,
			`{"path": "srcCorrelationId", "from": "card.number", "mark": "inferred", "source": "SPEC", "note": "As for reading`,
			`query entry 3 (srcCorrelationId): from "card.number" may stand in the encrypted member only`,
		},
		"a header of ours":    {`"path": "X-Src-Cx-Flow-Id"`, `"path": "authorization"`, `headers entry 2 (authorization): the header Authorization is set by the client itself`},
		"a header's form":     {`"path": "X-Src-Cx-Flow-Id"`, `"path": "X Flow"`, `headers entry 2 (X Flow): path "X Flow" is not a name of letters`},
		"what is read":        {`"into": "batch.message"`, `"into": "batch.text"`, `answer entry 5 (errorMessage): into "batch.text" is nothing that batch_status reads`},
		"a target twice":      {`"into": "record.consumer.id"`, `"into": "record.card.id"`, `into record.card.id is given twice`},
		"a record's path":     {`"path": "items[].status"`, `"path": "status"`, `its path has to go through a list`},
		"two lists":           {`"path": "items[].status"`, `"path": "rows[].status"`, `other entries read the records from items[]`},
		"nothing for a batch": {`"into": "batch.id", "required": true, "mark": "confirmed"`, `"into": "batch.external_id", "required": true, "mark": "confirmed"`, `answer: no entry is read into batch.id`},
		"a status":            {`"status": 202`, `"status": 404`, `status 404 is none of success`},
		"a value's verdict":   {`"verdict": "by_reason"`, `"verdict": ""`, `values entry 6 (FAILED): verdict is missing`},
		"a value twice":       {`"value": "SUCCESSFUL"`, `"value": "failed"`, `values entry 6 (FAILED): the value is given twice`},
		"a value of nothing":  {`"of": "record.status", "value": "SUCCESSFUL"`, `"of": "record.reason", "value": "SUCCESSFUL"`, `of "record.reason" is not read by any entry`},
		"a limit":             {`"value": 250`, `"value": -1`, `limits.records: value must be 1 to 10000, not -1`},
		"a duration":          {`"first": "1m0s"`, `"first": "60"`, `polling: "60" is not a duration`},
		"polling":             {`"first": "1m0s"`, `"first": "1h"`, `polling: first must be 1s or more and no more than most`},
		"a type":              {`"value": 250`, `"value": "250"`, `limits: records.value is a string, which does not belong there`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()

			text := strings.Replace(batch, c.old, c.new, 1)
			require.NotEqual(t, batch, text)

			file := filepath.Join(t.TempDir(), "own.json")
			require.NoError(t, os.WriteFile(file, []byte(text), 0o600))

			_, err := profile.Load(file)
			require.ErrorContains(t, err, c.want)
			require.ErrorContains(t, err, file)
		})
	}
}

func TestAProfileThatIsTooLarge(t *testing.T) {
	t.Parallel()

	file := filepath.Join(t.TempDir(), "own.json")
	require.NoError(t, os.WriteFile(file, []byte(strings.Repeat(" ", profile.MostBytes+1)), 0o600))

	_, err := profile.Load(file)
	require.ErrorContains(t, err, "it is larger than 1048576 bytes, so it is no profile")
}

// All that is wrong is told at once.
func TestAllFaultsOfAProfileAreTold(t *testing.T) {
	t.Parallel()

	text := strings.Replace(builtInText(t, "enroll-batch"), `"into": "batch.message"`, `"into": "x"`, 1)
	text = strings.Replace(text, `"value": 250`, `"value": 0`, 1)

	_, err := profile.Parse([]byte(text))
	require.ErrorContains(t, err, `into "x"`)
	require.ErrorContains(t, err, "limits.records")
}
