package cli

import (
	"context"

	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/store"
)

// DeadLetters are the settings of the commands that bring jobs back to work: where the letters are, and the rows.
type DeadLetters struct {
	settings.NATS     `embed:""`
	settings.Database `embed:""`
	settings.Log      `embed:""`
}

// open opens both; end closes them.
func (d DeadLetters) open(ctx context.Context, name string, streams Streams) (
	js jetstream.JetStream, ledger *store.Store, end func(), err error,
) {
	logger := d.Logger(streams.Err)

	ledger, err = d.Open(ctx, logger)
	if err != nil {
		return nil, nil, nil, err
	}

	js, disconnect, err := d.Connect(name, logger)
	if err != nil {
		ledger.Close()
		return nil, nil, nil, err
	}

	return js, ledger, func() {
		disconnect()
		ledger.Close()
	}, nil
}
