package workercli

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"time"

	"enroll.example/clicktopay/internal/cli"
	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/layout"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/mastercard"
)

// Keys is worker keys.
type Keys struct {
	service.API    `embed:""`
	service.Worker `embed:""`

	JSON bool `name:"json" help:"Print JSON for programs."`
}

// keyLine is a key as it is listed.
type keyLine struct {
	Purpose     string    `json:"purpose"`
	Kid         string    `json:"kid,omitempty"`
	Fingerprint string    `json:"fingerprint,omitempty"`
	NotAfter    time.Time `json:"not_after,omitzero"`
}

// Run loads the keys as a worker would, and lists them.
func (c *Keys) Run(ctx context.Context, streams cli.Streams) error {
	apiKeys, errAPI := c.API.Keys(ctx)
	keys, errWorker := c.Worker.Keys()

	if err := settings.Faults(errAPI, errWorker); err != nil {
		return err
	}

	var programs map[string]enroll.Program
	if c.ProgramsFile != "" {
		var err error
		if programs, err = c.Programs(); err != nil {
			return settings.Faults(err)
		}
	}

	if err := c.CheckAuth(programs, apiKeys); err != nil {
		return err
	}

	if apiKeys.Stale != nil {
		streams.Notef("warning: %v", apiKeys.Stale)
	}

	lines := listed(apiKeys, keys)

	if c.JSON {
		encoder := json.NewEncoder(streams.Out)
		encoder.SetIndent("", "  ")

		return encoder.Encode(lines)
	}

	header := []string{"PURPOSE", "KID", "NOT AFTER", "SHA-256 OF THE PUBLIC KEY"}

	var rows [][]string
	for _, line := range lines {
		rows = append(rows, []string{line.Purpose, cli.OrDash(line.Kid), cli.OrDash(date(line.NotAfter)), cli.OrDash(line.Fingerprint)})
	}

	return cli.Fitted(streams.Out, func(w io.Writer, width int) { fmt.Fprint(w, layout.Table(width, header, rows)) })
}

// listed describes the keys. An intake key's kid is the fingerprint of its
// public key; an HMAC key has no public half, and its kid is derived from the secret.
func listed(apiKeys service.APIKeys, keys service.Keys) []keyLine {
	lines := []keyLine{
		apiLine(apiKeys.Signing.SigningKey().Info()),
		apiLine(apiKeys.Encryption.EncryptionKey().Info()),
	}

	if apiKeys.TokenConnect != nil {
		lines = append(lines, apiLine(apiKeys.TokenConnectKey()))
	}

	for _, kid := range keys.Intake.Current().Kids() {
		lines = append(lines, keyLine{Purpose: "intake", Kid: kid})
	}

	for _, key := range keys.HMAC.Current() {
		lines = append(lines, keyLine{Purpose: "hmac", Kid: key.Kid})
	}

	return lines
}

func apiLine(info mastercard.KeyInfo) keyLine {
	return keyLine{Purpose: info.Purpose, Kid: info.KID, Fingerprint: info.Fingerprint, NotAfter: info.NotAfter}
}

func date(t time.Time) string {
	if t.IsZero() {
		return ""
	}

	return t.UTC().Format(time.DateOnly)
}
