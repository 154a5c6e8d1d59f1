"""What to say of bytes that are not well-formed XML, so that a programmer on the other side can find the place."""

import codecs
import re
from mmap import mmap
from typing import Final
from xml.parsers import expat

from hub.errors import Rejected, rejected

_PREFIX: Final = re.compile(rb"[<\s/]([^\s=:/>\"']{1,100}):[^\s=:/>\"']")
_DECLARED: Final = re.compile(rb"xmlns:([^\s=]{1,100})\s*=")
_QUOTED: Final = re.compile(rb"\"[^\"]*\"|'[^']*'")
_PIECE: Final = 1 << 20  # bytes looked at at a time
_UNBOUND: Final = 27  # XML_ERROR_UNBOUND_PREFIX of expat.h; the binding has no name for it

_SENTENCES: Final[dict[int, tuple[str, str]]] = {
    2: ("cú pháp XML sai", "syntax error"),
    3: ("không có phần tử gốc", "there is no document element"),
    4: (
        "ký tự không được phép (ví dụ & hoặc < chưa viết thành &amp; hoặc &lt;)",
        "a character that is not allowed (for example & or < not written as &amp; or &lt;)",
    ),
    5: ("thẻ chưa đóng khi hết nội dung", "the document ends inside a tag"),
    7: ("thẻ đóng không khớp với thẻ mở", "the end tag does not match the start tag"),
    8: ("thuộc tính bị lặp", "an attribute is given twice"),
    9: ("còn nội dung sau phần tử gốc", "there is content after the document element"),
    11: ("thực thể chưa được định nghĩa", "an entity is not defined"),
    13: ("nội dung kết thúc giữa một ký tự", "the document ends inside a character"),
    14: ("tham chiếu tới ký tự không được phép", "a reference to a character that XML does not allow"),
    17: ("khai báo XML không nằm ở đầu nội dung", "the XML declaration is not at the very beginning"),
    20: ("đoạn CDATA chưa đóng", "a CDATA section is not closed"),
    27: ("tiền tố chưa được khai báo", "a prefix is not declared"),
    28: ("không được bỏ khai báo một tiền tố", "a prefix must not be undeclared"),
    30: ("khai báo XML sai", "the XML declaration is not well-formed"),
}
_OTHERWISE: Final = ("XML không đúng cú pháp", "the XML is not well-formed")


def malformed(body: bytes | mmap, error: expat.ExpatError, declared: frozenset[str]) -> Rejected:
    """Make the refusal for what expat said; `declared` are the prefixes in scope where it stopped."""
    if (wrong := _first_that_is_no_utf8(body)) >= 0:
        return rejected("encoding", line=_lines(body, wrong) + 1, found=f"0x{body[wrong]:02X}")
    vi, en = _SENTENCES.get(error.code, _OTHERWISE)
    if error.code == _UNBOUND:
        prefix = _undeclared(body, error.lineno, error.offset, declared)
        vi, en = f"tiền tố “{prefix}:” chưa được khai báo", f"the prefix “{prefix}:” is not declared"
    elif (start := body.find(b"<?xml")) > 0 and not body[:start].strip(b"\xef\xbb\xbf").startswith(b"<"):
        vi, en = f"có {start} byte đứng trước khai báo XML", f"{start} bytes stand before the XML declaration"
    where = f"{error.lineno}:{error.offset + 1}"
    return rejected("not-well-formed", line=error.lineno, where=where, problem=(vi, en))


def _first_that_is_no_utf8(body: bytes | mmap) -> int:
    """Find the first byte that cannot stand where it stands in UTF-8; -1 when there is none."""
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(body), _PIECE):
        held = len(decoder.getstate()[0])  # bytes of a character that began in the piece before
        try:
            decoder.decode(body[start : start + _PIECE], start + _PIECE >= len(body))
        except UnicodeDecodeError as wrong:
            return start - held + wrong.start
    return -1


def _lines(body: bytes | mmap, end: int) -> int:
    """Count the line ends before `end`."""
    return sum(body[at : min(at + _PIECE, end)].count(b"\n") for at in range(0, end, _PIECE))


def _undeclared(body: bytes | mmap, line: int, column: int, declared: frozenset[str]) -> str:
    """Find the first prefix of the tag at `line` and `column` that nothing declares."""
    start = 0
    for _ in range(line - 1):
        start = body.find(b"\n", start) + 1
    first = body.find(b"<", start + column)
    tag = body[first : body.find(b">", first) + 1]
    known = {b"xml", b"xmlns", *(prefix.encode() for prefix in declared), *_DECLARED.findall(tag)}
    for prefix in _PREFIX.findall(_QUOTED.sub(b'""', tag)):
        if prefix not in known:
            return str(prefix, "utf-8", "replace")
    return "?"
