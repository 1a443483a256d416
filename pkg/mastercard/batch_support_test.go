package mastercard_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"

	"enroll.example/clicktopay/internal/sandbox"
	"enroll.example/clicktopay/pkg/mastercard"
	"enroll.example/clicktopay/pkg/pan"
)

// batchRequest is a batch of n cards that the sandbox enrolls.
func batchRequest(n int) mastercard.BatchRequest {
	scenarios := make([]int, n)

	return batchOf(scenarios...)
}

// batchOf is a batch with a card of each scenario of the sandbox.
func batchOf(scenarios ...int) mastercard.BatchRequest {
	request := mastercard.BatchRequest{
		SrcClientID: srcClientID, ServiceID: serviceID, ExternalBatchID: "0a1b2c3d-4e5f-4a6b-8c7d-9e0f1a2b3c99",
		SrcCorrelationID: "7d3f0b1e-7a55-4d57-9c27-0c5ef1f0a001",
	}

	for i, scenario := range scenarios {
		one := enrollRequest()
		one.Card.PrimaryAccountNumber = pan.Unchecked(sandbox.PAN(scenario, i))
		request.Records = append(request.Records, mastercard.BatchRecord{
			ExternalConsumerID: fmt.Sprintf("c-%d", i),
			ExternalCardID:     fmt.Sprintf("k-%d", i),
			Card:               one.Card,
			Consumer:           one.Consumer,
		})
	}

	return request
}

func statusRequest() mastercard.BatchStatusRequest {
	return mastercard.BatchStatusRequest{BatchID: "b-1", SrcClientID: srcClientID, ServiceID: serviceID}
}

// readAll returns a request's body and leaves it to be read again.
func readAll(request *http.Request) string {
	body, err := io.ReadAll(request.Body)
	if err != nil {
		return err.Error()
	}

	request.Body = io.NopCloser(bytes.NewReader(body))

	return string(body)
}
