"""Archives for tests, honest and hostile: with the standard library, and where it is too honest, byte by byte."""

import struct
from collections.abc import Mapping
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

PDF = b"%PDF-1.4 noi dung"


def a_zip(entries: Mapping[str, bytes]) -> bytes:
    """An archive with these entries, deflated."""
    file = BytesIO()
    with ZipFile(file, "w", ZIP_DEFLATED) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return file.getvalue()


def with_link(name: str, target: str) -> bytes:
    """An archive with a symbolic link."""
    file = BytesIO()
    with ZipFile(file, "w") as archive:
        info = ZipInfo(name)
        info.create_system, info.external_attr = 3, 0o120777 << 16
        archive.writestr(info, target)
        archive.writestr("a.pdf", PDF)
    return file.getvalue()


def encrypted(name: str = "a.pdf") -> bytes:
    """An archive whose entry says that it is encrypted: the flag is all that is looked at."""
    return a_zip({name: PDF}).replace(b"PK\x01\x02\x14\x03\x14\x00\x00\x00", b"PK\x01\x02\x14\x03\x14\x00\x01\x00")


def nested(depth: int) -> bytes:
    """Archives within each other, each with a note beside it; `depth` of them."""
    content = a_zip({"a.pdf": PDF, "b.pdf": PDF})
    for _ in range(depth - 1):
        content = a_zip({"inner.zip": content, "readme.txt": b"xin chao"})
    return content


def overlapping(times: int) -> bytes:
    """One entry's bytes listed again and again, as David Fifield's bomb does."""
    content = a_zip({"a": bytes(100_000)})
    at = content.index(b"PK\x01\x02")
    end = content.index(b"PK\x05\x06")
    row = content[at:end]
    table = row * times
    ending = struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, times, times, len(table), at, 0)
    return content[:at] + table + ending


def lying(entries: int) -> bytes:
    """A table that says there are `entries`, and holds none."""
    return b"PK\x03\x04" + bytes(26) + struct.pack("<4s4H2LH", b"PK\x05\x06", 0, 0, entries, entries, 46, 0, 0)
