"""Large envelopes to and from a hub: in pieces, and taken up where a line broke, by this run of a command or the next."""

import json
import os
import time
from collections.abc import Iterator
from contextlib import suppress
from hashlib import file_digest, sha256
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import httpx

LARGE: Final = 8 * 1024 * 1024  # bytes from which an envelope is uploaded in a way that can be resumed
SECONDS: Final = 300.0  # for an answer: large documents wait for each other at the hub
_PIECE: Final = 256 * 1024
_TRIES: Final = 8  # without getting any further
_LONGEST_REST: Final = 30.0  # seconds between two tries
_AGAIN: Final = frozenset({408, 429, 500, 502, 503, 504, 507})
_PARTIAL: Final = 206
_NO_SUCH_RANGE: Final = 416
_GONE: Final = frozenset({404, 410})
_XML: Final = {"Content-Type": "application/xml"}


def send(http: "httpx.Client", file: Path, *, dry_run: bool = False) -> "httpx.Response":
    """Send a file as an envelope; answers what `POST /v1/envelopes` answers, a refusal too. Raises httpx's errors."""
    with file.open("rb") as opened:
        is_file = opened.seekable()  # else a pipe, of which nobody knows how much will come
        if dry_run or not is_file or os.fstat(opened.fileno()).st_size < LARGE:
            path = "/v1/envelopes" + ("?dry_run=true" if dry_run else "")
            return http.post(path, content=opened if is_file else opened.read(), headers=_XML)
        return _Upload(http, file, opened).finish()


def fetch(http: "httpx.Client", path: str, target: Path, digest: str) -> "httpx.Response | None":
    """Fetch an original into a file that appears when it is whole, and is what `digest` (SHA-256, hex) says.

    What an earlier run left beside it (`.part`) is gone on with. Answers a refusal, None when the file is there; raises
    httpx's errors.
    """
    part = target.with_name(f"{target.name}.part")
    if _digest(target) == digest:
        return None
    rests = _Rests()
    while _digest(part) != digest:
        have = part.stat().st_size if part.exists() else 0
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{digest}"'} if have else {}
        answer, broke = _take(http, path, part, headers, append=bool(have))
        if answer is not None and not answer.is_success and answer.status_code not in {*_AGAIN, _NO_SUCH_RANGE}:
            return answer
        is_whole = not broke and answer is not None and answer.status_code not in _AGAIN
        if is_whole and _digest(part) == digest:
            break
        if is_whole:
            part.unlink(missing_ok=True)  # begun with other bytes: anew
        if part.exists() and part.stat().st_size > have:
            rests.moved()
        rests.rest(answer, broke)
    part.replace(target)
    return None


def keep(http: "httpx.Client", path: str, target: Path, query: dict[str, Any]) -> "httpx.Response":
    """Fetch what the hub makes as it is asked for into a file that appears when it is whole."""
    part = target.with_name(f"{target.name}.part")
    try:
        answer, broke = _take(http, path, part, {}, append=False, params=query)
        if broke:
            raise broke
        assert answer is not None  # noqa: S101 - nothing broke
        if answer.is_success:
            part.replace(target)
        return answer
    finally:
        part.unlink(missing_ok=True)


class _Rests:
    """Between tries: longer each time, at the hub's own word, and not for ever."""

    def __init__(self) -> None:
        self._failed = 0

    def rest(self, answer: "httpx.Response | None", error: "httpx.TransportError | None") -> None:
        """Wait, or raise what went wrong when nothing has moved too often."""
        self._failed += 1
        if self._failed >= _TRIES:
            import httpx

            raise error or httpx.RemoteProtocolError(f"status {answer.status_code if answer else '-'} again and again")
        told = answer.headers.get("retry-after", "") if answer is not None else ""
        time.sleep(min(float(told) if told.isdigit() else 0.25 * 2**self._failed, _LONGEST_REST))

    def moved(self) -> None:
        """It has come further: whatever failed before is over."""
        self._failed = 0


def _take(
    http: "httpx.Client", path: str, part: Path, headers: dict[str, str], *, append: bool, **more: Any
) -> "tuple[httpx.Response | None, httpx.TransportError | None]":
    """The answer, whose bytes went into the file when it was good, and what broke it off."""
    import httpx

    answer = None
    try:
        with http.stream("GET", path, headers=headers, **more) as answer:
            if not answer.is_success:
                answer.read()
                return answer, None
            with part.open("ab" if append and answer.status_code == _PARTIAL else "wb") as file:
                for piece in answer.iter_bytes():
                    file.write(piece)
                file.flush()
                os.fsync(file.fileno())
    except httpx.TransportError as error:
        return answer, error
    return answer, None


def _digest(path: Path) -> str:
    """The SHA-256 of a file; "" when there is none."""
    try:
        with path.open("rb") as file:
            return file_digest(file, sha256).hexdigest()
    except FileNotFoundError:
        return ""


class _Upload:
    """One file on its way by the hub's resumable uploads."""

    def __init__(self, http: "httpx.Client", file: Path, opened: BufferedReader) -> None:
        self._http, self._opened = http, opened
        self._digest = file_digest(opened, sha256)
        self._size = opened.tell()
        self._memo = file.with_name(f".{file.name}.upload")
        self._place, self._stands = _begun_before(http, self._memo, self._digest.hexdigest())

    def finish(self) -> "httpx.Response":
        """Upload the rest, again and again; the last answer is the one of a plain POST."""
        import httpx

        rests = _Rests()
        while True:
            before = self._stands
            answer: httpx.Response | None = None
            broke: httpx.TransportError | None = None
            try:
                answer = self._go_on() if self._place else self._begin()
                if answer.status_code not in _AGAIN and self._is_last(answer):
                    return answer
            except httpx.TransportError as error:
                broke = error
            if answer is not None and answer.is_success:
                continue  # it has begun
            rests.rest(answer, broke)  # before it is asked: the hub may be keeping what it has of a line that broke
            with suppress(httpx.TransportError):
                self._place, self._stands = (_stands(self._http, self._place) if self._place else None) or ("", 0)
            if self._stands > before:
                rests.moved()

    def _begin(self) -> "httpx.Response":
        whole = {**_XML, "Upload-Length": str(self._size), "Upload-Complete": "?0"}
        answer = self._http.post("/v1/uploads", headers=whole)
        if answer.is_success:
            self._place, self._stands = answer.headers["location"], 0
            _remember(self._memo, self._http, self._place, self._digest.hexdigest())
        return answer

    def _go_on(self) -> "httpx.Response":
        headers = _rest_of(self._size - self._stands, self._stands, self._digest.digest())
        return self._http.patch(self._place, content=_from(self._opened, self._stands), headers=headers)

    def _is_last(self, answer: "httpx.Response") -> bool:
        """Whether this is the hub's last word on the envelope, or on whoever sends it."""
        if answer.headers.get("upload-complete") == "?1":
            self._memo.unlink(missing_ok=True)
            return True
        return not answer.is_success and answer.status_code not in _GONE and "upload-offset" not in answer.headers


def _from(opened: BufferedReader, start: int) -> Iterator[bytes]:
    opened.seek(start)
    while piece := opened.read(_PIECE):
        yield piece


def _rest_of(length: int, offset: int, digest: bytes) -> dict[str, str]:
    import base64

    return {
        "Content-Type": "application/partial-upload",
        "Content-Length": str(length),
        "Upload-Offset": str(offset),
        "Upload-Complete": "?1",
        "Repr-Digest": f"sha-256=:{base64.b64encode(digest).decode()}:",
    }


def _begun_before(http: "httpx.Client", memo: Path, digest: str) -> tuple[str, int]:
    """Where an earlier run began to upload the same bytes to the same hub, and how far it came."""
    try:
        known = json.loads(memo.read_text("utf-8"))
        if (known["sha256"], known["hub"]) != (digest, str(http.base_url)):
            return "", 0
        place = str(known["place"])
    except (OSError, ValueError, KeyError, TypeError):
        return "", 0
    return _stands(http, place) or ("", 0)


def _stands(http: "httpx.Client", place: str) -> tuple[str, int] | None:
    """The place and how far it came; None when there is no such upload any more."""
    answer = http.head(place)
    if answer.status_code in _GONE:
        return None
    return place, int(answer.headers.get("upload-offset", 0))


def _remember(memo: Path, http: "httpx.Client", place: str, digest: str) -> None:
    with suppress(OSError):  # then the next run begins anew
        memo.write_text(json.dumps({"hub": str(http.base_url), "place": place, "sha256": digest}), "utf-8")
