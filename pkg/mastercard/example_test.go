package mastercard_test

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strconv"
	"time"

	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// A client needs two keys: its own, to sign with (LoadSigningKey), and Mastercard's, to encrypt the card for (FetchJWKS
// of mastercard.SandboxKeys). Here both are made up, and so is the API.
func ExampleClient_Enroll() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = w.Write([]byte(enrolled))
	}))
	defer api.Close()

	signing := must(mastercard.NewSigningKey(newRSA(), time.Time{}))
	encryption := must(mastercard.NewEncryptionKey("a-published-kid", &newRSA().PublicKey, time.Time{}))

	client, err := mastercard.New(mastercard.Config{
		BaseURL:       api.URL, // or mastercard.Sandbox
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

	answer := client.Enroll(context.Background(), mastercard.EnrollRequest{
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

	// Output:
	// enrolled as 8b3f5c1e-6d0e-4a39-9a6d-52b1d8f1c0de
}

// The keys can be replaced on disk while calls run.
func ExampleWatch() {
	folder := must(os.MkdirTemp("", "example"))
	defer func() { _ = os.RemoveAll(folder) }()

	file := filepath.Join(folder, "signing.pem")
	if err := os.WriteFile(file, pkcs1(newRSA()), 0o600); err != nil {
		fmt.Println(err)
		return
	}

	signing, err := mastercard.OpenSigningKeyFile(file, "", time.Now)
	if err != nil {
		fmt.Println(err)
		return
	}

	ctx, stop := context.WithCancel(context.Background())
	watching := make(chan struct{})

	go func() {
		defer close(watching)

		ticker := time.NewTicker(2 * time.Second)
		defer ticker.Stop()

		mastercard.Watch(ctx, ticker.C, slog.New(slog.DiscardHandler), signing)
	}()

	// Config.SigningKey: signing. Each call signs with what the file holds by then.
	fmt.Println(signing.SigningKey().Info().Purpose, "with RSA-"+strconv.Itoa(signing.SigningKey().Info().Bits))

	stop()
	<-watching

	// Output:
	// signing with RSA-2048
}

// An account is pushed to a token requestor, here Click to Pay, whose receipt is then enrolled in the card's place.
func ExampleTokenConnect_PushMultipleAccounts() {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = w.Write([]byte(pushed)) }))
	defer api.Close()

	client, err := mastercard.New(mastercard.Config{
		BaseURL:       mastercard.Sandbox,
		ConsumerKey:   "client-id!key-id",
		SigningKey:    must(mastercard.NewSigningKey(newRSA(), time.Time{})),
		EncryptionKey: must(mastercard.NewEncryptionKey("a-published-kid", &newRSA().PublicKey, time.Time{})),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	connect, err := client.TokenConnect(mastercard.TokenConnectConfig{
		BaseURL:       api.URL, // or mastercard.TokenConnectSandbox
		EncryptionKey: must(mastercard.NewEncryptionKey("token-connect", &newRSA().PublicKey, time.Time{})),
	})
	if err != nil {
		fmt.Println(err)
		return
	}

	answer := connect.PushMultipleAccounts(context.Background(), mastercard.PushRequest{
		RequestID:        "0f6a1b2c",
		TokenRequestorID: mastercard.ClickToPayTokenRequestor,
		Accounts: []mastercard.PushAccount{{PushAccountID: "a-1", Card: mastercard.Card{
			PrimaryAccountNumber: must(pan.Parse("5204731600014784")), PanExpirationMonth: "12", PanExpirationYear: "2029",
		}}},
	})

	result, _ := answer.Result("a-1")
	fmt.Println(answer.Verdict, result.Receipt) // result.Receipt goes into EnrollRequest.Receipt

	// Output: pushed MCC-****4B5C
}
