package mastercard

import (
	"encoding/json"

	"enroll.example/clicktopay/pkg/mastercard/profile"
)

// A node is a member of a document that is written from values: an object, or one value of it. Profiles are compiled into
// nodes once, so that writing a request looks nothing up.
type node struct {
	name     string
	list     bool // it is a list, with this as its one element
	required bool
	text     getter
	object   func(*values) any
	children []*node
}

// newDocument compiles members into the tree that writes them. The profile has been checked.
func newDocument(members []profile.Member) *node {
	root := &node{}
	texts, objects := getters(), objectGetters()

	for _, member := range members {
		leaf := root.at(member.Path)
		leaf.required = member.Required
		leaf.text, leaf.object = texts[member.From], objects[member.From]
	}

	return root
}

// at returns the node of a path, and makes those on the way to it.
func (n *node) at(path string) *node {
	steps, err := profile.Steps(path)
	if err != nil {
		return n // profiles are checked when they are read
	}

	for _, step := range steps {
		n = n.child(step)
	}

	return n
}

func (n *node) child(step profile.Step) *node {
	for _, child := range n.children {
		if child.name == step.Name {
			return child
		}
	}

	child := &node{name: step.Name, list: step.List}
	n.children = append(n.children, child)

	return child
}

// write appends the node's object, with what of it has a value.
func (n *node) write(out *writer, v *values) {
	out.byte('{')
	n.members(out, v)
	out.byte('}')
}

// members appends the members of an object and reports whether one of them has a value.
func (n *node) members(out *writer, v *values) bool {
	some, first := false, true

	for _, child := range n.children {
		before := out.len()

		if !first {
			out.byte(',')
		}

		written, valued := child.member(out, v)
		if !written {
			out.truncate(before)
			continue
		}

		first = false
		some = some || valued
	}

	return some
}

// member appends one member with its name. Not written: it is to be left out.
func (n *node) member(out *writer, v *values) (written, valued bool) {
	out.text(n.name)
	out.byte(':')

	switch {
	case n.text != nil:
		value := n.text(v)
		out.text(value)

		return value != "" || n.required, value != ""
	case n.object != nil:
		value := n.object(v)
		if value == nil {
			return false, false
		}

		out.json(value)

		return true, true
	}

	open, closing := "{", "}"
	if n.list {
		open, closing = "[{", "}]"
	}

	out.raw(open)
	valued = n.members(out, v)
	out.raw(closing)

	return valued || n.required, valued
}

// writer is a document in the making. It may hold a card: what it gives up is zeroed.
type writer struct {
	data []byte
	err  error
}

func newWriter(size int) *writer { return &writer{data: make([]byte, 0, size)} }

func (w *writer) len() int { return len(w.data) }

func (w *writer) truncate(n int) { w.data = w.data[:n] }

// wipe zeroes all that was ever written.
func (w *writer) wipe() { clear(w.data[:cap(w.data)]) }

func (w *writer) byte(b byte) { w.data = append(w.room(1), b) }

func (w *writer) raw(text string) { w.data = append(w.room(len(text)), text...) }

// room returns the data with space for n bytes more. Data that has to move leaves nothing behind.
func (w *writer) room(n int) []byte {
	if cap(w.data)-len(w.data) >= n {
		return w.data
	}

	moved := make([]byte, len(w.data), 2*cap(w.data)+n)
	copy(moved, w.data)
	w.wipe()

	return moved
}

// text appends a text in quotes.
func (w *writer) text(text string) {
	if !needsEscape(text) {
		w.byte('"')
		w.raw(text)
		w.byte('"')

		return
	}

	w.json(text)
}

func (w *writer) json(value any) {
	encoded, err := json.Marshal(value)
	if err != nil {
		w.err = err
		return
	}

	w.raw(string(encoded))
	clear(encoded)
}

// needsEscape reports whether encoding/json would write a text otherwise than as it is.
func needsEscape(text string) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' || c == '<' || c == '>' || c == '&' {
			return true
		}
	}

	return false
}
