"""`truc bench` with real parts beside it: a PostgreSQL that syncs, and a Kafka. What `make bench` runs."""

import asyncio
import sys

from hub.bench.main import main
from tests.parts import kafka, postgres


def run(arguments: list[str]) -> int:
    """Start the parts, measure, end them."""
    broker = kafka.Kafka().start()
    server = postgres.Postgres(durable=True).start()
    try:
        asyncio.run(kafka.ready(broker.bootstrap, broker.log))
        return main([*arguments, "--postgres", server.dsn, "--kafka", broker.bootstrap])
    finally:
        server.stop()
        broker.stop()


if __name__ == "__main__":
    sys.exit(run(sys.argv[1:]))
