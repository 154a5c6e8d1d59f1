"""ZIP archives, looked at without being unpacked: is it safe to hand on, and what is in one that only wraps a file.

Field software zips each attachment into an archive with one entry, which may be declared as a ZIP, a PDF or plain
text. So a ZIP with one entry is that entry, unless its own name says that an archive is what was meant.

All that is believed is what the archive's own table says, and that is held to limits before it is read: entries, bytes
after unpacking, ratio, archives within archives, entries that share bytes. What is unpacked, to see what it is, is
bounded as well.
"""

import stat
import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from io import SEEK_END, BytesIO
from typing import BinaryIO, Final
from zipfile import BadZipFile, ZipFile, ZipInfo

MAGIC: Final = b"PK\x03\x04"
_TABLE_ENDS: Final = b"PK\x05\x06"
_WIDE_TABLE: Final = b"PK\x06\x07"  # ZIP64: nothing that fits into an envelope needs it
_END: Final = struct.Struct("<4s4H2LH")
_END_AT_MOST: Final = _END.size + 0xFFFF

ENTRIES_AT_MOST: Final = 2_000
TABLE_AT_MOST: Final = 1 << 20  # bytes of the table of entries
UNPACKED_AT_MOST: Final = 256 << 20  # bytes of all entries together
RATIO_AT_MOST: Final = 100
_RATIO_COUNTS_FROM: Final = 10 << 20  # bytes: a small file of nothing but blanks harms nobody
DEPTH_AT_MOST: Final = 2  # archives within each other
_NESTED_AT_MOST: Final = 32 << 20  # bytes unpacked to look into archives within
_HEAD: Final = 512
_PIECE: Final = 1 << 20  # bytes unpacked at a time

OFFICE: Final = frozenset({"docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "dotx", "xltx", "odt", "ods", "odp", "odg"})
ARCHIVES: Final = OFFICE | {"zip", "jar", "epub", "ofd", "asice", "kmz"}
"""Extensions of files that are ZIPs themselves."""

_ENCRYPTED: Final = 0x1 | 0x40 | 0x2000
_NOT_A_DISK: Final = (BadZipFile, NotImplementedError, RuntimeError, zlib.error, EOFError, ValueError)
_UNREADABLE: Final = (*_NOT_A_DISK, OSError)


@dataclass(frozen=True, slots=True)
class Look:
    """What a look found. `fault`: the code of a finding, "" when there is none; `names`: of the entries."""

    fault: str = ""
    detail: str = ""
    wraps: bool = False  # its one entry is the file that was meant
    head: bytes = b""  # of that entry
    names: tuple[str, ...] = ()


class _FaultError(Exception):
    def __init__(self, code: str, detail: str) -> None:
        super().__init__(code)
        self.code, self.detail = code, detail


def extension(name: str) -> str:
    """The extension of a file's name, lower case, without the dot."""
    return name.rpartition(".")[2].lower() if "." in name else ""


def look(content: bytes, name: str) -> Look:
    """Look at a file that begins like a ZIP. `archive-unreadable` only says that it does not open as one."""
    return _look_into(BytesIO(content), name)


def _look_into(file: BinaryIO, name: str) -> Look:
    try:
        return _look(file, name, DEPTH_AT_MOST, [_NESTED_AT_MOST])
    except _FaultError as fault:
        return Look(fault.code, fault.detail)
    except _UNREADABLE as error:
        return Look("archive-unreadable", type(error).__name__)


def unwrap(file: BinaryIO, name: str, target: BinaryIO) -> bool:
    """Write the file inside an archive that only wraps it, in pieces; False when this is no such archive, or no safe one."""
    file.seek(0)
    if file.read(len(MAGIC)) != MAGIC:
        return False
    seen = _look_into(file, name)
    if seen.fault or not seen.wraps:
        return False
    try:
        with ZipFile(file) as archive, archive.open(_files(archive)[0]) as entry:
            while piece := entry.read(_PIECE):
                target.write(piece)
    except _NOT_A_DISK:
        return False
    return True


def ends_as_zip(tail: bytes) -> bool:
    """Whether a file with this end opens as a ZIP as well: a second file hidden behind the first."""
    at = tail.rfind(_TABLE_ENDS)
    if at < 0 or len(tail) - at < _END.size:
        return False
    return int(_END.unpack_from(tail, at)[7]) == len(tail) - at - _END.size


def _look(file: BinaryIO, name: str, depth: int, budget: list[int]) -> Look:
    size = file.seek(0, SEEK_END)
    _check_table(file, size)
    with ZipFile(file) as archive:
        entries = archive.infolist()
        _check_entries(entries, size)
        files = _files(archive)
        names = tuple(info.filename for info in entries)
        own = extension(name)
        if len(files) == 1 and own not in ARCHIVES:
            head = _first_bytes(archive, files[0])
            if head.startswith(MAGIC) and extension(files[0].filename) not in OFFICE and own not in OFFICE:
                _look_within(archive, files[0], depth, budget)
            return Look(wraps=True, head=head, names=names)
        if own not in OFFICE:  # a document may hold tables and pictures that are ZIPs themselves
            for info in files:
                if extension(info.filename) not in OFFICE and _first_bytes(archive, info, 4) == MAGIC:
                    _look_within(archive, info, depth, budget)
    return Look(names=names)


def _look_within(archive: ZipFile, info: ZipInfo, depth: int, budget: list[int]) -> None:
    budget[0] -= info.file_size
    if depth <= 1 or budget[0] < 0:
        raise _FaultError("archive-limits", f"archives within archives: {info.filename}")
    _look(BytesIO(archive.read(info)), info.filename, depth - 1, budget)


def _files(archive: ZipFile) -> list[ZipInfo]:
    return [info for info in archive.infolist() if not info.is_dir()]


def _first_bytes(archive: ZipFile, info: ZipInfo, most: int = _HEAD) -> bytes:
    try:
        with archive.open(info) as file:
            return file.read(most)
    except NotImplementedError:  # packed in a way we do not know: as it is, then
        return b""


def _check_table(file: BinaryIO, size: int) -> None:
    """Hold the table's own size to its limit before anybody builds a list of it."""
    file.seek(max(size - _END_AT_MOST, 0))
    tail = file.read()
    at = tail.rfind(_TABLE_ENDS)
    if at < 0 or len(tail) - at < _END.size:
        raise BadZipFile
    _, _, _, _, entries, long, _, _ = _END.unpack_from(tail, at)
    if entries > ENTRIES_AT_MOST or long > TABLE_AT_MOST or _WIDE_TABLE in tail[max(at - 20, 0) : at]:
        raise _FaultError("archive-limits", f"{entries} > {ENTRIES_AT_MOST}")


def _check_entries(entries: Sequence[ZipInfo], size: int) -> None:
    if len(entries) > ENTRIES_AT_MOST:
        raise _FaultError("archive-limits", f"{len(entries)} > {ENTRIES_AT_MOST}")
    unpacked = sum(info.file_size for info in entries)
    if unpacked > UNPACKED_AT_MOST or (unpacked > _RATIO_COUNTS_FROM and unpacked > RATIO_AT_MOST * size):
        raise _FaultError("archive-limits", f"{size} → {unpacked}")
    end = 0
    for info in sorted(entries, key=lambda entry: entry.header_offset):
        if info.header_offset < end:
            raise _FaultError("archive-limits", f"entries share bytes: {info.filename}")
        end = info.header_offset + 30 + info.compress_size
        if info.flag_bits & _ENCRYPTED:
            raise _FaultError("encrypted-attachment", info.filename)
        if _leads_elsewhere(info):
            raise _FaultError("archive-path", info.filename)


def _leads_elsewhere(info: ZipInfo) -> bool:
    """Whether unpacking an entry under its name would write outside the folder it is unpacked into."""
    path = info.orig_filename.replace("\\", "/")
    drive = path[1:2] == ":"
    return path.startswith("/") or drive or ".." in path.split("/") or stat.S_ISLNK(info.external_attr >> 16)
