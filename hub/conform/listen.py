"""The kit turned round: a server that stands between a vendor's client and a hub, and hands on what comes, troubles apart."""

import time
from email.utils import formatdate
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx

from hub.conform.watch import WAIT, Request, Watch, refusal

_HOP: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "host", "date"})
_OFF: Final = 3600  # seconds by which the clock in the answers is off
_BUSY: Final = {"L01": 503, "L03": 429}


def serve(target: str, port: int, watch: Watch) -> ThreadingHTTPServer:
    """A server on loopback that hands everything to the hub at `target`, troubles apart. Call `serve_forever`."""
    hub = httpx.Client(base_url=target, timeout=120)

    class Between(_Between):
        def do_GET(self) -> None:
            self.stand(hub, watch)

        do_POST = do_HEAD = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815 - the server's own names

    return ThreadingHTTPServer(("127.0.0.1", port), Between)


class _Between(BaseHTTPRequestHandler):
    """One connection of the client's."""

    def stand(self, hub: httpx.Client, watch: Watch) -> None:
        """Take one request, hand it on, hand the answer back, and plant what is to be planted."""
        asked = Request(self.command, self.path, self.rfile.read(int(self.headers.get("Content-Length", 0))))
        with watch.lock:
            case = watch.meet(asked, time.monotonic())
        if case in _BUSY:
            self._answer(_BUSY[case], {"Retry-After": str(WAIT)}, b"")
        elif case == "L06":
            self._answer(422, {"Content-Type": "application/problem+json"}, refusal())
        else:
            given = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            got = hub.request(self.command, self.path, headers=given, content=asked.body)
            self._hand_back(case, got, _content(watch, case, asked, got))

    def _hand_back(self, case: str, got: httpx.Response, content: bytes) -> None:
        if case == "L02":
            self.close_connection = True  # the hub has it, and the client hears nothing
            return
        kept = {name: value for name, value in got.headers.items() if name not in _HOP}
        self._answer(got.status_code, kept, content, cut=case == "L04")

    def date_time_string(self, timestamp: float | None = None) -> str:
        """The Date of an answer: off, as clocks are."""
        return formatdate((timestamp or time.time()) - _OFF, usegmt=True)

    def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content[: len(content) // 2] if cut else content)
        self.close_connection = cut

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
        """Say nothing: the watch tells."""


def _content(watch: Watch, case: str, asked: Request, got: httpx.Response) -> bytes:
    """What to hand on of an answer; of one that is spoilt the watch learns nothing."""
    if case == "L07" and len(got.content) > 1:
        return got.content[:-2] + bytes([got.content[-2] ^ 1]) + got.content[-1:]
    if case in {"L02", "L04", "L07"}:
        return got.content
    with watch.lock:
        return watch.answered(asked, got.status_code, got.content, time.monotonic())
