"""Evidence files as they are read: all that is in one but the document, and the document in a file of its own.

A document of 100 MiB makes a JSON text of 140. It is walked through in pieces; the one long text in it is decoded into a
temporary file while the rest, some kilobytes and the revocation lists, is parsed as usual.
"""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO, Any, BinaryIO, Final

import orjson

from hub.spool import Body, Spooled
from hub.xml.encoded import Decoder

_PIECE: Final = 1 << 20  # bytes read at a time
_KEY: Final = b"original"
_ENDS: Final = re.compile(rb'["\\]')
_MARKS: Final = re.compile(rb'["{}\[\]:,]')
_ESCAPE: Final = 6  # characters of the longest escape in a text (RFC 8259 §7)


@contextmanager
def unfolded(body: Body) -> Iterator[dict[str, Any] | None]:
    """What an evidence file says; None when `body` is no evidence.

    Of a body in a file the document is a `Spooled` under `original`, there until the end; of one in memory it is base64
    as it was. Raises ValueError when the document in it is no base64.
    """
    if isinstance(body, bytes):
        yield _evidence(body)
        return
    with body.path.open("rb") as file:
        rest, spans = _split(file)
        found = _evidence(rest)
        place = found and found.get("original")
        if found is None or type(place) is not int or not 0 <= place < len(spans):
            yield found
            return
        with NamedTemporaryFile(prefix="truc-") as kept:
            size, digest = _decode(file, *spans[place], kept.file)
            yield {**found, "original": Spooled(Path(kept.name), size, digest)}


def _evidence(text: bytes) -> dict[str, Any] | None:
    try:
        found = orjson.loads(text)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) and "format" in found and "proofs" in found else None


def _split(file: BinaryIO) -> tuple[bytes, list[tuple[int, int]]]:
    """The text with a number in place of each document, and from where to where those stand in the file."""
    splitter, at = _Splitter(), 0
    while piece := file.read(_PIECE):
        splitter.take(piece, at)
        at += len(piece)
    return bytes(splitter.rest), splitter.spans


class _Splitter:
    """Walks through JSON, whatever its spacing and the order of its members; whether it is valid is the parser's to say."""

    def __init__(self) -> None:
        self.rest = bytearray()
        self.spans: list[tuple[int, int]] = []
        self._depth = 0
        self._key = bytearray()  # the beginning of the newest key of the outermost object
        self._is_value = False  # in that object, behind a colon
        self._in_text = False
        self._is_escaped = False
        self._hidden_from: int | None = None

    def take(self, piece: bytes, offset: int) -> None:
        """The piece that stands at `offset` in the file."""
        at = 0
        while at < len(piece):
            at = self._text(piece, at, offset) if self._in_text else self._between(piece, at, offset)

    def _text(self, piece: bytes, at: int, offset: int) -> int:
        if self._is_escaped:
            self._is_escaped = False
            self._keep(piece[at : at + 1])
            return at + 1
        found = _ENDS.search(piece, at)
        end = found.start() if found else len(piece)
        self._keep(piece[at:end])
        if not found:
            return end
        if found[0] == b"\\":
            self._is_escaped = True
            self._keep(b"\\")
            return end + 1
        self._in_text = False
        if self._hidden_from is None:
            self.rest += b'"'
        else:
            self.rest += b"%d" % len(self.spans)
            self.spans.append((self._hidden_from, offset + end))
            self._hidden_from = None
        return end + 1

    def _keep(self, text: bytes) -> None:
        if self._hidden_from is not None:
            return
        self.rest += text
        if self._depth == 1 and not self._is_value and len(self._key) <= len(_KEY):
            self._key += text[: len(_KEY) + 1]

    def _between(self, piece: bytes, at: int, offset: int) -> int:
        found = _MARKS.search(piece, at)
        end = found.start() if found else len(piece)
        self.rest += piece[at:end]
        if not found:
            return end
        mark = found[0]
        if mark == b'"':
            self._in_text = True
            if self._depth == 1 and self._is_value and self._key == _KEY:
                self._hidden_from = offset + end + 1
                return end + 1
            if not self._is_value:
                self._key.clear()
        elif mark in b"{[":
            self._depth += 1
        elif mark in b"}]":
            self._depth -= 1
        elif self._depth == 1:
            self._is_value = mark == b":"
        self.rest += mark
        return end + 1


def _decode(file: BinaryIO, start: int, end: int, target: IO[bytes]) -> tuple[int, str]:
    """Write what the base64 between two places stands for; answers its size and SHA-256."""
    decoder, digest, size, rest = Decoder(), sha256(), 0, b""
    file.seek(start)
    while start < end:
        piece = file.read(min(_PIECE, end - start))
        start += len(piece)
        text = rest + piece
        cut = text.rfind(b"\\", -_ESCAPE) if start < end else -1
        text, rest = (text, b"") if cut < 0 else (text[:cut], text[cut:])
        content = decoder.feed(orjson.loads(b'"' + text + b'"') if b"\\" in text else text.decode("ascii"))
        digest.update(content)
        size += len(content)
        target.write(content)
    decoder.finish()
    target.flush()
    return size, digest.hexdigest()
