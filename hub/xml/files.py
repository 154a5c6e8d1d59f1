"""The files of an envelope that was accepted: decoded while its bytes come, and taken out of the archives that wrap them.

They go into files of the spool, and nothing is held in memory but a piece: who looks into them has other work beside.
"""

from collections.abc import Callable, Generator, Iterable
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO, Final
from xml.parsers import expat

from hub.domain.archive import unwrap
from hub.xml.encoded import Decoder
from hub.xml.names import EDXML
from hub.xml.values import read_content_id

Fresh = Callable[[], AbstractContextManager[tuple[Path, BinaryIO]]]
"""Makes a file that is gone when its context ends: its name, and itself to be written."""

_PIECE: Final = 1 << 18  # bytes handed to the parser at a time, whatever comes: what it gives back is held at once
_FIELD_AT_MOST: Final = 10_000  # characters of a name that are kept
_FIELDS: Final = {f"{EDXML} {name}": name for name in ("ContentId", "AttachmentName", "ContentType")}
_MANIFEST: Final = [f"{EDXML} {name}" for name in ("edXMLEnvelope", "edXMLBody", "edXMLManifest")]
_ATTACHMENT: Final = [f"{EDXML} {name}" for name in ("AttachmentEncoded", "Attachment")]
_CONTENT: Final = "ContentTransferEncoded"  # in whatever namespace


@dataclass(frozen=True, slots=True)
class File:
    """One file. `packed`: as it was attached; `content`: what it is, out of the archive that only wraps it."""

    name: str
    content_type: str
    packed: Path
    content: Path

    @property
    def is_zipped(self) -> bool:
        """Whether an archive wrapped it."""
        return self.packed != self.content


@dataclass(eq=False, slots=True)
class _Part:
    """A Reference, or an Attachment with its content."""

    depth: int
    said: dict[str, str] = field(default_factory=dict)
    content: tuple[Path, BinaryIO] | None = None

    def of(self, name: str) -> str:
        return self.said.get(name, "").strip()

    @property
    def content_id(self) -> str:
        return read_content_id(self.of("ContentId"))


def read_files(pieces: Iterable[bytes], fresh: Fresh) -> Generator[File, None, None]:
    """Read the files in the order of the manifest, each there until the next is asked for.

    Only for what the reader has let through. Raises ValueError for what is no base64.
    """
    with ExitStack() as stack:
        reader = _Reader(lambda: stack.enter_context(fresh()))
        reader.read(pieces)
        by_id = {part.content_id: part for part in reader.parts if part.content_id}
        left = dict.fromkeys(reader.parts)
        for reference in reader.references:
            name = reference.of("AttachmentName")
            part = by_id.get(reference.content_id)
            if part is None or part not in left:
                part = next((each for each in left if name and each.of("AttachmentName") == name), None)
            if part is None:
                continue
            del left[part]
            yield from _unwrapped(reference, part, fresh)


def _unwrapped(reference: _Part, part: _Part, fresh: Fresh) -> Generator[File, None, None]:
    if part.content is None:
        raise ValueError("an attachment without a content")
    name = reference.of("AttachmentName") or part.of("AttachmentName")
    kind = reference.of("ContentType") or part.of("ContentType")
    path, packed = part.content
    with fresh() as (inside, target):
        is_wrapped = unwrap(packed, name, target)
        target.flush()
        yield File(name, kind, path, inside if is_wrapped else path)


class _Reader:
    """What is heard from a parser: the manifest's references, and the attachments, whose contents go into files."""

    def __init__(self, fresh: Callable[[], tuple[Path, BinaryIO]]) -> None:
        self.references: list[_Part] = []
        self.parts: list[_Part] = []
        self._fresh = fresh
        self._path: list[str] = []
        self._part: _Part | None = None
        self._field = ""
        self._content: BinaryIO | None = None
        self._decoder = Decoder()

    def read(self, pieces: Iterable[bytes]) -> None:
        parser = expat.ParserCreate("utf-8", " ")
        parser.buffer_text, parser.buffer_size = True, _PIECE
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        for piece in pieces:
            for at in range(0, len(piece), _PIECE):
                parser.Parse(piece[at : at + _PIECE], False)
        parser.Parse(b"", True)

    def _start(self, name: str, _attributes: dict[str, str]) -> None:
        self._path.append(name)
        depth = len(self._path)
        if self._part is None:
            if self._path[1:-1] == _MANIFEST:
                self._part = _Part(depth)
                self.references.append(self._part)
            elif self._path[1:] == _ATTACHMENT:
                self._part = _Part(depth)
                self.parts.append(self._part)
        elif depth == self._part.depth + 1:
            if name in _FIELDS and _FIELDS[name] not in self._part.said:
                self._field = _FIELDS[name]
                self._part.said[self._field] = ""
            elif name.rpartition(" ")[2] == _CONTENT and self._part.content is None:
                self._part.content = self._fresh()
                self._content, self._decoder = self._part.content[1], Decoder()

    def _end(self, _name: str) -> None:
        self._path.pop()
        if self._part is None:
            return
        if len(self._path) < self._part.depth:
            self._part = None
        elif len(self._path) == self._part.depth:
            if self._content is not None:
                self._decoder.finish()
                self._content.flush()
            self._field, self._content = "", None

    def _data(self, text: str) -> None:
        if self._content is not None:
            self._content.write(self._decoder.feed(text))
        elif self._field and self._part is not None:
            said = self._part.said
            said[self._field] = (said[self._field] + text)[:_FIELD_AT_MOST]
