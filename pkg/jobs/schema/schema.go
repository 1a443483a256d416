// Package schema holds the JSON Schemas of the message contract, as files for
// publishers in any language and embedded for the validator in pkg/jobs.
package schema

import _ "embed" // the schemas are part of the program

// JobV1 is the schema of a message body.
//
//go:embed job.v1.schema.json
var JobV1 []byte

// PayloadV1 is the schema of what is sealed inside a message.
//
//go:embed payload.v1.schema.json
var PayloadV1 []byte

// UpdateV1 is the schema of what is sealed inside a message that updates. It refers to PayloadV1.
//
//go:embed update.v1.schema.json
var UpdateV1 []byte

// OutcomeV1 is the schema of the event that tells of a job's end.
//
//go:embed outcome.v1.schema.json
var OutcomeV1 []byte

// DeadLetterV1 is the schema of a dead letter.
//
//go:embed deadletter.v1.schema.json
var DeadLetterV1 []byte

// AsyncAPI describes all subjects, headers and messages (AsyncAPI 3).
//
//go:embed asyncapi.json
var AsyncAPI []byte
