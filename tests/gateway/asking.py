"""Requests as bare as a socket makes them: any header, any chunks, any silence."""

import asyncio
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import orjson

from tests.town import Town

SILENCE = object()
"""In place of a chunk: nothing more ever comes."""
HANGS_UP = object()
"""In place of a chunk: the caller is gone."""


@dataclass(frozen=True, slots=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return orjson.loads(self.body)


async def ask(
    town: Town,
    method: str,
    target: str,
    headers: Sequence[tuple[str, str]] = (),
    chunks: Iterable[object] = (b"",),
) -> Answer | None:
    """Call the application; None when it had nothing to answer."""
    path, _, query = target.partition("?")
    given = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers]
    if not any(name == b"host" for name, _ in given):
        given.insert(0, (b"host", b"hub"))
    scope = {
        "type": "http",
        "asgi": {"version": "3.0"},
        "http_version": "1.1",
        "method": method,
        "scheme": "http",
        "path": path,
        "raw_path": path.encode(),
        "query_string": query.encode("latin-1"),
        "root_path": "",
        "headers": [h for h in given if h[1] != b"(none)"],
        "client": ("127.0.0.1", 1),
        "server": ("hub", 80),
    }
    left = list(chunks)
    sent: list[Any] = []

    async def receive() -> Any:
        if not left:
            await asyncio.Event().wait()
        chunk = left.pop(0)
        if chunk is SILENCE:
            await asyncio.Event().wait()
        if chunk is HANGS_UP:
            return {"type": "http.disconnect"}
        return {"type": "http.request", "body": chunk, "more_body": bool(left)}

    async def send(message: Any) -> None:
        sent.append(message)

    await town.app(scope, receive, send)
    if not sent:
        return None
    start = sent[0]
    body = b"".join(m.get("body", b"") for m in sent[1:])
    return Answer(start["status"], {n.decode(): v.decode() for n, v in start["headers"]}, body)
