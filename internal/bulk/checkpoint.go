package bulk

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"time"

	"enroll.example/clicktopay/internal/bulk/columns"
	"enroll.example/clicktopay/internal/bulk/rejects"
	"enroll.example/clicktopay/internal/outfile"
)

// checkpoint is how far a file has come, kept beside it while it is not complete.
// It holds no card data, only positions and counts.
type checkpoint struct {
	Version int `json:"version"`

	// What was sent, and how. A run that differs in any of it does not resume from here.
	Source       string `json:"source"`
	SourceSHA256 string `json:"source_sha256"`
	SourceSize   int64  `json:"source_size"`
	Batch        string `json:"batch"`
	Program      string `json:"program"`
	SettingsHash string `json:"meaning"` // hash of what else decides what becomes of a row

	Settled columns.Position `json:"settled"`
	Counts  counts           `json:"counts"`
	Rejects rejects.Mark     `json:"rejects"`
	SavedAt time.Time        `json:"saved_at"`
}

// counts say what became of rows.
type counts struct {
	Rejected   int64            `json:"rejected"`
	Published  int64            `json:"published"`
	Duplicates int64            `json:"duplicates"`
	ByCode     map[string]int64 `json:"by_code"`
}

const checkpointVersion = 1

// sealedCheckpoint is the form on disk: with a sum, so that half of one, or one
// that somebody has edited, is noticed.
type sealedCheckpoint struct {
	Checkpoint json.RawMessage `json:"checkpoint"`
	SHA256     string          `json:"sha256"`
}

// readCheckpoint returns nil when there is none. One that cannot be trusted is an error.
func readCheckpoint(path string) (*checkpoint, error) {
	text, err := os.ReadFile(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil //nolint:nilnil // none is no error
	}

	if err != nil {
		return nil, fmt.Errorf("reading the checkpoint: %w", err)
	}

	c, err := parseCheckpoint(text)
	if err != nil {
		return nil, fmt.Errorf("the checkpoint %s %w: it is not used. "+
			"Begin the file anew with --restart: rows that are on the queue are not enrolled twice", path, err)
	}

	return c, nil
}

func parseCheckpoint(text []byte) (*checkpoint, error) {
	var sealed sealedCheckpoint
	if err := strictly(text, &sealed); err != nil {
		return nil, errors.New("is damaged or no checkpoint")
	}

	sum, err := checkpointSum(sealed.Checkpoint)
	if err != nil || sum != sealed.SHA256 {
		return nil, errors.New("was damaged or changed by somebody")
	}

	var c checkpoint
	if err := strictly(sealed.Checkpoint, &c); err != nil || c.Version != checkpointVersion {
		return nil, errors.New("was written by another version of this program")
	}

	if s := c.Settled; s.Row < 0 || s.Next < s.Line || s.Offset < 0 || c.Rejects.Bytes < 0 ||
		s.Offset > c.SourceSize && c.SourceSize > 0 {
		return nil, errors.New("contradicts itself")
	}

	return &c, nil
}

func strictly(text []byte, into any) error {
	decoder := json.NewDecoder(bytes.NewReader(text))
	decoder.DisallowUnknownFields()

	return decoder.Decode(into)
}

func checkpointSum(raw []byte) (string, error) {
	var compact bytes.Buffer
	if err := json.Compact(&compact, raw); err != nil {
		return "", err
	}

	sum := sha256.Sum256(compact.Bytes())

	return hex.EncodeToString(sum[:]), nil
}

// save puts the checkpoint in its place as a whole: a crash leaves this one or the one before.
func (c *checkpoint) save(path string) error {
	raw, err := json.Marshal(c)
	if err != nil {
		return err
	}

	sum, err := checkpointSum(raw)
	if err != nil {
		return err
	}

	text, err := json.MarshalIndent(sealedCheckpoint{raw, sum}, "", "  ")
	if err != nil {
		return err
	}

	next := path + ".new"
	if err := outfile.Check(next); err != nil { // before it is opened, or removed for an error
		return err
	}

	if err := writeSynced(next, append(text, '\n')); err != nil {
		return errors.Join(err, os.Remove(next))
	}

	if err := outfile.Rename(next, path); err != nil {
		return errors.Join(err, os.Remove(next))
	}

	return syncFolder(filepath.Dir(path))
}

func writeSynced(path string, text []byte) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o600)
	if err != nil {
		return err
	}

	_, err = file.Write(text)

	return errors.Join(err, file.Sync(), file.Close())
}

// syncFolder makes a rename survive a loss of power.
func syncFolder(path string) error {
	folder, err := os.Open(path)
	if err != nil {
		return err
	}

	return errors.Join(folder.Sync(), folder.Close())
}
