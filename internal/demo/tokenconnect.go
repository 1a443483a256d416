package demo

import (
	"crypto/x509"
	"encoding/pem"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/internal/service"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
)

// tokenConnect are the settings by which the demo's worker pushes to the sandbox. Accounts are encrypted with the key that cards
// are encrypted with.
func (p *parts) tokenConnect() (service.TokenConnect, error) {
	path := filepath.Join(p.dir, "token-connect-key.pub.pem")
	if err := p.writeTokenConnectKey(path); err != nil {
		return service.TokenConnect{}, fmt.Errorf("writing the key for Token Connect: %w", err)
	}

	return service.TokenConnect{
		TokenConnectURL:     "http://" + p.address + sandbox.TokenConnectPath,
		TokenConnectKeyFile: path,
		TokenConnectCipher:  string(mastercard.AES128CBC),
		TokenConnectOAEP:    string(mastercard.OAEPSHA512),
	}, nil
}

func (p *parts) writeTokenConnectKey(path string) error {
	options, err := p.keys.Sandbox()
	if err != nil {
		return err
	}

	for _, key := range options.DecryptionKeys {
		der, err := x509.MarshalPKIXPublicKey(&key.PublicKey)
		if err != nil {
			return err
		}

		return os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "PUBLIC KEY", Bytes: der}), 0o600)
	}

	return errors.New("the sandbox has no key")
}

// pushing lets the jobs of all programs push, beside what they may do.
func pushing(programs map[string]enroll.Program) {
	for name, program := range programs {
		if len(program.Operations) == 0 {
			program.Operations = []jobs.Operation{jobs.Enroll, jobs.Unenroll}
		}

		if !slices.Contains(program.Operations, jobs.Push) {
			program.Operations = append(slices.Clip(program.Operations), jobs.Push)
		}

		programs[name] = program
	}
}
