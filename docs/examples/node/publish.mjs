// Publishes jobs, each a line of standard input:
//
//   {"id": "card-4711-v1", "external_card_id": "4711", "payload": {"card": {…}, "consumer": {…}}}
//
//   PROGRAM=gold INTAKE_KEY=intake-key.pub.pem NATS_URL=nats://127.0.0.1:4222 node publish.mjs < jobs.jsonl
import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { jetstream } from "@nats-io/jetstream";
import { connect } from "@nats-io/transport-node";
import { calculateJwkThumbprint, CompactEncrypt, exportJWK, importSPKI } from "jose";

const { NATS_URL = "nats://127.0.0.1:4222", INTAKE_KEY, PROGRAM } = process.env;

const key = await importSPKI(await readFile(INTAKE_KEY, "utf8"), "ECDH-ES", { extractable: true });
const kid = await calculateJwkThumbprint(await exportJWK(key));

const seal = (payload) =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(payload)))
    .setProtectedHeader({ alg: "ECDH-ES", enc: "A256GCM", kid })
    .encrypt(key);

// The same bytes under the same message id, for longer than a cluster takes to elect a new leader: what the queue has
// already it acknowledges as a duplicate. An error after that says nothing of whether the job is stored: publish it again.
async function publish(js, job) {
  const body = JSON.stringify(job);
  const digest = createHash("sha256").update(body).digest("hex");
  const options = { msgID: `${job.id}/${digest.slice(0, 32)}`, timeout: 5_000, expect: { streamName: "ENROLL_JOBS" } };

  for (const deadline = Date.now() + 30_000; ; await sleep(500)) {
    try {
      return await js.publish(`enroll.jobs.${job.program}`, body, options);
    } catch (error) {
      if (Date.now() > deadline) throw error;
    }
  }
}

const connection = await connect({ servers: NATS_URL, name: "example publisher" });

try {
  const js = jetstream(connection);

  for await (const line of createInterface({ input: process.stdin })) {
    if (!line.trim()) continue;

    const { payload, ...rest } = JSON.parse(line);
    const job = { schema: 1, program: PROGRAM, ...rest };
    if (payload) job.sealed = await seal(payload); // a job that takes a card out has none

    const { seq, duplicate } = await publish(js, job);
    console.log(JSON.stringify({ id: job.id, sequence: seq, duplicate: duplicate ?? false }));
  }
} finally {
  await connection.close();
}
