// Package service makes a worker of its settings, runs it, and does beside it what has to be done now and then. The command
// `worker run`, the demo, the harness and the measurements put a worker together by it and in no other way.
package service

import (
	"context"
	"log/slog"
	"maps"
	"slices"

	"enroll.example/clicktopay/internal/enroll"
	"enroll.example/clicktopay/internal/settings"
	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/store"
)

// Settings are those that a worker is made of. Its connections are opened by others.
type Settings struct {
	API     API
	Worker  Worker
	Streams settings.Streams
}

// Check reports what is wrong apart from the keys.
func (s Settings) Check() error {
	return settings.Faults(s.API.Check(), s.Worker.Check(), s.Streams.CheckStreams())
}

// Service is a worker before it has connections.
type Service struct {
	// Config is as the settings say. What is changed in it before Run counts.
	Config enroll.Config
	// Swept is told of each sweep, and Ended of each job that one has ended.
	Swept func(enroll.Swept)
	Ended func(store.Status)

	client      *mastercard.Client
	api         APIKeys
	files, urls []mastercard.Reloader
}

// Load loads the keys and the programs. The error names all that is wrong, more being what is wrong beside these settings:
// what can be wrong without the queue and the database is told at once.
func (s Settings) Load(ctx context.Context, logger *slog.Logger, more ...error) (*Service, error) {
	apiKeys, errAPI := s.API.Keys(ctx)
	keys, errWorker := s.Worker.Keys()

	if err := settings.Faults(append([]error{errAPI, errWorker}, more...)...); err != nil {
		return nil, err
	}

	if apiKeys.Stale != nil {
		logger.Warn("Mastercard's key set could not be fetched", "error", apiKeys.Stale)
	}

	config, errConfig := s.Worker.Config(keys, s.Streams, logger)
	profiles, programs, errProfiles := s.API.profiles(config.Programs)
	client, errClient := s.API.Client(apiKeys, logger, profiles...)

	if err := settings.Faults(errClient, errConfig, errProfiles); err != nil {
		return nil, err
	}

	connect, err := s.API.tokenConnect(client, apiKeys)
	if err != nil {
		return nil, err
	}

	if connect != nil {
		config.Pusher = connect
	}

	if err := s.API.CheckAuth(config.Programs, apiKeys); err != nil {
		return nil, err
	}

	config.MaxCoolDown = s.API.MaxRetryAfter
	config.Programs = ratedPrograms(s.API.BaseURL(), programs, logger)

	return &Service{
		Config: config, client: client, api: apiKeys, files: append(apiKeys.Files, keys.Files()...), urls: apiKeys.URLs,
	}, nil
}

// Client is what calls the API.
func (s *Service) Client() *mastercard.Client { return s.client }

// ConsumerKey is the project's. It is no secret by itself, and not to be printed.
func (s *Service) ConsumerKey() string { return s.api.Signing.Credential().ConsumerKey() }

// Stale says why Mastercard's key is of a copy that was kept; nil where it is not.
func (s *Service) Stale() error { return s.api.Stale }

// Keys describes the keys for calling the API, which may expire, and Token Connect's where it is called.
func (s *Service) Keys() []mastercard.KeyInfo {
	keys := []mastercard.KeyInfo{s.api.Signing.SigningKey().Info(), s.api.Encryption.EncryptionKey().Info()}

	if s.api.TokenConnect != nil {
		keys = append(keys, s.api.TokenConnectKey())
	}

	return keys
}

// Pushing are the programs whose jobs may push an account to a token requestor.
func (s *Service) Pushing() (names []string) {
	for _, name := range slices.Sorted(maps.Keys(s.Config.Programs)) {
		if slices.Contains(s.Config.Programs[name].Operations, jobs.Push) {
			names = append(names, name)
		}
	}

	return names
}
