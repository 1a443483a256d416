"""Follows the outcomes of a program and prints each once, until it is told to stop (SIGINT, SIGTERM):

  PROGRAM=gold NATS_URL=nats://127.0.0.1:4222 python3 outcomes.py

A durable consumer remembers what was acknowledged, so that nothing is missed while this is not running, for as long as the
queue keeps outcomes.
"""

import asyncio
import json
import os
import signal

import nats
from nats.errors import TimeoutError


async def main():
    stopping = asyncio.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)

    connection = await nats.connect(os.environ.get("NATS_URL", "nats://127.0.0.1:4222"), name="example consumer")
    subscription = await connection.jetstream().pull_subscribe(
        f"enroll.outcomes.{os.environ['PROGRAM']}.>",
        durable=os.environ.get("DURABLE", "example-outcomes"),
        stream="ENROLL_OUTCOMES",
    )

    # Delivery is at least once. In place of this set, write the message id and what follows from the outcome in one
    # transaction of your database.
    handled = set()

    while not stopping.is_set():
        try:
            messages = await subscription.fetch(100, timeout=1)
        except TimeoutError:
            continue  # there was none

        for message in messages:
            message_id = message.headers["Nats-Msg-Id"]

            if message_id not in handled:
                outcome = json.loads(message.data)
                reason = outcome.get("error", {}).get("reason")
                print(json.dumps({"id": outcome["id"], "status": outcome["status"], "reason": reason}), flush=True)
                handled.add(message_id)

            await message.ack_sync()  # only after that is done

    await connection.close()


asyncio.run(main())
