package grants

import (
	"fmt"
	"strings"

	"enroll.example/clicktopay/pkg/jobs"
)

// Subjects are what a user at the queue may publish to and subscribe to.
type Subjects struct{ Publish, Subscribe []string }

// bucket is the stream of the bucket in which operators and workers leave word for each other.
const bucket = "KV_" + jobs.BucketControl

// InboxPrefix is where answers for a role arrive. Each role has its own: who may subscribe to the answers of workers reads the
// jobs.
func InboxPrefix(role Role) string { return "_INBOX_" + string(role) }

// PublisherInboxPrefix is where answers for the publisher of a program arrive.
func PublisherInboxPrefix(program string) string { return InboxPrefix(Publisher) + "_" + program }

// OutcomesConsumer is the durable consumer by which the publisher of a program reads its outcomes.
func OutcomesConsumer(program string) string { return "outcomes-" + program }

// ForPublisher returns what the upstream system of a program needs: publish its jobs, and read their outcomes through one durable
// consumer with one filter, which the owner of the queue makes. It sees nothing of other programs, and no job. Who makes a
// consumer says where its messages go, and could send them to the subject of another program's jobs.
func ForPublisher(program string) Subjects {
	consumer := jobs.StreamOutcomes + "." + OutcomesConsumer(program)

	return Subjects{
		Publish: []string{
			jobs.Subject(program),
			"$JS.API.CONSUMER.INFO." + consumer,
			"$JS.API.CONSUMER.MSG.NEXT." + consumer,
			"$JS.ACK." + consumer + ".>",
		},
		Subscribe: []string{PublisherInboxPrefix(program) + ".>"},
	}
}

// ForRole returns what a process needs at streams that are there. Who makes them needs Creating as well.
func ForRole(role Role) Subjects {
	look := []string{"$JS.API.STREAM.INFO.*", "$JS.API.CONSUMER.INFO.*.*", "$JS.API.CONSUMER.LIST.*"}
	readWord := []string{"$JS.API.DIRECT.GET." + bucket + ".>", "$JS.API.DIRECT.GET." + bucket}
	leaveWord := []string{"$JS.API.STREAM.PURGE." + bucket, "$KV." + jobs.BucketControl + ".>"}
	read := func(streams ...string) (subjects []string) {
		for _, stream := range streams {
			subjects = append(subjects, "$JS.API.STREAM.MSG.GET."+stream)
		}

		return subjects
	}

	subjects := Subjects{Publish: look, Subscribe: []string{InboxPrefix(role) + ".>"}}
	add := func(more ...[]string) {
		for _, list := range more {
			subjects.Publish = append(subjects.Publish, list...)
		}
	}

	switch role {
	case Worker:
		add(read(jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes), readWord, leaveWord, []string{
			"$JS.API.CONSUMER.MSG.NEXT.*.*", "$JS.ACK.>", // taking jobs
			// What they lead to.
			jobs.RetrySubject("*", "*"), jobs.AnyPollSubject, jobs.DeadSubject("*", "*"), jobs.OutcomeSubject("*", "*"),
			"$JS.API.STREAM.MSG.DELETE." + jobs.StreamJobs, "$JS.API.STREAM.MSG.DELETE." + jobs.StreamRetry,
			"$JS.API.STREAM.MSG.DELETE." + jobs.StreamDead, // overwriting what must not be kept
			"$JS.API.CONSUMER.CREATE.>", "$JS.API.CONSUMER.DELETE.*.*",
		})
	case Submit:
		add(read(jobs.StreamJobs), readWord, []string{jobs.Subject("*")})
	case Operator:
		add(read(jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes), readWord, leaveWord, []string{
			// Reading the dead letters in order.
			"$JS.API.CONSUMER.CREATE." + jobs.StreamDead + ".>", "$JS.API.CONSUMER.MSG.NEXT." + jobs.StreamDead + ".*",
			"$JS.API.CONSUMER.DELETE." + jobs.StreamDead + ".*",
			jobs.Subject("*"), jobs.DueSubject("*"), jobs.OutcomeSubject("*", "*"),
		})
	case Console:
		add(read(jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes), readWord)
	case Purge:
		add(read(jobs.StreamJobs, jobs.StreamRetry, jobs.StreamDead, jobs.StreamOutcomes), readWord)

		for _, stream := range []string{jobs.StreamDead, jobs.StreamOutcomes} { // reading them in order, and overwriting
			add([]string{
				"$JS.API.CONSUMER.CREATE." + stream + ".>", "$JS.API.CONSUMER.MSG.NEXT." + stream + ".*",
				"$JS.API.CONSUMER.DELETE." + stream + ".*", "$JS.API.STREAM.MSG.DELETE." + stream,
			})
		}
	default:
		return Subjects{}
	}

	return subjects
}

// Creating returns what else a worker needs to make streams and the bucket where they are missing.
func Creating() []string { return []string{"$JS.API.STREAM.CREATE.*", "$JS.API.INFO"} }

// Conf returns the authorization block of a server's configuration file. Passwords are named by variables of the environment.
func Conf(programs []string) string {
	var s strings.Builder

	for _, program := range programs {
		fmt.Fprintf(&s, "# As the owner of the queue: "+
			"nats consumer add %s %s --filter '%s' --pull --deliver all --ack explicit --defaults\n",
			jobs.StreamOutcomes, OutcomesConsumer(program), jobs.OutcomeSubject(program, ">"))
	}

	s.WriteString("authorization {\n  users = [\n")

	for _, role := range []Role{Worker, Submit, Operator, Console, Purge} {
		subjects := ForRole(role)
		if role == Worker {
			subjects.Publish = append(subjects.Publish, Creating()...)
		}

		writeUser(&s, string(role), subjects)
	}

	for _, program := range programs {
		writeUser(&s, string(Publisher)+"-"+program, ForPublisher(program))
	}

	s.WriteString("  ]\n}\n")

	return s.String()
}

func writeUser(s *strings.Builder, name string, subjects Subjects) {
	variable := "ENROLL_NATS_PASSWORD_" + strings.ToUpper(strings.ReplaceAll(name, "-", "_"))

	fmt.Fprintf(s, "    {\n      user: %q, password: $%s\n      permissions: {\n", name, variable)
	writeList(s, "publish", subjects.Publish)
	writeList(s, "subscribe", subjects.Subscribe)
	s.WriteString("      }\n    }\n")
}

func writeList(s *strings.Builder, what string, subjects []string) {
	fmt.Fprintf(s, "        %s: { allow: [\n", what)

	for _, subject := range subjects {
		fmt.Fprintf(s, "          %q\n", subject)
	}

	s.WriteString("        ] }\n")
}
