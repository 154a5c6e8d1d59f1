"""What an operator reads: every event of the hub, and Kafka's client without its repetitions."""

import json
import subprocess
import sys

PROGRAM = """
import logging
from hub import log

log.configure("json", "info")
for name in ("aiokafka.cluster", "uvicorn.error"):
    for moment, sentence in ((0, "a"), (0.1, "a"), (0.2, "b"), (59, "a"), (61, "a"), (62, "a")):
        facts = {"name": name, "levelno": 40, "levelname": "ERROR", "msg": sentence, "created": moment}
        logging.getLogger(name).handle(logging.makeLogRecord(facts))
for _ in range(3):
    log.get("hub.relay").warning("relay.waits")
"""


def test_the_client_of_kafka_says_the_same_once_a_minute_and_nobody_else_is_cut_short() -> None:
    done = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True, check=True)
    said = [(line["logger"], line["event"]) for line in map(json.loads, done.stderr.splitlines())]

    assert [event for name, event in said if name == "aiokafka.cluster"] == ["a", "b", "a"]
    assert [event for name, event in said if name == "uvicorn.error"] == ["a", "a", "b", "a", "a", "a"]
    assert [event for name, event in said if name == "hub.relay"] == ["relay.waits"] * 3
