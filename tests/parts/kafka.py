"""A real Apache Kafka: the broker at TRUC_TEST_KAFKA, else the release that `deploy/kafka/pom.xml` names, on Java 17."""

import asyncio
import base64
import hashlib
import os
import shutil
import subprocess
import tempfile
import uuid
from contextlib import suppress
from pathlib import Path

from aiokafka.client import AIOKafkaClient
from aiokafka.errors import KafkaError

from tests.parts.children import end, free_port, spawn, tail

DEPLOY = Path(__file__).parents[2] / "deploy" / "kafka"
JAVA_OPTIONS = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn -Xmx512m -XX:+UseSerialGC -XX:TieredStopAtLevel=1 -Xshare:auto"
)
_PLUGIN = "org.apache.maven.plugins:maven-dependency-plugin:3.8.1:copy-dependencies"
_MISSING = (
    "no Apache Kafka: install Debian's `maven` and `openjdk-17-jre-headless` (the jars come by deploy/kafka/pom.xml), "
    "or set TRUC_TEST_KAFKA to host:port"
)


class Kafka:
    """A broker. `start` from the main thread returns at once; `ready` waits until it answers."""

    def __init__(self, *, private: bool = False, seen_at: int | None = None) -> None:
        """`private`: never the one at TRUC_TEST_KAFKA. `seen_at`: the port clients are told (a proxy's)."""
        self._private = private
        self._seen_at = seen_at
        self._command = ""
        self.port = 0
        self._child: subprocess.Popen[bytes] | None = None
        self._folder: Path | None = None
        self.bootstrap = ""
        self.what = ""

    def start(self) -> "Kafka":
        if (given := os.environ.get("TRUC_TEST_KAFKA")) and not self._private:
            self.bootstrap, self.what = given, "TRUC_TEST_KAFKA"
            return self
        jars = jars_of(DEPLOY)
        self._folder = Path(tempfile.mkdtemp(prefix="truc-kafka-"))
        port, controller = free_port(), free_port()
        properties = self._folder / "server.properties"
        properties.write_text(
            (DEPLOY / "server.properties").read_text()
            + f"\nlisteners=PLAINTEXT://127.0.0.1:{port},CONTROLLER://127.0.0.1:{controller}\n"
            f"advertised.listeners=PLAINTEXT://127.0.0.1:{self._seen_at or port}\n"
            "controller.listener.names=CONTROLLER\n"
            f"controller.quorum.bootstrap.servers=127.0.0.1:{controller}\n"
            f"log.dirs={self._folder / 'data'}\n"
        )
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")  # may begin with "-"
        java = f"java {JAVA_OPTIONS} -cp '{jars}/*'"
        script = (
            f"{java} kafka.tools.StorageTool format --standalone --cluster-id={cluster} -c {properties} && "
            f"exec {java} kafka.Kafka {properties}"
        )
        self._command = f"exec {java} kafka.Kafka {properties}"
        self._child = spawn(["/bin/sh", "-c", script], self._folder / "log", cwd=self._folder)
        self.port = port
        self.bootstrap = f"127.0.0.1:{self._seen_at or port}"
        self.what = f"{next(jars.glob('kafka_2*.jar')).stem} on port {port}"
        return self

    @property
    def log(self) -> Path:
        return (self._folder or Path()) / "log"

    @property
    def pid(self) -> int:
        assert self._child
        return self._child.pid

    def kill(self) -> None:
        """kill -9: what it had not written is gone."""
        assert self._child
        self._child.kill()
        self._child.wait(30)

    def begin(self) -> None:
        """Start it again with what it had, and return at once."""
        assert self._folder
        self._child = spawn(["/bin/sh", "-c", self._command], self._folder / "log", cwd=self._folder)

    def stop(self) -> None:
        end(self._child, self._folder)


async def ready(bootstrap: str, log: Path | None = None, within: float = 90) -> None:
    """Return when the broker answers with its metadata."""
    host, _, port = bootstrap.split(",", maxsplit=1)[0].rpartition(":")
    deadline = asyncio.get_running_loop().time() + within
    while True:
        client = AIOKafkaClient(bootstrap_servers=bootstrap, request_timeout_ms=3000)
        try:
            (await asyncio.open_connection(host, int(port)))[1].close()  # quieter than a client that finds nobody
            await client.bootstrap()
        except (KafkaError, OSError):
            if asyncio.get_running_loop().time() > deadline:
                words = f"Kafka at {bootstrap} does not answer after {within:.0f} s:\n{tail(log) if log else ''}"
                raise AssertionError(words) from None
            await asyncio.sleep(0.2)
        else:
            return
        finally:
            with suppress(Exception):
                await client.close()


def jars_of(deploy: Path) -> Path:
    """The folder of jars, fetched once for each pom and kept in the user's cache."""
    pom = deploy / "pom.xml"
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "truc"
    folder = cache / f"kafka-{hashlib.sha256(pom.read_bytes()).hexdigest()[:12]}"
    if (folder / "complete").exists():
        return folder
    assert shutil.which("mvn"), _MISSING
    assert shutil.which("java"), _MISSING
    fresh = Path(tempfile.mkdtemp(prefix="kafka-", dir=_made(cache)))
    for mode in (["-o"], []):
        command = ["mvn", "-q", "-B", *mode, "-f", str(pom), _PLUGIN, f"-DoutputDirectory={fresh}"]
        made = subprocess.run(command, capture_output=True, text=True, check=False)
        if made.returncode == 0 and any(fresh.glob("kafka_2*.jar")):
            break
    else:
        raise AssertionError(f"{_MISSING}\n{made.stdout[-2000:]}{made.stderr[-2000:]}")
    (fresh / "complete").touch()
    with suppress(OSError):  # another run was first
        fresh.rename(folder)
    return folder if (folder / "complete").exists() else fresh


def _made(folder: Path) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    return folder
