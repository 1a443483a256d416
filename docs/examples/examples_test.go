//go:build examples

package examples_test

import (
	"bufio"
	"bytes"
	"context"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"
	"github.com/stretchr/testify/require"

	"enroll.example/clicktopay/internal/announce"
	"enroll.example/clicktopay/internal/eventually"
	"enroll.example/clicktopay/internal/stack"
	"enroll.example/clicktopay/internal/stack/stacktest"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/store"
)

func TestMain(m *testing.M) { os.Exit(stacktest.Main(m)) }

const (
	patience = time.Minute
	number   = "5204731600014784"
)

// language is how the samples of one are run.
type language struct {
	folder            string
	publish, outcomes []string
}

// installed copies a folder of samples and installs what its lock file names.
func installed(t *testing.T, name string) string {
	t.Helper()

	folder := t.TempDir()
	require.NoError(t, os.CopyFS(folder, os.DirFS(name)))

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	install := exec.CommandContext(ctx, "npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund")
	install.Dir = folder
	said, err := install.CombinedOutput()
	require.NoError(t, err, "npm ci in docs/examples/%s: %s", name, said)

	return folder
}

// python returns an interpreter that has a module.
func python(t *testing.T, module string) (interpreter string, found bool) {
	t.Helper()

	for _, interpreter := range []string{"python3", "/usr/bin/python3"} {
		if exec.CommandContext(t.Context(), interpreter, "-c", "import "+module).Run() == nil {
			return interpreter, true
		}
	}

	return "", false
}

// rig is a queue and an intake key.
type rig struct {
	*testing.T

	server *stack.NATS
	js     jetstream.JetStream
	ring   *jobs.KeyRing
	public string // the file of the public key
}

func newRig(t *testing.T) *rig {
	t.Helper()

	// The samples come from outside, over a port of the server's own choice.
	server, err := stack.StartNATS(t.Context(), stack.NATSOptions{Dir: t.TempDir(), Listen: "127.0.0.1:0"})
	require.NoError(t, err)
	t.Cleanup(server.Stop)

	r := &rig{T: t, server: server}

	r.js, err = jetstream.New(stacktest.Connect(t, r.server))
	require.NoError(t, err)
	_, err = jobs.Ensure(t.Context(), r.js, jobs.Topology{})
	require.NoError(t, err)
	r.forgetsEventIDs()

	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	require.NoError(t, err)
	kid, err := jobs.Kid(&key.PublicKey)
	require.NoError(t, err)
	r.ring, err = jobs.NewKeyRing(jobs.IntakeKey{Kid: kid, Key: key})
	require.NoError(t, err)

	der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
	require.NoError(t, err)

	r.public = filepath.Join(t.TempDir(), "intake-key.pub.pem")
	require.NoError(t, os.WriteFile(r.public, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600))

	return r
}

// command runs a sample with the settings that it takes from its environment.
func (r *rig) command(ctx context.Context, folder string, line []string) *exec.Cmd {
	command := exec.CommandContext(ctx, line[0], line[1:]...)
	command.Dir = folder
	command.Env = append(os.Environ(), "PROGRAM=gold", "INTAKE_KEY="+r.public, "NATS_URL="+r.server.URL())
	command.Stderr = os.Stderr

	return command
}

const payload = `{"card": {"primaryAccountNumber": "` + number + `", "panExpirationMonth": "12", "panExpirationYear": "2099"},
 "consumer": {"emailAddress": "ana@example.com", "firstName": "Ana", "lastName": "Sämple"}}`

// What a sample publishes is what workers take: the queue knows it again, and the seal opens to the payload.
func (l language) requirePublishes(t *testing.T) {
	t.Helper()

	r := newRig(t)
	enrolls := `{"id": "card-4711-v1", "external_card_id": "4711", "payload": ` + strings.ReplaceAll(payload, "\n", "") + `}`
	leaves := `{"id": "card-4711-out", "operation": "unenroll", "external_card_id": "4711"}`

	ctx, cancel := context.WithTimeout(t.Context(), patience)
	defer cancel()

	command := r.command(ctx, l.folder, l.publish)
	command.Stdin = strings.NewReader(enrolls + "\n\n" + leaves + "\n" + leaves + "\n")
	said, err := command.Output()
	require.NoError(t, err)

	type line struct {
		ID        string `json:"id"`
		Duplicate bool   `json:"duplicate"`
	}

	var told []line

	for decoder := json.NewDecoder(bytes.NewReader(said)); decoder.More(); {
		var one line
		require.NoError(t, decoder.Decode(&one))
		told = append(told, one)
	}

	require.Equal(t, []line{{"card-4711-v1", false}, {"card-4711-out", false}, {"card-4711-out", true}}, told)

	stream, err := r.js.Stream(t.Context(), jobs.StreamJobs)
	require.NoError(t, err)
	require.EqualValues(t, 2, stream.CachedInfo().State.Msgs)

	msg, err := stream.GetMsg(t.Context(), 1)
	require.NoError(t, err)
	require.Equal(t, jobs.Subject("gold"), msg.Subject)
	require.Equal(t, jobs.MessageID("card-4711-v1", msg.Data), msg.Header.Get(nats.MsgIdHdr))

	job, problem := jobs.Decode(msg.Data)
	require.Nil(t, problem)
	require.Equal(t, "4711", job.ExternalCardID)
	r.requireSealed(job.Sealed)

	msg, err = stream.GetMsg(t.Context(), 2)
	require.NoError(t, err)

	job, problem = jobs.Decode(msg.Data)
	require.Nil(t, problem)
	require.Equal(t, jobs.Unenroll, job.Asks())
}

func (r *rig) requireSealed(sealed string) {
	r.Helper()

	opened, problem := r.ring.Open(sealed, time.Now())
	require.Nil(r, problem)
	require.Equal(r, number, opened.Card.PrimaryAccountNumber.Reveal())
	require.Equal(r, "Sämple", opened.Consumer.LastName)
}

// A sample that reads outcomes tells each once, also when it was announced again, and goes on after it was stopped.
func (l language) requireReads(t *testing.T) {
	t.Helper()

	r := newRig(t)
	r.announce("first", 1)
	r.announce("first", 1)
	r.announceAgain("first", 1)
	r.announce("second", 2)

	require.Equal(t, []string{"first enrolled", "second rejected INVALID_STATE"}, l.read(r, 2))

	r.announce("third", 3)
	require.Equal(t, []string{"third enrolled"}, l.read(r, 1), "what was acknowledged does not come again")

	consumer, err := r.js.Consumer(t.Context(), jobs.StreamOutcomes, "example-outcomes")
	require.NoError(t, err)
	require.Zero(t, consumer.CachedInfo().NumPending)
	require.Zero(t, consumer.CachedInfo().NumAckPending)
}

// read runs the sample until it has told of some outcomes, and everything is acknowledged.
func (l language) read(r *rig, n int) []string {
	r.Helper()

	ctx, cancel := context.WithTimeout(r.Context(), patience)
	defer cancel()

	command := r.command(ctx, l.folder, l.outcomes)
	output, err := command.StdoutPipe()
	require.NoError(r, err)
	require.NoError(r, command.Start())

	var told []string

	lines := bufio.NewScanner(output)
	for len(told) < n && lines.Scan() {
		var line struct {
			ID     string `json:"id"`
			Status string `json:"status"`
			Reason string `json:"reason"`
		}
		require.NoError(r, json.Unmarshal(lines.Bytes(), &line))
		told = append(told, strings.TrimSpace(line.ID+" "+line.Status+" "+line.Reason))
	}

	eventually.True(r, func() bool {
		consumer, err := r.js.Consumer(ctx, jobs.StreamOutcomes, "example-outcomes")
		return err == nil && consumer.CachedInfo().NumPending == 0 && consumer.CachedInfo().NumAckPending == 0
	}, patience, 50*time.Millisecond)

	require.NoError(r, command.Process.Signal(syscall.SIGTERM))

	for lines.Scan() {
		told = append(told, lines.Text())
	}

	require.NoError(r, command.Wait(), "it ends when it is told to")

	return told
}

// announce publishes what a worker would.
func (r *rig) announce(id string, attempts int) {
	r.Helper()

	_, err := r.js.PublishMsg(r.Context(), r.outcome(id, attempts))
	require.NoError(r, err)
}

// announceAgain puts the same event into the stream once more, as after the time in which the queue knows an id.
func (r *rig) announceAgain(id string, attempts int) {
	r.Helper()

	eventually.True(r, func() bool {
		ack, err := r.js.PublishMsg(r.Context(), r.outcome(id, attempts))
		return err == nil && !ack.Duplicate
	}, patience, 50*time.Millisecond)
}

// forgetsEventIDs makes the stream of events forget their ids after 100 ms. It is called before there are events, as NATS 2.15
// may count to the end of the window that it had when the last one came.
func (r *rig) forgetsEventIDs() {
	r.Helper()

	stream, err := r.js.Stream(r.Context(), jobs.StreamOutcomes)
	require.NoError(r, err)

	config := stream.CachedInfo().Config
	config.Duplicates = 100 * time.Millisecond
	_, err = r.js.UpdateStream(r.Context(), config)
	require.NoError(r, err)
}

func (r *rig) outcome(id string, attempts int) *nats.Msg {
	r.Helper()

	outcome := store.Outcome{
		JobID: id, Program: "gold", Operation: "enroll", Status: store.StatusEnrolled, Attempts: attempts,
		CompletedAt: time.Date(2026, 11, 26, 12, 0, 0, 0, time.UTC),
	}
	if id == "second" {
		outcome.Status, outcome.Failure = store.StatusRejected, store.Failure{Source: "service", Reason: "INVALID_STATE"}
	}

	message, err := announce.Message(outcome, nil)
	require.NoError(r, err)

	return message
}

func TestNodePublishesAndReads(t *testing.T) {
	t.Parallel()

	samples := language{installed(t, "node"), []string{"node", "publish.mjs"}, []string{"node", "outcomes.mjs"}}
	samples.requirePublishes(t)
	samples.requireReads(t)
}

// The seal of Python's sample needs one package, which Debian has as well: make examples installs it.
func TestPythonSeals(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	interpreter, found := python(t, "jwcrypto")
	require.True(t, found, "install the package jwcrypto: pip install jwcrypto, or apt-get install python3-jwcrypto")

	command := r.command(t.Context(), "python", []string{interpreter, "sealing.py", r.public})
	command.Stdin = strings.NewReader(payload)
	sealed, err := command.Output()
	require.NoError(t, err)
	r.requireSealed(strings.TrimSpace(string(sealed)))
}

// The rest of Python's samples is run where both of its packages are; where not, it is compiled.
func TestPythonPublishesAndReads(t *testing.T) {
	t.Parallel()

	interpreter, found := python(t, "nats, jwcrypto")
	if !found {
		t.Log("NOT RUN: there is no package nats-py; the samples are compiled only")

		command := exec.CommandContext(t.Context(), "python3", "-c",
			"import ast, sys\nfor name in sys.argv[1:]: ast.parse(open(name, encoding='utf-8').read(), name)", "publish.py", "outcomes.py")
		command.Dir = "python"
		said, err := command.CombinedOutput()
		require.NoError(t, err, "%s", said)

		return
	}

	samples := language{"python", []string{interpreter, "publish.py"}, []string{interpreter, "outcomes.py"}}
	samples.requirePublishes(t)
	samples.requireReads(t)
}

// The schemas pass Ajv's strict mode, and so do an event, a letter and a job.
func TestSchemasPassAStrictValidator(t *testing.T) {
	t.Parallel()

	r := newRig(t)
	folder := installed(t, "validate")
	schemas, err := filepath.Abs("../../pkg/jobs/schema")
	require.NoError(t, err)

	job, err := r.ring.SealMessage(jobs.Job{ID: "a", Program: "gold"}, []byte("hello"))
	require.NoError(t, err)

	write := func(name string, document any) string {
		body, ok := document.([]byte)
		if !ok {
			body, err = json.Marshal(document)
			require.NoError(t, err)
		}

		path := filepath.Join(folder, name+".json")
		require.NoError(t, os.WriteFile(path, body, 0o600))

		return name + "=" + path
	}

	good := []string{"node", "validate.mjs", schemas,
		write("payload.v1", []byte(payload)),
		write("job.v1", job),
		write("outcome.v1", r.outcome("second", 1).Data),
		write("deadletter.v1", jobs.DeadLetter{Schema: 1, ID: "a", Status: "invalid", DeadAt: time.Now().UTC(), Job: job}),
	}

	said, err := r.command(t.Context(), folder, good).Output()
	require.NoError(t, err, "%s", said)
	require.Contains(t, string(said), "5 schemas compiled in strict mode")

	said, err = r.command(t.Context(), folder, append(good, write("outcome.v1", []byte(`{"schema":1}`)))).Output()
	require.Error(t, err, "%s", said)
}
