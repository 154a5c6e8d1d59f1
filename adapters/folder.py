"""The folder channel: puts each original as a file where an agency's system looks for it.

    {path}/{recipient}/{delivery id}.json     what the hub knows about it, complete before ...
    {path}/{recipient}/{delivery id}.edxml    ... the original appears, all at once

A reader takes `*.edxml`; whatever begins with a dot is being written. Every name is made from an id, and each step goes
by an open folder, never through a symbolic link below `path`: nothing can be written elsewhere.
"""

import asyncio
import errno
import hashlib
import json
import os
import secrets
from contextlib import contextmanager, suppress
from datetime import UTC
from pathlib import Path
from typing import TYPE_CHECKING, Final

from hub.adapter import Handover, Pair, Parcel, pulled
from hub.domain.filename import safe_name
from hub.errors import PermanentFailure, TemporaryFailure

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import BinaryIO

_FOLDER: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC
_NEW: Final = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
_FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT})
_MISPLACED: Final = frozenset({errno.ELOOP, errno.ENOTDIR})


class Folder:
    """Writes into folders. Setting of an agency: `path`, an absolute path that exists already."""

    name = "folder"

    def check(self, config: dict[str, str]) -> list[Pair]:
        """Say whether `path` can be written to from this machine, now."""
        if fault := _path_fault(config):
            return [fault]
        path = Path(config["path"])
        if not path.is_dir():
            return [(f"Không có thư mục {path}.", f"There is no folder {path}.")]
        if not os.access(path, os.W_OK | os.X_OK):
            return [(f"Trục không có quyền ghi vào thư mục {path}.", f"The hub may not write into the folder {path}.")]
        return []

    async def hand_over(self, parcel: Parcel) -> Handover:
        """Put the file there, durable when this returns; a file that is there already is left as it is."""
        if fault := _path_fault(parcel.config):
            raise PermanentFailure(f"the folder's settings are unusable: {fault[1]}")
        original = pulled(parcel.pieces(), asyncio.get_running_loop())
        return await asyncio.to_thread(_put, Path(parcel.config["path"]), parcel, original)

    async def close(self) -> None:
        """Keep nothing, close nothing."""


def _path_fault(config: dict[str, str]) -> Pair | None:
    path = config.get("path", "")
    if not path:
        return ("Thiếu thiết lập `path`.", "The setting `path` is missing.")
    if not Path(path).is_absolute() or "\0" in path:
        return ("Thiết lập `path` phải là đường dẫn tuyệt đối.", "The setting `path` must be an absolute path.")
    return None


def _put(path: Path, parcel: Parcel, original: "Iterable[bytes]") -> Handover:
    recipient, name = safe_name(parcel.recipient), safe_name(parcel.delivery_id)
    try:
        with _opened(path) as root, _below(root, recipient) as folder:
            if _is_there(folder, f"{name}.edxml"):
                return Handover("it was there already")
            with _arriving(folder, f"{name}.edxml") as file:
                _copy(original, file, parcel)
                with _arriving(folder, f"{name}.json") as sidecar:
                    sidecar.write(_facts(parcel, f"{name}.edxml"))
    except OSError as error:
        if error.errno in _FULL:
            raise TemporaryFailure("there is no room left for the agency's folder") from error
        if error.errno == errno.ENOENT:
            raise TemporaryFailure("the agency's folder is missing") from error
        raise TemporaryFailure(f"the agency's folder cannot be used: {error.strerror}") from error
    return Handover(f"{recipient}/{name}.edxml")


@contextmanager
def _opened(path: Path) -> "Iterator[int]":
    folder = os.open(path, _FOLDER)
    try:
        yield folder
    finally:
        os.close(folder)


@contextmanager
def _below(root: int, name: str) -> "Iterator[int]":
    """Open the recipient's own folder, made if need be; a link or a file in its place was put there by somebody."""
    with suppress(FileExistsError):
        os.mkdir(name, 0o750, dir_fd=root)
        os.fsync(root)
    try:
        folder = os.open(name, _FOLDER | os.O_NOFOLLOW, dir_fd=root)
    except OSError as error:
        if error.errno in _MISPLACED:
            raise PermanentFailure(f"{name} in the agency's folder is not a folder") from error
        raise
    try:
        yield folder
    finally:
        os.close(folder)


def _is_there(folder: int, name: str) -> bool:
    try:
        os.stat(name, dir_fd=folder, follow_symlinks=False)
    except FileNotFoundError:
        return False
    return True


@contextmanager
def _arriving(folder: int, name: str) -> "Iterator[BinaryIO]":
    """Make a file appear complete or not at all: a temporary one, flushed, renamed, and the folder flushed."""
    temporary = f".{name}.{secrets.token_hex(4)}"
    file = os.open(temporary, _NEW, 0o640, dir_fd=folder)
    try:
        with os.fdopen(file, "wb") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.rename(temporary, name, src_dir_fd=folder, dst_dir_fd=folder)
    except BaseException:
        with suppress(OSError):
            os.unlink(temporary, dir_fd=folder)
        raise
    os.fsync(folder)


def _copy(original: "Iterable[bytes]", file: "BinaryIO", parcel: Parcel) -> None:
    """Write the pieces as they come; what does not turn out to be what was accepted does not appear."""
    digest, size = hashlib.sha256(), 0
    for piece in original:
        digest.update(piece)
        size += len(piece)
        file.write(piece)
    if size != parcel.size or digest.hexdigest() != parcel.sha256:
        raise TemporaryFailure("the original that was read is not the one that was accepted")


def _facts(parcel: Parcel, file: str) -> bytes:
    """Write the sidecar: the same bytes at every try, so the number of the try is not in it."""
    facts = {
        "delivery_id": parcel.delivery_id,
        "envelope_id": parcel.envelope_id,
        "kind": parcel.kind,
        "document_id": parcel.document_id,
        "sender": parcel.sender,
        "recipient": parcel.recipient,
        "code": parcel.code,
        "subject": parcel.subject,
        "priority": parcel.priority,
        "size": parcel.size,
        "sha256": parcel.sha256,
        "available_at": parcel.available_at.astimezone(UTC).isoformat(timespec="milliseconds"),
        "file": file,
    }
    return (json.dumps(facts, ensure_ascii=False, indent=2) + "\n").encode("utf-8", "backslashreplace")
