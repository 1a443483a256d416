// Follows the outcomes of a program and prints each once, until it is told to stop (SIGINT, SIGTERM):
//
//   PROGRAM=gold NATS_URL=nats://127.0.0.1:4222 node outcomes.mjs
//
// A durable consumer remembers what was acknowledged, so that nothing is missed while this is not running, for as long as
// the queue keeps outcomes.
import { AckPolicy, jetstream, jetstreamManager } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";

const { NATS_URL = "nats://127.0.0.1:4222", PROGRAM, DURABLE = "example-outcomes" } = process.env;

const connection = await connect({ servers: NATS_URL, name: "example consumer" });

await (await jetstreamManager(connection)).consumers.add("ENROLL_OUTCOMES", {
  durable_name: DURABLE,
  filter_subject: `enroll.outcomes.${PROGRAM}.>`,
  ack_policy: AckPolicy.Explicit,
  ack_wait: 30_000_000_000, // nanoseconds: what is not acknowledged by then comes again
});

const consumer = await jetstream(connection).consumers.get("ENROLL_OUTCOMES", DURABLE);
const messages = await consumer.consume({ max_messages: 100 });

for (const signal of ["SIGINT", "SIGTERM"]) process.once(signal, () => messages.stop());

// Delivery is at least once. In place of this set, write the message id and what follows from the outcome in one
// transaction of your database.
const handled = new Set();

for await (const message of messages) {
  const id = message.headers?.get("Nats-Msg-Id");

  if (!handled.has(id)) {
    const { id: job, status, error } = message.json();
    console.log(JSON.stringify({ id: job, status, reason: error?.reason }));
    handled.add(id);
  }

  await message.ackAck(); // only after that is done
}

await connection.close();
