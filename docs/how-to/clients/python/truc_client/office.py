"""An office system at a hub: the same exchanges over a line that waits, and over one that lets others go on meanwhile."""

import asyncio
import time
from pathlib import Path
from typing import Any, Self

import httpx

from . import exchanges
from .exchanges import PARTIAL, Kept, Rest, Work


class Office:
    """An office system at a hub: its address and the agency's API key."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.Client(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self._http.close()

    def send(self, body: bytes | Path, *, dry_run: bool = False) -> dict[str, Any]:
        """Send a signed envelope, or the file it is in; answers the hub's answer with the receipt, the same every time."""
        return self._do(exchanges.send(body, dry_run=dry_run))

    def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """What waits in the inbox; waits up to `seconds` (60 at most) for something. [] when nothing came."""
        return self._do(exchanges.wait(seconds))

    def fetch(self, item: dict[str, Any]) -> bytes:
        """Fetch the document of an item of the inbox: the bytes that the sender signed."""
        return self._do(exchanges.fetch(item, None))

    def save(self, item: dict[str, Any], into: Path) -> Path:
        """Fetch it into a file that appears when it is whole; what an earlier run left beside it is gone on with."""
        return self._do(exchanges.fetch(item, into))

    def confirm(self, item: dict[str, Any], result: str = "done", reason: str = "") -> dict[str, Any]:
        """Say done, processing or fail (with a reason). Until done or fail the item comes again."""
        return self._do(exchanges.confirm(item, result, reason))

    def report(self, item: dict[str, Any], code: str, description: str = "") -> dict[str, Any]:
        """Answer a document: 01 to 06, 15, 16."""
        return self._do(exchanges.report(item, code, description))

    def follow(self, after: str = "", seconds: int = 30) -> dict[str, Any]:
        """What happened to sent documents: `items`, and `next`. Keep `next` on disk: it is where you resume."""
        return self._do(exchanges.follow(after, seconds))

    def keys(self) -> list[dict[str, Any]]:
        """The hub's public keys. Keep them: with them a receipt is checked without the hub."""
        return self._do(exchanges.keys())

    def _do(self, work: Work) -> Any:
        said: Any = None
        try:
            while True:
                word, *rest = work.send(said)
                if word == "rest":
                    said = time.sleep(rest[0])
                elif word == "fetch":
                    said = self._bytes(*rest)
                else:
                    said = self._try(*rest)
        except StopIteration as end:
            return end.value

    def _try(self, method: str, path: str, content: dict[str, Any]) -> Any:
        if isinstance(body := content.get("content"), Rest):
            content = {**content, "content": body.pieces()}
        try:
            return self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    def _bytes(self, path: str, headers: dict[str, str], kept: Kept) -> tuple[int, bytes, bool]:
        status = 0
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                status = answer.status_code
                if not answer.is_success:
                    return status, answer.read(), False
                if status != PARTIAL:
                    kept.forget()
                for piece in answer.iter_bytes():
                    kept.add(piece)
        except httpx.TransportError:
            return status, b"", True
        return status, b"", False


class AsyncOffice:
    """The same for asyncio."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def send(self, body: bytes | Path, *, dry_run: bool = False) -> dict[str, Any]:
        """As `Office.send`."""
        return await self._do(exchanges.send(body, dry_run=dry_run))

    async def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """As `Office.wait`."""
        return await self._do(exchanges.wait(seconds))

    async def fetch(self, item: dict[str, Any]) -> bytes:
        """As `Office.fetch`."""
        return await self._do(exchanges.fetch(item, None))

    async def save(self, item: dict[str, Any], into: Path) -> Path:
        """As `Office.save`."""
        return await self._do(exchanges.fetch(item, into))

    async def confirm(self, item: dict[str, Any], result: str = "done", reason: str = "") -> dict[str, Any]:
        """As `Office.confirm`."""
        return await self._do(exchanges.confirm(item, result, reason))

    async def report(self, item: dict[str, Any], code: str, description: str = "") -> dict[str, Any]:
        """As `Office.report`."""
        return await self._do(exchanges.report(item, code, description))

    async def follow(self, after: str = "", seconds: int = 30) -> dict[str, Any]:
        """As `Office.follow`."""
        return await self._do(exchanges.follow(after, seconds))

    async def keys(self) -> list[dict[str, Any]]:
        """As `Office.keys`."""
        return await self._do(exchanges.keys())

    async def _do(self, work: Work) -> Any:
        said: Any = None
        try:
            while True:
                word, *rest = work.send(said)
                if word == "rest":
                    said = await asyncio.sleep(rest[0])
                elif word == "fetch":
                    said = await self._bytes(*rest)
                else:
                    said = await self._try(*rest)
        except StopIteration as end:
            return end.value

    async def _try(self, method: str, path: str, content: dict[str, Any]) -> Any:
        if isinstance(body := content.get("content"), Rest):
            content = {**content, "content": body.pieces_later()}
        try:
            return await self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    async def _bytes(self, path: str, headers: dict[str, str], kept: Kept) -> tuple[int, bytes, bool]:
        status = 0
        try:
            async with self._http.stream("GET", path, headers=headers) as answer:
                status = answer.status_code
                if not answer.is_success:
                    return status, await answer.aread(), False
                if status != PARTIAL:
                    kept.forget()
                async for piece in answer.aiter_bytes():
                    kept.add(piece)
        except httpx.TransportError:
            return status, b"", True
        return status, b"", False
