"""An envelope for the eyes: indented, its long contents cut, nothing run or fetched. For reading only, never for judging.

Its bytes are taken as they come and are gone at once; of a large one the beginning is shown, where everything stands but
the later attachments.
"""

import html
from collections.abc import Iterable
from typing import Final, NamedTuple
from xml.parsers import expat

TEXT_AT_MOST: Final = 240  # characters of one text that are shown: contents in Base64 are cut here
_PAGE_AT_MOST: Final = 400_000  # characters in all
_READ_AT_MOST: Final = 8 * 1024 * 1024  # bytes
_PIECE: Final = 1 << 16  # bytes handed to the parser at a time


class Shown(NamedTuple):
    """The envelope as people read it, as text still to be escaped. `is_whole`: nothing but contents is left out."""

    text: str
    is_whole: bool


def pretty(pieces: Iterable[bytes]) -> Shown:
    """Indent an envelope that the reader has let through; what is left out is said in its place."""
    page = _Page()
    is_whole = page.read(pieces)
    text = "".join(page.written)
    if len(text) > _PAGE_AT_MOST:
        text, is_whole = text[:_PAGE_AT_MOST], False
    return Shown(text if is_whole else f"{text}\n…", is_whole)


class _Page:
    """What a parser tells, written line by line."""

    def __init__(self) -> None:
        self.written: list[str] = []
        self._size = 0
        self._open: list[bool] = []  # for each element that has begun: whether it has children
        self._tag = ""  # the newest element's, while nothing stands in it
        self._text = ""  # its beginning
        self._length = 0

    def read(self, pieces: Iterable[bytes]) -> bool:
        """Whether it came to the end."""
        parser = expat.ParserCreate("utf-8")
        parser.buffer_text, parser.ordered_attributes = True, True
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._data
        parser.CommentHandler = self._comment
        taken = 0
        for piece in pieces:
            for at in range(0, len(piece), _PIECE):
                part = piece[at : at + _PIECE]
                parser.Parse(part, False)
                taken += len(part)
                if self._size > _PAGE_AT_MOST or taken > _READ_AT_MOST:
                    self._settle()
                    return False
        parser.Parse(b"", True)
        return True

    def _write(self, text: str) -> None:
        self.written.append(text)
        self._size += len(text)

    def _line(self) -> None:
        self._write("\n" * bool(self.written) + "  " * len(self._open))

    def _start(self, name: str, attributes: list[str]) -> None:
        self._settle()
        self._line()
        if self._open:
            self._open[-1] = True
        given = zip(attributes[::2], attributes[1::2], strict=True)
        self._tag = f"<{name}" + "".join(f' {each}="{html.escape(value)}"' for each, value in given)
        self._open.append(False)

    def _settle(self) -> None:
        """Write the newest element's tag and the text that has come since, if there is any."""
        text = self._shown()
        if self._tag:
            self._write(f"{self._tag}>{text}")
        elif text.strip():
            self._line()
            self._write(text)
        self._tag, self._text, self._length = "", "", 0

    def _shown(self) -> str:
        text = html.escape(self._text, quote=False)
        if self._length > TEXT_AT_MOST:
            return f"{text.strip()} … [{self._length}]"
        return text if text.strip() else ""

    def _end(self, name: str) -> None:
        if self._tag and not self._length:
            self._write(f"{self._tag}/>")
            self._tag = ""
            self._open.pop()
            return
        self._settle()
        if self._open.pop():
            self._line()
        self._write(f"</{name}>")

    def _data(self, text: str) -> None:
        self._text += text[: TEXT_AT_MOST - len(self._text)]
        self._length += len(text)

    def _comment(self, text: str) -> None:
        self._settle()
        self._line()
        if self._open:
            self._open[-1] = True
        self._write(f"<!--{text[:TEXT_AT_MOST]}-->")
