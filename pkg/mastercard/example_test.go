package mastercard_test

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// A client needs two keys: its own, to sign with, and Mastercard's, to encrypt the card for.
func ExampleClient_Enroll() {
	signing, err := mastercard.LoadSigningKey("signing.p12", "signing.password", time.Now())
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx := context.Background()

	encryption, err := mastercard.FetchJWKS(ctx, nil, mastercard.SandboxKeys, "")
	if err != nil {
		fmt.Println(err)
		return
	}

	client, err := mastercard.New(mastercard.Config{
		BaseURL:       mastercard.Sandbox,
		ConsumerKey:   "client-id!key-id",
		SigningKey:    signing,
		EncryptionKey: encryption,
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	number, err := pan.Parse("5204731600014784")
	if err != nil {
		fmt.Println(err)
		return
	}

	answer := client.Enroll(ctx, mastercard.EnrollRequest{
		SrcClientID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c4d",
		ServiceID:   "ISSUER#DEMO#01",
		Card: mastercard.Card{
			PrimaryAccountNumber: number,
			PanExpirationMonth:   "12",
			PanExpirationYear:    "2029",
		},
		Consumer: mastercard.Consumer{
			ConsumerIdentity: mastercard.ConsumerIdentity{
				IdentityType:  mastercard.ConsumerIdentityTypeEmailAddress,
				IdentityValue: "ana@example.com",
			},
		},
	})

	switch answer.Verdict {
	case mastercard.Enrolled, mastercard.AlreadyEnrolled:
		fmt.Println("enrolled as", answer.SrcDigitalCardID)
	case mastercard.Retry, mastercard.Throttled, mastercard.Unknown:
		fmt.Println("again, not before", answer.RetryAfter)
	case mastercard.Halted:
		fmt.Println("stop:", answer.Failure.Message, answer.Advice)
	default:
		fmt.Println("not enrolled:", answer.Failure.Reason, answer.Failure.Detail)
	}
}

// The keys can be replaced on disk while calls run.
func ExampleWatch() {
	signing, err := mastercard.OpenSigningKeyFile("signing.pem", "", time.Now)
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := context.WithCancel(context.Background())
	ticker := time.NewTicker(2 * time.Second)
	watching := make(chan struct{})

	go func() {
		defer close(watching)
		mastercard.Watch(ctx, ticker.C, slog.Default(), signing)
	}()

	// Give signing to Config.SigningKey, and call.

	stop()
	<-watching
	ticker.Stop()
}
