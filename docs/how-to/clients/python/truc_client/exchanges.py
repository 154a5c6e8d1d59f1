"""What an office and the hub say to each other, without a socket: each exchange yields what to do and is sent what came.

`("call", method, path, content)` is answered by the response, or by the error of a line that broke; `("rest", seconds)` by
nothing; `("fetch", path, headers, kept)` by the status, what a refusal said, and whether the line broke.
"""

import base64
import hashlib
import json
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any

import httpx

AGAIN = {408, 429, 500, 502, 503, 504, 507}
"""Statuses after which the same request is made again: nothing was kept, or nobody knows."""
TRIES = 8
LARGE = 8 * 1024 * 1024
"""Bytes from which an envelope is uploaded: a line that breaks is taken up where it broke."""
PARTIAL = 206
PIECE = 256 * 1024
"""Bytes of a file in memory at a time."""
LONGEST_WAIT = 60.0
"""Seconds between two tries at most, whatever `Retry-After` says."""


class Refused(Exception):
    """The hub refused. `problem` holds `code` and every error with its path, line, cause and fix."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        words = [f"{e['code']} {e['path'] or ''}: {e['message']['vi']}" for e in problem.get("errors", [])]
        super().__init__(f"{status} {problem.get('code')}: " + "; ".join(words))


class Unreachable(Exception):
    """The hub did not answer, try after try. Send the same bytes later: they cannot be accepted twice."""


Work = Generator[tuple[Any, ...], Any, Any]


def _call(method: str, path: str, **content: Any) -> Work:
    """Make one request, again and again where that helps: yields what to do, is sent what came of it."""
    last = ""
    for number in range(TRIES):
        answer = yield ("call", method, path, content)
        if isinstance(answer, httpx.Response) and answer.status_code not in AGAIN:
            if answer.is_success:
                return answer
            raise Refused(answer.status_code, _problem(answer))
        last = str(answer)
        if number < TRIES - 1:
            yield _pause(answer, number)
    raise Unreachable(last)


def _pause(answer: httpx.Response | Exception, number: int) -> tuple[str, float]:
    """Wait as long as the hub asks, or longer each time."""
    told = answer.headers.get("retry-after", "") if isinstance(answer, httpx.Response) else ""
    return "rest", min(float(told) if told.isdigit() else 0.5 * 2**number, LONGEST_WAIT)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        return dict(answer.json())
    except ValueError:
        return {"code": "no-problem-document"}


class Rest:
    """The bytes of an envelope from an offset on, in memory or in a file; read anew for each try."""

    def __init__(self, body: bytes | Path, offset: int = 0) -> None:
        self._body, self._offset = body, offset

    def pieces(self) -> Iterator[bytes]:
        """Each piece when it is wanted."""
        if isinstance(self._body, bytes):
            yield self._body[self._offset :]
            return
        with self._body.open("rb") as file:
            file.seek(self._offset)
            while piece := file.read(PIECE):
                yield piece

    async def pieces_later(self) -> AsyncIterator[bytes]:
        """The same for asyncio."""
        for piece in self.pieces():
            yield piece


def _measured(body: bytes | Path) -> tuple[int, str]:
    """How many bytes, and their SHA-256 as the headers have it."""
    if isinstance(body, bytes):
        return len(body), _base64(hashlib.sha256(body).digest())
    with body.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), _base64(digest)


def send(body: bytes | Path, *, dry_run: bool) -> Work:
    """Send an envelope: whole, or from `LARGE` bytes on as an upload; the hub's answer."""
    size, digest = _measured(body)
    if size >= LARGE and not dry_run:
        return (yield from _upload(body, size, digest)).json()
    headers = {"Content-Type": "application/xml", "Content-Digest": f"sha-256=:{digest}:", "Content-Length": str(size)}
    path = "/v1/envelopes" + ("?dry_run=true" if dry_run else "")
    return (yield from _call("POST", path, content=Rest(body), headers=headers)).json()


def _upload(body: bytes | Path, size: int, digest: str) -> Work:
    """Upload an envelope and go on where a line broke; the last answer is the one of a plain POST."""
    whole = {"Upload-Length": str(size), "Upload-Complete": "?0", "Content-Type": "application/xml"}
    place = (yield from _call("POST", "/v1/uploads", headers=whole)).headers["location"]
    offset = failed = 0
    last = ""
    while failed < TRIES:
        rest = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
            "Content-Length": str(size - offset),
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        answer = yield ("call", "PATCH", place, {"content": Rest(body, offset), "headers": rest})
        if isinstance(answer, httpx.Response):
            if answer.is_success:
                return answer
            if answer.status_code not in AGAIN and "upload-offset" not in answer.headers:
                raise Refused(answer.status_code, _problem(answer))
        last = str(answer)
        yield _pause(answer, failed)
        stands = int((yield from _call("HEAD", place)).headers["upload-offset"])
        failed = 0 if stands > offset else failed + 1
        offset = stands
    raise Unreachable(last)


def wait(seconds: int) -> Work:
    """What waits in the inbox."""
    path = f"/v1/inbox?wait={seconds}&limit=100"
    return (yield from _call("GET", path, timeout=seconds + 30)).json()["items"]


def fetch(item: dict[str, Any], into: Path | None) -> Work:
    """Fetch the original; a line that breaks is taken up where it broke, and the digest is checked."""
    kept = Kept(into)
    for _ in range(TRIES):
        have = kept.size()
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{item["sha256"]}"'} if have else {}
        status, told, broke = yield ("fetch", f"/v1/inbox/{item['delivery_id']}", headers, kept)
        if status in AGAIN or status == 0:
            yield ("rest", 1.0)
            continue
        if status >= 400 and status != 416:  # noqa: PLR2004
            raise Refused(status, json.loads(told or b"{}"))
        if not broke and kept.sha256() == item["sha256"]:
            return kept.whole()
        if not broke:
            kept.forget()
    raise Unreachable(f"{item['delivery_id']} could not be fetched whole")


class Kept:
    """What has come of a document: in memory, or in a file beside the one that appears when it is whole."""

    def __init__(self, into: Path | None) -> None:
        self._into = into
        self._part = into.with_name(f"{into.name}.part") if into else None
        self._body = bytearray()

    def size(self) -> int:
        """How many bytes have come."""
        if self._part is None:
            return len(self._body)
        return self._part.stat().st_size if self._part.exists() else 0

    def add(self, piece: bytes) -> None:
        """One piece more."""
        if self._part is None:
            self._body += piece
        else:
            with self._part.open("ab") as file:
                file.write(piece)

    def forget(self) -> None:
        """Begin again."""
        self._body.clear()
        if self._part:
            self._part.unlink(missing_ok=True)

    def sha256(self) -> str:
        """Of what has come, in lower-case hex."""
        if self._part is None:
            return hashlib.sha256(self._body).hexdigest()
        with self._part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def whole(self) -> bytes | Path:
        """It is all there: the bytes, or the file under its name."""
        if self._into is None or self._part is None:
            return bytes(self._body)
        return self._part.replace(self._into)


def confirm(item: dict[str, Any], result: str, reason: str) -> Work:
    """Say done, processing or fail."""
    said = {"result": result, "reason": reason}
    return (yield from _call("POST", f"/v1/inbox/{item['delivery_id']}/confirm", json=said)).json()


def report(item: dict[str, Any], code: str, description: str) -> Work:
    """Answer a document."""
    said = {"sender": item["sender"], "document_id": item["document_id"], "code": code, "description": description}
    return (yield from _call("POST", "/v1/status-reports", json=said)).json()


def follow(after: str, seconds: int) -> Work:
    """What happened to sent documents, after a place."""
    query = {"after": after, "wait": str(seconds), "limit": "1000"}
    return (yield from _call("GET", "/v1/status", params=query, timeout=seconds + 30)).json()


def keys() -> Work:
    """The hub's public keys."""
    return (yield from _call("GET", "/.well-known/jwks.json")).json()["keys"]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()
