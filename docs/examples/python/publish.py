"""Publishes jobs, each a line of standard input:

  {"id": "card-4711-v1", "external_card_id": "4711", "payload": {"card": {…}, "consumer": {…}}}

  PROGRAM=gold INTAKE_KEY=intake-key.pub.pem NATS_URL=nats://127.0.0.1:4222 python3 publish.py < jobs.jsonl
"""

import asyncio
import hashlib
import json
import os
import sys
import time

import nats
from nats.errors import Error

from sealing import Sealer


async def publish(js, job):
    """The same bytes under the same message id, for longer than a cluster takes to elect a new leader: what the queue has
    already it acknowledges as a duplicate. An error after that says nothing of whether the job is stored: publish it again."""
    body = json.dumps(job).encode()
    headers = {"Nats-Msg-Id": f"{job['id']}/{hashlib.sha256(body).hexdigest()[:32]}"}
    deadline = time.monotonic() + 30

    while True:
        try:
            return await js.publish(f"enroll.jobs.{job['program']}", body, timeout=5, stream="ENROLL_JOBS", headers=headers)
        except (Error, asyncio.TimeoutError):
            if time.monotonic() > deadline:
                raise
            await asyncio.sleep(0.5)


async def main():
    with open(os.environ["INTAKE_KEY"], "rb") as file:
        sealer = Sealer(file.read())

    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), name="example publisher")

    try:
        js = connection.jetstream()

        for line in filter(str.strip, sys.stdin):
            job = {"schema": 1, "program": os.environ["PROGRAM"], **json.loads(line)}
            payload = job.pop("payload", None)  # a job that takes a card out has none
            if payload:
                job["sealed"] = sealer.seal(payload)

            ack = await publish(js, job)
            print(json.dumps({"id": job["id"], "sequence": ack.seq, "duplicate": bool(ack.duplicate)}), flush=True)
    finally:
        await connection.close()


asyncio.run(main())
