"""The kit turned round: stands between a vendor's client and a hub, plants troubles, and sees what the client makes of them.

Each trouble is planted once. A case is kept or broken by what the client does next, and not tried when it never comes so far.
"""

import hashlib
import re
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx

from hub.conform.cases import Case
from hub.conform.ground import Ground, NotTried
from hub.conform.run import End, Outcome

_WAIT: Final = 2  # seconds that Retry-After asks for
_HOP: Final = frozenset({"content-length", "transfer-encoding", "connection", "content-encoding", "host"})
_FETCH: Final = re.compile(r"/v1/inbox/(?!stream)[^/?]+")


def _watched(ground: Ground) -> None:
    del ground
    raise NotTried("watched by truc conform --listen")


_RULE: Final = "docs/how-to/connect-an-office-system.md"
CASES: Final = (
    Case("L01", "Trục bận (503)", "After 503 the same bytes come again, not before Retry-After", _RULE, _watched),
    Case("L02", "Mất câu trả lời", "After a lost answer the same bytes come again", _RULE, _watched),
    Case("L03", "Quá nhiều yêu cầu (429)", "After 429 nothing is asked before Retry-After", "RFC 6585 §4", _watched),
    Case("L04", "Tải về bị đứt", "A broken fetch is fetched again before it is confirmed", _RULE, _watched),
)


@dataclass(slots=True)
class Watch:
    """What was planted, and what is known of the client so far. Every method is called under `lock`."""

    told: Callable[[str], None]
    planted: dict[str, tuple[str, float]] = field(default_factory=dict)  # case -> what it was about, when
    ends: dict[str, tuple[End, str]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def meet(self, method: str, path: str, body: bytes, now: float) -> str:
        """Judge a request by what was planted before; answers the case to plant now, or ""."""
        bare = path.partition("?")[0]
        if (method, bare) == ("POST", "/v1/envelopes"):
            about = hashlib.sha256(body).hexdigest()
            self._judge("L01", about, "other bytes came", now, wait=_WAIT)
            self._judge("L02", about, "other bytes came", now)
            return self._plant("L01", about, now) or self._plant("L02", about, now)
        if (method, bare) == ("GET", "/v1/inbox"):
            self._judge("L03", bare, "", now, wait=_WAIT)
            return self._plant("L03", bare, now)
        if _FETCH.fullmatch(bare.removesuffix("/confirm")):
            is_confirm = bare.endswith("/confirm")
            about = self.planted.get("L04", ("", 0.0))[0]
            if about == bare.removesuffix("/confirm"):
                self._judge("L04", "" if is_confirm else bare, "it was confirmed though it never arrived whole", now)
            return "" if is_confirm else self._plant("L04", bare, now)
        return ""

    def _plant(self, case: str, about: str, now: float) -> str:
        if case in self.planted:
            return ""
        self.planted[case] = (about, now)
        self.told(f"{case} planted")
        return case

    def _judge(self, case: str, about: str, otherwise: str, now: float, wait: float = 0) -> None:
        if case not in self.planted or case in self.ends:
            return
        wanted, planted_at = self.planted[case]
        why = otherwise if about != wanted else ""
        if not why and now - planted_at < wait:
            why = f"asked again after {now - planted_at:.1f} seconds, though Retry-After said {wait}"
        self.ends[case] = (End.BROKEN, why) if why else (End.KEPT, "")
        self.told(f"{case} {self.ends[case][0].value} {why}")

    def outcomes(self) -> list[Outcome]:
        """How each case stands; one that was planted and never answered is broken."""
        found = []
        for case in CASES:
            is_open = case.id in self.planted
            unseen = (End.BROKEN, "the client never came back") if is_open else (End.NOT_TRIED, "nothing came so far")
            found.append(Outcome(case, *self.ends.get(case.id, unseen), (), 0.0))
        return found


def serve(target: str, port: int, watch: Watch) -> ThreadingHTTPServer:
    """A server on loopback that hands everything to the hub at `target`, troubles apart. Call `serve_forever`."""
    hub = httpx.Client(base_url=target, timeout=120)

    class Between(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
            with watch.lock:
                case = watch.meet(self.command, self.path, body, time.monotonic())
            if case in {"L01", "L03"}:
                self._answer(503 if case == "L01" else 429, {"Retry-After": str(_WAIT)}, b"")
                return
            given = {name: value for name, value in self.headers.items() if name.lower() not in _HOP}
            got = hub.request(self.command, self.path, headers=given, content=body)
            if case == "L02":
                self.close_connection = True  # the hub has it, and the client hears nothing
                return
            kept = {name: value for name, value in got.headers.items() if name not in _HOP}
            self._answer(got.status_code, kept, got.content, cut=case == "L04")

        do_POST = do_GET  # noqa: N815 - the server's own name

        def _answer(self, status: int, headers: dict[str, str], content: bytes, *, cut: bool = False) -> None:
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content[: len(content) // 2] if cut else content)
            self.close_connection = cut

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - as the base class names it
            """Say nothing: the watch tells."""

    return ThreadingHTTPServer(("127.0.0.1", port), Between)
