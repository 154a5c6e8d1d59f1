"""Running processes: the server around the gateway, the loop around the worker, and a clean end on SIGTERM."""

import asyncio
import os
import signal
import socket
import sys
import threading
from typing import Any

import uvicorn
from prometheus_client import start_http_server

from hub import heap, log, say, worker
from hub.console import pages as console
from hub.errors import rejected
from hub.gateway.app import Gateway, explain
from hub.gateway.framing import framed
from hub.settings import Settings
from hub.vxp import face as vxp
from hub.wiring import Hub, build

_logger = log.get(__name__)
_UNHEARD = (OSError, TypeError, ValueError)  # a host that is no name is either of the last two
_GRACE_SECONDS = 15  # for requests in hand, of the 30 a process has to end
LAST_SECONDS = 27.0
"""After which a process that was asked to end is ended, whatever it waits for: what it has promised is on record."""


class _Server(uvicorn.Server):
    """uvicorn that says where it listens once it can be called, and lets long polls go when it stops."""

    def __init__(self, config: uvicorn.Config, hub: Hub, address: str) -> None:
        super().__init__(config)
        self._hub = hub
        self._address = address

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if self.started and not self.should_exit:
            heap.collect_seldom()
            sys.stdout.write(f"listening on {self._address}\n")
            sys.stdout.flush()

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        end_for_sure()
        self._hub.database.bell.let_go()
        await super().shutdown(sockets)
        self._captured_signals.clear()  # uvicorn would raise them again: being asked to end and ending is no failure


def end_for_sure() -> None:
    """Begin the time a process has to end by itself."""

    def end() -> None:
        _logger.error("stop.forced", seconds=LAST_SECONDS)
        sys.stdout.flush()
        os._exit(0)

    timer = threading.Timer(LAST_SECONDS, end)
    timer.daemon = True  # it keeps nobody who is done
    timer.start()


def serve(settings: Settings, *, with_rooms: bool) -> int:
    """Serve until SIGTERM or SIGINT. Answers the exit code."""
    heap.settle()
    hub = build(settings)

    async def background() -> None:
        async with asyncio.TaskGroup() as group:
            group.create_task(worker.keep_directory_fresh(hub))
            if with_rooms:
                group.create_task(worker.run(hub))

    try:
        listener = _listen(settings.host, settings.port)
    except _UNHEARD as error:
        return _cannot_listen(settings.host, settings.port, error)
    host, port = listener.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    config = uvicorn.Config(
        Gateway(hub, background=background, faces=[console.mount], asides=[vxp.mount]),
        http=framed(settings.head_timeout_seconds, vxp.unreadable(settings, explain)),
        loop="uvloop",
        ws="none",
        lifespan="on",
        log_config=None,
        access_log=False,
        server_header=False,
        proxy_headers=False,  # the gateway reads them itself, from proxies it is told to believe
        timeout_keep_alive=30,
        timeout_graceful_shutdown=_GRACE_SECONDS,
        backlog=2048,
    )
    server = _Server(config, hub, f"http://{shown}:{port}")
    server.run(sockets=[listener])
    return 0 if server.started else 1


def _cannot_listen(host: str, port: int, error: Exception) -> int:
    reason = getattr(error, "strerror", None) or error
    say.explain(rejected("cannot-listen", address=f"{host}:{port}", reason=reason))
    return 1


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(2048)
    listener.setblocking(False)
    return listener


def work(settings: Settings) -> int:
    """Run the rooms until SIGTERM or SIGINT. Answers the exit code."""
    import uvloop

    if settings.metrics_port:
        try:
            start_http_server(settings.metrics_port, settings.host)
        except _UNHEARD as error:
            return _cannot_listen(settings.host, settings.metrics_port, error)
    heap.settle()
    return uvloop.run(_work(build(settings)))


async def _work(hub: Hub) -> int:
    await hub.start()
    rooms: asyncio.Task[Any] = asyncio.create_task(worker.run(hub))
    loop = asyncio.get_running_loop()

    def end() -> None:
        end_for_sure()
        rooms.cancel()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, end)
    heap.collect_seldom()
    sys.stdout.write("working\n")
    sys.stdout.flush()
    try:
        await rooms
    except asyncio.CancelledError:
        return 0
    except Exception:
        _logger.exception("rooms.broke")
        return 1
    finally:
        async with asyncio.timeout(_GRACE_SECONDS):
            await hub.stop()
    return 0
