"""A client of the national axis with the habits of the official Java kit, 2.0.0 and 2.0.1, as they are on the wire.

It is not a good client. Its parameters stick, its timestamp never moves, its hash has no zeros, its letters lose their
upper bytes, it believes no HTTP status, and it takes whatever is not JSON for an empty list.
"""

import asyncio
import base64
import hashlib
import hmac
import json
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final
from urllib.parse import urlsplit

PREFIX: Final = "XroadVnpt-"
JSON: Final = "application/json"
OCTETS: Final = "application/octet-stream"
WITHIN: Final = 60  # seconds


@dataclass(frozen=True, slots=True)
class Http:
    """An answer as it came."""

    status: int
    headers: dict[str, str]
    body: bytes

    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(slots=True)
class Client:
    """One service object. `sticky` lives as long as it does; so does its timestamp."""

    base: str
    systemid: str
    secret: str
    version: str = "2.0.1"
    made_at: datetime = field(default_factory=datetime.now)
    sticky: dict[str, str] = field(default_factory=dict)
    last: Http | None = None

    def __post_init__(self) -> None:
        milliseconds = f"+{self.made_at.microsecond // 1000:04d}"  # no zone, though it looks like one
        self.sticky = {"systemid": self.systemid, "timestamp": self.made_at.strftime("%d%m%YT%H%M%S") + milliseconds}

    # -- operations -------------------------------------------------------------------------------------------------

    async def send_edoc(
        self, file: bytes, sender: str, message_type: str = "edoc", to: Sequence[str] | str | None = None, **lies: str
    ) -> dict[str, Any]:
        """The answer as the caller sees it: read as US-ASCII by 2.0.1, and all None when there is no DocId in it."""
        parameters = {
            "servicetype": "eDoc",
            "messagetype": message_type,
            "hash-file": unpadded(file),
            "from": sender,
            **({"to": to if isinstance(to, str) else json.dumps(list(to))} if to is not None else {}),
            **lies,
        }
        answer = await self.call("sendEdoc", parameters, OCTETS, file + b"\r\n")
        text = answer.body.decode("ascii" if self.version == "2.0.1" else "utf-8", "replace")
        said = _object(text)
        names = ("status", "ErrorCode", "ErrorDesc", "DocId")
        return {name: said.get(name) if "DocId" in said else None for name in names}

    async def received(self, message_type: str = "edoc", **more: str) -> dict[str, Any]:
        """What waits; an answer that is no JSON is success and an empty list."""
        answer = await self.call("getReceivedEdocList", {"servicetype": "eDoc", "messagetype": message_type, **more})
        said = _object(answer.body.decode("utf-8", "replace"))
        return said or {"status": "OK", "ErrorDesc": "Success", "data": []}

    async def sent(self, docid: str) -> dict[str, Any]:
        parameters = {"docId": docid, "servicetype": "eDoc", "messagetype": "edoc"}
        return _object((await self.call("getSentEdocList", parameters)).body.decode())

    async def get_edoc(self, docid: str) -> bytes:
        said = _object((await self.call("getEdoc", {"docId": docid, "filePath": "out"}, body=b"{}")).body.decode())
        assert said["status"] == "OK", said
        return base64.b64decode(said["data"], validate=True)

    async def download(self, docid: str) -> Http:
        self._only_in_2_0_1()
        return await self.call("downloadEdoc", {"docId": docid}, method="GET")

    async def download_again(self, docid: str) -> Http:
        """`downloadEdoc2`: no authentication at all."""
        self._only_in_2_0_1()
        return await self.exchange("GET", "downloadEdoc", [(PREFIX + "docId", docid)])

    async def count(self, operation: str = "countReceiveEdoc") -> dict[str, Any]:
        self._only_in_2_0_1()
        return _object((await self.call(operation, {}, body=b"{}")).body.decode())

    async def update_status(self, docid: str, status: str, spelled: str = "docId", **more: str) -> dict[str, Any]:
        parameters = {"status": status, spelled: docid, **more}
        return _object((await self.call("updateStatus", parameters, body=b"{}")).body.decode())

    async def agencies(self, operation: str = "getAgenciesList", **more: str) -> dict[str, Any]:
        return _object((await self.call(operation, more)).body.decode())

    async def register(self, **unit: Any) -> dict[str, Any]:
        return _object((await self.call("registerAgency", {}, body=json.dumps(unit).encode())).body.decode())

    async def delete(self, code: str) -> dict[str, Any]:
        return _object((await self.call("deleteAgency", {"AgencyCode": code}, body=b"{}")).body.decode())

    def _only_in_2_0_1(self) -> None:
        assert self.version == "2.0.1", "the kit of 2.0.0 has no such method"

    # -- the wire -----------------------------------------------------------------------------------------------------

    async def call(
        self, operation: str, parameters: dict[str, str], kind: str = JSON, body: bytes = b"", method: str = "POST"
    ) -> Http:
        """Put the parameters to all those of earlier calls, sign the lot, send it."""
        self.sticky |= {**parameters, "Content-Type": kind}
        return await self.exchange(method, operation, self.signed(), body, kind)

    def signed(self) -> list[tuple[str, str]]:
        """The headers, in the order of a hash map: any."""
        names = list(self.sticky)
        random.shuffle(names)
        members = ",".join(f'"{_escaped(PREFIX + name)}":"{_escaped(self.sticky[name])}"' for name in names)
        text = "{" + members + "}"
        mac = hmac.new(self.secret.encode(), text.encode(), hashlib.sha256).hexdigest()
        return [
            *((PREFIX + name, self.sticky[name]) for name in names),
            (f"{PREFIX}sign-header-key", ";".join(names)),
            (f"{PREFIX}sign-header", text),
            (f"{PREFIX}hash-header", mac),
            (f"{PREFIX}version", "3.0.201608"),
        ]

    async def exchange(
        self, method: str, operation: str, headers: Sequence[tuple[str, str]], body: bytes = b"", kind: str = JSON
    ) -> Http:
        """One request on a connection of its own; a body waits for `100 Continue`."""
        where = urlsplit(self.base)
        lines = [
            f"{method} {where.path}/{operation} HTTP/1.1",
            f"Host: {where.netloc}",
            "User-Agent: JAVASDKAgent/1.0.0 XRoad/VPCP",
            f"Content-Type: {kind}",
            *(f"{name}: {value}" for name, value in headers),
        ]
        if method == "POST":
            lines.append(f"Content-Length: {len(body)}")
        if body:
            lines.append("Expect: 100-continue")
        reader, writer = await asyncio.open_connection(where.hostname, where.port)
        try:
            async with asyncio.timeout(WITHIN):
                writer.write(cut("\r\n".join(lines)) + b"\r\n\r\n")
                await writer.drain()
                if body:
                    head = await reader.readuntil(b"\r\n\r\n")
                    if not head.startswith(b"HTTP/1.1 100"):
                        self.last = await _rest(reader, head)  # refused before the body was asked for
                        return self.last
                    writer.write(body)
                    await writer.drain()
                self.last = await _rest(reader, await reader.readuntil(b"\r\n\r\n"))
                return self.last
        finally:
            writer.close()


def unpadded(file: bytes) -> str:
    """SHA-256 as the kit prints it: `%x` for each byte."""
    return "".join(f"{byte:x}" for byte in hashlib.sha256(file).digest())


def cut(text: str) -> bytes:
    """Characters as the kit's HTTP library writes them: the low byte of each."""
    units = text.encode("utf-16-le")
    return units[::2]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _object(text: str) -> dict[str, Any]:
    try:
        said = json.loads(text)
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}


async def _rest(reader: asyncio.StreamReader, head: bytes) -> Http:
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    if "content-length" in headers:
        body = await reader.readexactly(int(headers["content-length"]))
    elif headers.get("transfer-encoding") == "chunked":
        body = b""
        while size := int(await reader.readline(), 16):
            body += await reader.readexactly(size)
            await reader.readline()
    else:
        body = await reader.read()
    return Http(int(lines[0].split()[1]), headers, body)
