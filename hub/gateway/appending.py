"""A request's body becomes parts of an upload: kept every few megabytes, so that a line that breaks costs little."""

import secrets
from typing import Any, Final

from hub import bodies
from hub.errors import HubError, Rejected, WrongOffset, rejected
from hub.spool import Room, Spooled, Writer
from hub.store.road import uploads
from hub.wiring import Hub

PART: Final = 8 * 1024 * 1024
"""Bytes after which what came is kept, whatever follows."""


class Appender:
    """Adds one request's body to one upload."""

    def __init__(self, hub: Hub, upload: dict[str, Any], headers: dict[bytes, bytes]) -> None:
        """`upload`: as it was found. A body with a Content-Digest is kept whole or not at all."""
        self._hub = hub
        self._id: str = upload["id"]
        self._kept: int = upload["received"]
        self._size: int | None = upload["size"]
        self._headers = headers
        self._is_whole = b"content-digest" in headers
        self._coming = 0  # bytes in the writer

    async def append(self, receive: bodies.Receive, announced: int | None) -> int:
        """Take the body; answers where the upload stands then. What came before a line broke is kept."""
        most = self._hub.settings.max_envelope_bytes if self._size is None else self._size
        self._check(self._kept + (announced or 0), most)
        with self._hub.spool.room() as room:
            room.take(max(announced or 0, PART) if self._is_whole else PART)
            writer = room.begin()
            try:
                async for piece in bodies.pieces(receive, self._hub.settings.body_timeout_seconds):
                    self._coming += len(piece)
                    self._check(self._kept + self._coming, most)
                    await writer.add(piece)
                    if self._coming >= PART and not self._is_whole:
                        writer = await self._keep(room, writer)
            except (bodies.Disconnected, Rejected) as error:
                if not self._is_whole and (isinstance(error, bodies.Disconnected) or error.code == "request-timeout"):
                    await self._keep(room, writer)
                raise
            await self._keep(room, writer)
        return self._kept

    def _check(self, end: int, most: int) -> None:
        if end <= most:
            return
        if self._size is None:
            raise rejected("too-large", limit=most)
        raise rejected("upload-length", "Upload-Length", expected=most, found=end)

    async def _keep(self, room: Room, writer: Writer) -> Writer:
        if not self._coming:
            return writer
        part = await writer.finish()
        if self._is_whole:
            bodies.check_digest(self._headers, part.sha256)
        await self._add(part)
        self._kept += self._coming
        self._coming = 0
        return room.begin()

    async def _add(self, part: Spooled) -> None:
        hub, size = self._hub, part.size
        name = secrets.token_hex(32)
        await hub.parts.put(name, part)
        try:
            is_added = await uploads.add(hub.database, self._id, self._kept, size, name)
        except HubError:
            await hub.parts.drop(name)
            raise
        if not is_added:  # another request was quicker
            await hub.parts.drop(name)
            raise WrongOffset(await self._stands(), self._kept)

    async def _stands(self) -> int:
        async with self._hub.database.read() as conn:
            return await uploads.received(conn, self._id)
