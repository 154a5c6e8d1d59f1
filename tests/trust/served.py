"""A CA's web server: lists, OCSP answers and certificates over real HTTP on loopback, as good or as bad as told."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

Reply = tuple[int, dict[str, str], bytes]
Page = bytes | Callable[[bytes], bytes] | Reply
"""What a path gives: always the same bytes, bytes made of what was posted, or a whole reply."""

NEVER = object()
"""In place of a page: the server takes the request and says nothing until it is stopped."""


@dataclass(slots=True)
class Served:
    """The server. `pages` may change while it runs; `asked` counts requests by path."""

    base: str
    pages: dict[str, Any] = field(default_factory=dict)
    asked: dict[str, int] = field(default_factory=dict)
    ends: threading.Event = field(default_factory=threading.Event)

    def url(self, path: str) -> str:
        return self.base + path


def _handler(served: Served) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self._answer(b"")

        def do_POST(self) -> None:
            self._answer(self.rfile.read(int(self.headers.get("content-length", 0))))

        def _answer(self, posted: bytes) -> None:
            served.asked[self.path] = served.asked.get(self.path, 0) + 1
            page = served.pages.get(self.path, (404, {}, b"not here"))
            if page is NEVER:
                served.ends.wait()
                return
            status, headers, body = page if isinstance(page, tuple) else (200, {}, page)
            content = body(posted) if callable(body) else body
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            if not {"Transfer-Encoding", "Content-Length"} & set(headers):
                self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        def log_message(self, *_: object) -> None:
            pass

    return Handler


@contextmanager
def serving() -> Iterator[Served]:
    """Serve on a free port until the block ends."""
    served = Served("")
    server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(served))
    server.daemon_threads = True
    served.base = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield served
    finally:
        served.ends.set()
        server.shutdown()
        server.server_close()
        thread.join()
