package jobs_test

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/nats-io/nats.go"
	"github.com/nats-io/nats.go/jetstream"

	"enroll.example/clicktopay/pkg/jobs"
	"enroll.example/clicktopay/pkg/pan"
)

// What an upstream system does to have one card enrolled.
func ExamplePublisher_Publish() {
	url, keyFile, stop := exampleQueue() // in life: your settings
	defer stop()

	receipt, err := enrollOne(url, keyFile)
	fmt.Println(receipt.Stored, err)
	// Output: 1 <nil>
}

func enrollOne(url, keyFile string) (jobs.Receipt, error) {
	// At start: a connection that never gives up, the workers' public intake key, a publisher.
	nc, err := nats.Connect(url, nats.MaxReconnects(-1))
	if err != nil {
		return jobs.Receipt{}, err
	}
	defer nc.Close()

	js, err := jetstream.New(nc)
	if err != nil {
		return jobs.Receipt{}, err
	}

	key, err := jobs.LoadIntakePublicKey(keyFile)
	if err != nil {
		return jobs.Receipt{}, err
	}

	sealer, err := jobs.NewSealer(key, time.Now)
	if err != nil {
		return jobs.Receipt{}, err
	}

	publisher := jobs.NewPublisher(js, jobs.PublisherOptions{})

	// For each card: validate and seal, then publish. After an error that is
	// not a *jobs.Problem, publishing the same job again is safe and right.
	number, err := pan.Parse("5204731600014784")
	if err != nil {
		return jobs.Receipt{}, err
	}

	job, err := sealer.Seal(jobs.Job{ID: "card-4711-v1", Program: "demo", ExternalCardID: "4711"}, jobs.Payload{
		Card:     jobs.Card{PrimaryAccountNumber: number, PanExpirationMonth: "12", PanExpirationYear: "2099"},
		Consumer: jobs.Consumer{EmailAddress: "ana@example.com", FirstName: "Ana", LastName: "Sample"},
	})
	if problem, ok := errors.AsType[*jobs.Problem](err); ok {
		return jobs.Receipt{}, fmt.Errorf("the card's data is wrong: %s in %s", problem.Reason, problem.Field)
	} else if err != nil {
		return jobs.Receipt{}, err
	}

	return publisher.Publish(context.Background(), job)
}

// What an upstream system does to hear of results.
func ExampleOutcomeSubject() {
	fmt.Println(jobs.OutcomeSubject("demo", "*"))
	fmt.Println(jobs.OutcomeSubject("*", "rejected"))
	// Output:
	// enroll.outcomes.demo.*
	// enroll.outcomes.*.rejected
}

// A payload prints as its masked card number, however it is printed.
func ExamplePayload() {
	payload := jobs.Payload{Card: jobs.Card{PrimaryAccountNumber: pan.Unchecked("5204731600014784")}}
	fmt.Printf("%+v\n", payload)
	// Output: payload of card 520473******4784
}
