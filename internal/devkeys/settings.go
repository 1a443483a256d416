package devkeys

import (
	"time"

	"enroll.example/clicktopay/internal/service"
)

// API returns the settings that call an API at the URL with the folder's keys.
func (d Dir) API(url string, callTimeout time.Duration) service.API {
	return service.API{
		MastercardURL:     url,
		ConsumerKeyFile:   d.Path(ConsumerKey),
		SigningKeyFile:    d.Path(SigningKey),
		EncryptionKeyFile: d.Path(SandboxPublicKeySet),
		CallTimeout:       callTimeout,
		ComplianceAt:      "request",
	}
}

// Worker returns the settings of a worker with the folder's keys and programs.
func (d Dir) Worker(name string, inFlight int, grace time.Duration) service.Worker {
	return service.Worker{
		ProgramsFile:   d.Path(Programs),
		IntakeKeyFiles: []string{d.Path(IntakeKey)},
		HMACKeyFiles:   []string{d.Path(HMACKey)},
		WorkerName:     name,
		InFlight:       inFlight,
		Grace:          grace,
	}
}
