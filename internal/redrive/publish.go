package redrive

import (
	"github.com/nats-io/nats.go"
)

func newMessage(subject string, body []byte, id string) *nats.Msg {
	message := nats.NewMsg(subject)
	message.Data = body
	message.Header.Set(nats.MsgIdHdr, id)

	return message
}
