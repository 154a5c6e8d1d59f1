"""Three real brokers of Apache Kafka on loopback, set up as `deploy/kafka/cluster.properties` says."""

import asyncio
import base64
import shutil
import subprocess
import tempfile
import uuid
from pathlib import Path

from tests.parts.children import end, free_port, spawn
from tests.parts.kafka import DEPLOY, JAVA_OPTIONS, jars_of, ready

BROKERS = 3


class Cluster:
    """`start` from the main thread returns at once; `ready` waits until all three answer."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="truc-kafkas-"))
        self._ports = [free_port() for _ in range(BROKERS)]
        self._controllers = [free_port() for _ in range(BROKERS)]
        self._children: dict[int, subprocess.Popen[bytes]] = {}

    @property
    def bootstrap(self) -> str:
        return ",".join(f"127.0.0.1:{port}" for port in self._ports)

    def start(self) -> "Cluster":
        cluster = _id()
        voters = ",".join(f"{n}@127.0.0.1:{port}:{_id()}" for n, port in enumerate(self._controllers, 1))
        java = f"java {JAVA_OPTIONS} -cp '{jars_of(DEPLOY)}/*'"
        for number in range(1, BROKERS + 1):
            home = self._folder / str(number)
            home.mkdir()
            properties = home / "broker.properties"
            properties.write_text((DEPLOY / "cluster.properties").read_text() + self._own(number, home))
            formatting = f"kafka.tools.StorageTool format --cluster-id={cluster} -c {properties}"
            script = f"{java} {formatting} --initial-controllers {voters} && exec {java} kafka.Kafka {properties}"
            self._children[number] = spawn(["/bin/sh", "-c", script], home / "log", cwd=home)
        return self

    def _own(self, number: int, home: Path) -> str:
        port, controller = self._ports[number - 1], self._controllers[number - 1]
        quorum = ",".join(f"127.0.0.1:{each}" for each in self._controllers)
        return (
            f"\nnode.id={number}\n"
            f"listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n"
            f"controller.quorum.bootstrap.servers={quorum}\n"
            f"log.dirs={home / 'data'}\n"
            # a dead broker is noticed in a second or two instead of nine
            "broker.session.timeout.ms=2000\nbroker.heartbeat.interval.ms=400\n"
        )

    async def ready(self) -> None:
        await asyncio.gather(
            *(ready(f"127.0.0.1:{port}", self._folder / str(n) / "log") for n, port in enumerate(self._ports, 1))
        )

    def kill(self, number: int) -> None:
        """kill -9 of one broker (1 to 3), which stays dead."""
        self._children[number].kill()
        self._children[number].wait(30)

    def stop(self) -> None:
        for child in self._children.values():
            end(child, None)
        shutil.rmtree(self._folder, ignore_errors=True)


def _id() -> str:
    """A Kafka id that does not begin with a dash, which its tools would take for an option."""
    while (made := base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")).startswith("-"):
        pass
    return made
