"""The floor: a bare ASGI application that does the same with nothing around it.

It verifies with lxml and `cryptography` alone (one key, no policy), and writes the same rows by the same statement, a
group at a time. Run as `python -m hub.bench.floor DATABASE_URL CERTIFICATE.pem`; prints `listening on …`.
"""

import asyncio
import base64
import hashlib
import json
import socket
import sqlite3
import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import asyncpg
import uuid_utils
import uvicorn
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from lxml import etree

from hub.domain.ids import delivery_id
from hub.store.road import accepting
from hub.store.road.accepting import NewDelivery, NewEnvelope

_DS: Final = "{http://www.w3.org/2000/09/xmldsig#}"
_E: Final = "{http://www.mic.gov.vn/TBT/QCVN_102_2016}"


def verifier(certificate: bytes) -> Callable[[bytes], etree._Element]:
    """Bare verification: parse, canonicalise, digest, RSA; raises when it does not hold."""
    key = x509.load_pem_x509_certificate(certificate).public_key()
    if not isinstance(key, rsa.RSAPublicKey):
        raise TypeError("the floor knows RSA only")

    def verify(body: bytes) -> etree._Element:
        root: etree._Element = etree.fromstring(
            body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True)
        )
        signature = root.find(f".//{_DS}Signature")
        if signature is None or (parent := signature.getparent()) is None:
            raise ValueError("no signature")
        info = signature[0]
        canonical = etree.tostring(info, method="c14n", exclusive=True)
        value = base64.b64decode(signature.findtext(f"{_DS}SignatureValue") or "")
        key.verify(value, canonical, padding.PKCS1v15(), hashes.SHA256())
        stated = base64.b64decode(signature.findtext(f".//{_DS}DigestValue") or "")
        tail, previous = signature.tail, signature.getprevious()
        if tail and previous is not None:
            previous.tail = (previous.tail or "") + tail
        parent.remove(signature)
        if hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True)).digest() != stated:
            raise ValueError("digest")
        return root

    return verify


def row(root: etree._Element, body: bytes) -> NewEnvelope:
    """The same rows the hub writes, with nothing looked up."""
    now = datetime.now(UTC)
    identity = str(uuid_utils.uuid7())
    header = root[0][0][0]
    recipients = [to.findtext(f"{_E}OrganId") or "" for to in header.findall(f"{_E}To")]
    return NewEnvelope(
        identity,
        header.findtext(f"{_E}From/{_E}OrganId") or "",
        "new",
        header.findtext(f"{_E}DocumentId") or "",
        "1/VPCP-KSTT",
        header.findtext(f"{_E}Subject") or "",
        0,
        None,
        hashlib.sha256(body).hexdigest(),
        len(body),
        now,
        "valid",
        "",
        "",
        {},
        [],
        "",
        "",
        body,
        None,
        tuple(
            NewDelivery(delivery_id(identity, r), r, r, "province", "inbox", "QUEUED", 3, now, now) for r in recipients
        ),
    )


class Floor:
    """The application."""

    def __init__(self, url: str, certificate: bytes) -> None:
        """Nothing is connected before the first request."""
        self.url = url
        self.verify = verifier(certificate)
        self.waiting: list[tuple[NewEnvelope, asyncio.Future[None]]] = []
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    async def __call__(self, _scope: Any, receive: Any, send: Any) -> None:
        """Take one body in."""
        if self.task is None:
            self.task = asyncio.create_task(self._postgresql() if self.url.startswith("postgres") else self._sqlite())
        pieces, more = [], True
        while more:
            message = await receive()
            pieces.append(message.get("body", b""))
            more = message.get("more_body", False)
        body = b"".join(pieces)
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        made = row(self.verify(body), body)
        self.waiting.append((made, done))
        self.news.set()
        await done
        answer = json.dumps({"id": made.id}).encode()
        headers = [(b"content-type", b"application/json"), (b"content-length", b"%d" % len(answer))]
        await send({"type": "http.response.start", "status": 202, "headers": headers})
        await send({"type": "http.response.body", "body": answer})

    async def _group(self) -> list[tuple[NewEnvelope, asyncio.Future[None]]]:
        while not self.waiting:
            self.news.clear()
            await self.news.wait()
        group, self.waiting = self.waiting[:128], self.waiting[128:]
        return group

    async def _postgresql(self) -> None:
        conn = await asyncpg.connect(self.url.replace("+asyncpg", ""))
        while True:
            group = await self._group()
            await conn.fetch(accepting.STATEMENT, *accepting.arguments([made for made, _ in group]))
            for _, done in group:
                done.set_result(None)

    async def _sqlite(self) -> None:
        conn = sqlite3.connect(self.url.partition(":///")[2], isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL"):
            conn.execute(f"PRAGMA {pragma}")
        while True:
            group = await self._group()
            await asyncio.to_thread(self._write, conn, [made for made, _ in group])
            for _, done in group:
                done.set_result(None)

    @staticmethod
    def _write(conn: sqlite3.Connection, group: list[NewEnvelope]) -> None:
        conn.execute("BEGIN IMMEDIATE")
        for statement, values in accepting.sqlite_rows(group):
            conn.executemany(statement, values)
        conn.execute("COMMIT")


def main(url: str, certificate: Path) -> None:
    """Serve until killed."""
    listener = socket.socket()
    listener.bind(("127.0.0.1", 0))
    listener.listen(2048)
    config = uvicorn.Config(
        Floor(url, certificate.read_bytes()),
        http="httptools",
        loop="uvloop",
        lifespan="off",
        log_level="error",
        timeout_keep_alive=30,
    )
    server = uvicorn.Server(config)
    sys.stdout.write(f"listening on http://127.0.0.1:{listener.getsockname()[1]}\n")
    sys.stdout.flush()
    server.run(sockets=[listener])


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]))
