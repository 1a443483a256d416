package jobs

// writePoll writes the body of a poll, if no text of it needs an escape.
func writePoll(p Poll) ([]byte, bool) {
	const usual, around = 1 << 10, 256 // of the poll, and of each job beside its message

	if len(p.Jobs) == 0 {
		return nil, false
	}

	size := usual + len(p.Numbers)
	for i := range p.Jobs {
		size += len(p.Jobs[i].Message) + around
	}

	w := canonicalWriter{body: make([]byte, 0, size)}

	w.add("{")
	w.number("schema", p.Schema)
	w.text("program", p.Program)
	w.text("api_batch", p.APIBatch)
	w.text("part", p.Part)
	w.time("submitted_at", p.SubmittedAt)
	w.number("polls", p.Polls)
	w.optional("flow_id", p.FlowID)
	w.flag("alone", p.Alone)
	w.optional("numbers", p.Numbers)
	w.member("jobs")
	w.add("[")

	for i := range p.Jobs {
		if i > 0 {
			w.add(",")
		}

		if p.Jobs[i].write(&w); w.bad {
			return nil, false
		}
	}

	w.add("]}")

	return w.body, !w.bad
}

func (j *SubmittedJob) write(w *canonicalWriter) {
	w.add("{")
	w.number("attempt", j.Attempt)
	w.number("charged", j.Charged)
	w.time("started_at", j.StartedAt)
	w.optional("traceparent", j.Traceparent)
	w.flat("message", j.Message)
	w.add("}")
}

// readPoll reads the body of a poll, if it is as writePoll writes it. The messages of its jobs are parts of the body.
func readPoll(body []byte) (p Poll, ours bool) {
	r := canonicalReader{rest: body}
	r.skip(`{"schema":1`)

	p = Poll{
		Schema: SchemaVersion, Program: r.required("program"), APIBatch: r.required("api_batch"), Part: r.required("part"),
		SubmittedAt: r.time("submitted_at"), Polls: r.number("polls"), FlowID: r.optional("flow_id"), Alone: r.flag("alone"),
		Numbers: r.optional("numbers"),
	}

	r.bad = r.bad || p.SubmittedAt.IsZero() || !r.member("jobs")
	r.skip("[")

	for more := true; more && !r.bad; {
		p.Jobs = append(p.Jobs, r.submitted())

		if more = !r.has("]"); more {
			r.skip(",")
		}
	}

	r.close()

	return p, r.ended()
}

func (r *canonicalReader) submitted() SubmittedJob {
	r.open()

	job := SubmittedJob{
		Attempt: r.number("attempt"), Charged: r.number("charged"), StartedAt: r.time("started_at"),
		Traceparent: r.optional("traceparent"),
	}

	r.bad = r.bad || job.StartedAt.IsZero() || !r.member("message")
	job.Message = r.flat()

	r.close()

	return job
}
