// Package sample is the file of cards that ships with the project: invented
// people, card numbers of the sandbox's own range, and rows bound to fail in
// every way that a first look at the system should show.
package sample

import (
	"bytes"
	_ "embed" // the file is part of the program

	"enroll.example/clicktopay/internal/bulk/cardfile"
)

//go:generate go run ./generate cards.csv

// Name is what the file is called, in messages and for its rejects.
const Name = "cards.csv"

// Seed is what the file was made with.
const Seed = 1

// CSV is the file.
//
//go:embed cards.csv
var CSV []byte

// Source is the file as bulk.Submit takes it.
func Source() cardfile.Source {
	return cardfile.Source{Reader: bytes.NewReader(CSV), Name: Name, Size: int64(len(CSV))}
}
