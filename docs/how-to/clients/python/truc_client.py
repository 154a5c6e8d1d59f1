"""A client for a Trục hub, sync and async, in one file to copy. Needs httpx, lxml and cryptography.

    with Office("https://hub.example", "trk_…") as office:
        answer = office.send(sign(body, certificate_pem, key_pem))
        claims = verify_receipt(answer["receipt"]["jws"], office.keys(), body)
        for item in office.wait():
            store(office.fetch(item))           # yours: keep it before you confirm
            office.save(item, Path("in.edxml")) # … or never hold it: it may be 100 MiB
            office.confirm(item)
            office.report(item, "03", "Đã vào sổ")

`AsyncOffice` has the same methods, to be awaited. Sending again is harmless: both retry by themselves.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import AsyncIterator, Generator, Iterator
from pathlib import Path
from typing import Any, Self

import httpx
from cryptography import x509
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.serialization import Encoding, load_pem_private_key
from lxml import etree

DSIG = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/2001/10/xml-exc-c14n#"
ENVELOPED = DSIG + "enveloped-signature"
AGAIN = {408, 429, 500, 502, 503, 504, 507}
"""Statuses after which the same request is made again: nothing was kept, or nobody knows."""
TRIES = 8
LARGE = 8 * 1024 * 1024
"""Bytes from which an envelope is uploaded: a line that breaks is taken up where it broke."""
PARTIAL = 206
PIECE = 256 * 1024
"""Bytes of a file in memory at a time."""
LONGEST_WAIT = 60.0
"""Seconds between two tries at most, whatever `Retry-After` says."""


class Refused(Exception):
    """The hub refused. `problem` holds `code` and every error with its path, line, cause and fix."""

    def __init__(self, status: int, problem: dict[str, Any]) -> None:
        self.status, self.problem = status, problem
        words = [f"{e['code']} {e['path'] or ''}: {e['message']['vi']}" for e in problem.get("errors", [])]
        super().__init__(f"{status} {problem.get('code')}: " + "; ".join(words))


class Unreachable(Exception):
    """The hub did not answer, try after try. Send the same bytes later: they cannot be accepted twice."""


Work = Generator[tuple[Any, ...], Any, Any]


def _call(method: str, path: str, **content: Any) -> Work:
    """Make one request, again and again where that helps: yields what to do, is sent what came of it."""
    last = ""
    for number in range(TRIES):
        answer = yield ("call", method, path, content)
        if isinstance(answer, httpx.Response) and answer.status_code not in AGAIN:
            if answer.is_success:
                return answer
            raise Refused(answer.status_code, _problem(answer))
        told = answer.headers.get("retry-after", "") if isinstance(answer, httpx.Response) else ""
        last = str(answer)
        if number < TRIES - 1:
            yield ("rest", min(float(told) if told.isdigit() else 0.5 * 2**number, LONGEST_WAIT))
    raise Unreachable(last)


def _problem(answer: httpx.Response) -> dict[str, Any]:
    try:
        return dict(answer.json())
    except ValueError:
        return {"code": "no-problem-document"}


class _Rest:
    """The bytes of an envelope from an offset on, in memory or in a file; read anew for each try."""

    def __init__(self, body: bytes | Path, offset: int = 0) -> None:
        self._body, self._offset = body, offset

    def pieces(self) -> Iterator[bytes]:
        if isinstance(self._body, bytes):
            yield self._body[self._offset :]
            return
        with self._body.open("rb") as file:
            file.seek(self._offset)
            while piece := file.read(PIECE):
                yield piece

    async def pieces_later(self) -> AsyncIterator[bytes]:
        for piece in self.pieces():
            yield piece


def _measured(body: bytes | Path) -> tuple[int, str]:
    """How many bytes, and their SHA-256 as the headers have it."""
    if isinstance(body, bytes):
        return len(body), _base64(hashlib.sha256(body).digest())
    with body.open("rb") as file:
        digest = hashlib.file_digest(file, "sha256").digest()
        return file.tell(), _base64(digest)


def _send(body: bytes | Path, *, dry_run: bool) -> Work:
    size, digest = _measured(body)
    if size >= LARGE and not dry_run:
        return (yield from _upload(body, size, digest)).json()
    headers = {"Content-Type": "application/xml", "Content-Digest": f"sha-256=:{digest}:", "Content-Length": str(size)}
    path = "/v1/envelopes" + ("?dry_run=true" if dry_run else "")
    return (yield from _call("POST", path, content=_Rest(body), headers=headers)).json()


def _upload(body: bytes | Path, size: int, digest: str) -> Work:
    """Upload an envelope and go on where a line broke; the last answer is the one of a plain POST."""
    whole = {"Upload-Length": str(size), "Upload-Complete": "?0", "Content-Type": "application/xml"}
    place = (yield from _call("POST", "/v1/uploads", headers=whole)).headers["location"]
    offset = failed = 0
    last = ""
    while failed < TRIES:
        rest = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
            "Content-Length": str(size - offset),
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        answer = yield ("call", "PATCH", place, {"content": _Rest(body, offset), "headers": rest})
        told, is_offset = "", False
        if isinstance(answer, httpx.Response):
            if answer.is_success:
                return answer
            told, is_offset = answer.headers.get("retry-after", ""), "upload-offset" in answer.headers
            if answer.status_code not in AGAIN and not is_offset:
                raise Refused(answer.status_code, _problem(answer))
        last = str(answer)
        yield ("rest", min(float(told) if told.isdigit() else 0.5 * 2**failed, LONGEST_WAIT))
        stands = int((yield from _call("HEAD", place)).headers["upload-offset"])
        failed = 0 if stands > offset else failed + 1
        offset = stands
    raise Unreachable(last)


def _wait(seconds: int) -> Work:
    path = f"/v1/inbox?wait={seconds}&limit=100"
    return (yield from _call("GET", path, timeout=seconds + 30)).json()["items"]


def _fetch(item: dict[str, Any], into: Path | None) -> Work:
    """Fetch the original; a line that breaks is taken up where it broke, and the digest is checked."""
    kept = _Kept(into)
    for _ in range(TRIES):
        have = kept.size()
        headers = {"Range": f"bytes={have}-", "If-Range": f'"{item["sha256"]}"'} if have else {}
        status, told, broke = yield ("fetch", f"/v1/inbox/{item['delivery_id']}", headers, kept)
        if status in AGAIN or status == 0:
            yield ("rest", 1.0)
            continue
        if status >= 400 and status != 416:  # noqa: PLR2004
            raise Refused(status, json.loads(told or b"{}"))
        if not broke and kept.sha256() == item["sha256"]:
            return kept.whole()
        if not broke:
            kept.forget()
    raise Unreachable(f"{item['delivery_id']} could not be fetched whole")


class _Kept:
    """What has come of a document: in memory, or in a file beside the one that appears when it is whole."""

    def __init__(self, into: Path | None) -> None:
        self._into = into
        self._part = into.with_name(f"{into.name}.part") if into else None
        self._body = bytearray()

    def size(self) -> int:
        if self._part is None:
            return len(self._body)
        return self._part.stat().st_size if self._part.exists() else 0

    def add(self, piece: bytes) -> None:
        if self._part is None:
            self._body += piece
        else:
            with self._part.open("ab") as file:
                file.write(piece)

    def forget(self) -> None:
        self._body.clear()
        if self._part:
            self._part.unlink(missing_ok=True)

    def sha256(self) -> str:
        if self._part is None:
            return hashlib.sha256(self._body).hexdigest()
        with self._part.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()

    def whole(self) -> bytes | Path:
        if self._into is None or self._part is None:
            return bytes(self._body)
        return self._part.replace(self._into)


def _confirm(item: dict[str, Any], result: str, reason: str) -> Work:
    said = {"result": result, "reason": reason}
    return (yield from _call("POST", f"/v1/inbox/{item['delivery_id']}/confirm", json=said)).json()


def _report(item: dict[str, Any], code: str, description: str) -> Work:
    said = {"sender": item["sender"], "document_id": item["document_id"], "code": code, "description": description}
    return (yield from _call("POST", "/v1/status-reports", json=said)).json()


def _follow(after: str, seconds: int) -> Work:
    query = {"after": after, "wait": str(seconds), "limit": "1000"}
    return (yield from _call("GET", "/v1/status", params=query, timeout=seconds + 30)).json()


def _keys() -> Work:
    return (yield from _call("GET", "/.well-known/jwks.json")).json()["keys"]


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
        return self._do(_send(body, dry_run=dry_run))

    def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """What waits in the inbox; waits up to `seconds` (60 at most) for something. [] when nothing came."""
        return self._do(_wait(seconds))

    def fetch(self, item: dict[str, Any]) -> bytes:
        """Fetch the document of an item of the inbox: the bytes that the sender signed."""
        return self._do(_fetch(item, None))

    def save(self, item: dict[str, Any], into: Path) -> Path:
        """Fetch it into a file that appears when it is whole; what an earlier run left beside it is gone on with."""
        return self._do(_fetch(item, into))

    def confirm(self, item: dict[str, Any], result: str = "done", reason: str = "") -> dict[str, Any]:
        """Say done, processing or fail (with a reason). Until done or fail the item comes again."""
        return self._do(_confirm(item, result, reason))

    def report(self, item: dict[str, Any], code: str, description: str = "") -> dict[str, Any]:
        """Answer a document: 01 to 06, 15, 16."""
        return self._do(_report(item, code, description))

    def follow(self, after: str = "", seconds: int = 30) -> dict[str, Any]:
        """What happened to sent documents: `items`, and `next`. Keep `next` on disk: it is where you resume."""
        return self._do(_follow(after, seconds))

    def keys(self) -> list[dict[str, Any]]:
        """The hub's public keys. Keep them: with them a receipt is checked without the hub."""
        return self._do(_keys())

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
        if isinstance(body := content.get("content"), _Rest):
            content = {**content, "content": body.pieces()}
        try:
            return self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    def _bytes(self, path: str, headers: dict[str, str], kept: _Kept) -> tuple[int, bytes, bool]:
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
        return await self._do(_send(body, dry_run=dry_run))

    async def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """As `Office.wait`."""
        return await self._do(_wait(seconds))

    async def fetch(self, item: dict[str, Any]) -> bytes:
        """As `Office.fetch`."""
        return await self._do(_fetch(item, None))

    async def save(self, item: dict[str, Any], into: Path) -> Path:
        """As `Office.save`."""
        return await self._do(_fetch(item, into))

    async def confirm(self, item: dict[str, Any], result: str = "done", reason: str = "") -> dict[str, Any]:
        """As `Office.confirm`."""
        return await self._do(_confirm(item, result, reason))

    async def report(self, item: dict[str, Any], code: str, description: str = "") -> dict[str, Any]:
        """As `Office.report`."""
        return await self._do(_report(item, code, description))

    async def follow(self, after: str = "", seconds: int = 30) -> dict[str, Any]:
        """As `Office.follow`."""
        return await self._do(_follow(after, seconds))

    async def keys(self) -> list[dict[str, Any]]:
        """As `Office.keys`."""
        return await self._do(_keys())

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
        if isinstance(body := content.get("content"), _Rest):
            content = {**content, "content": body.pieces_later()}
        try:
            return await self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    async def _bytes(self, path: str, headers: dict[str, str], kept: _Kept) -> tuple[int, bytes, bool]:
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


def sign(body: bytes, certificate_pem: bytes, key_pem: bytes) -> bytes:
    """Sign an envelope in UTF-8 by a key that is RSA or on P-256; every byte stays, a Signature comes in."""
    root = etree.fromstring(body, etree.XMLParser(resolve_entities=False, no_network=True, huge_tree=True))
    digest = hashlib.sha256(etree.tostring(root, method="c14n", exclusive=True, with_comments=False)).digest()
    key = load_pem_private_key(key_pem, None)
    if isinstance(key, rsa.RSAPrivateKey):
        method = "http://www.w3.org/2001/04/xmldsig-more#rsa-sha256"
    elif isinstance(key, ec.EllipticCurvePrivateKey) and isinstance(key.curve, ec.SECP256R1):
        method = "http://www.w3.org/2001/04/xmldsig-more#ecdsa-sha256"
    else:
        raise ValueError("the key must be RSA or on P-256")  # noqa: TRY004 - it is the wrong kind of key, not of object
    info = (
        f'<CanonicalizationMethod Algorithm="{C14N}"></CanonicalizationMethod>'
        f'<SignatureMethod Algorithm="{method}"></SignatureMethod>'
        f'<Reference URI=""><Transforms><Transform Algorithm="{ENVELOPED}"></Transform>'
        f'<Transform Algorithm="{C14N}"></Transform></Transforms>'
        '<DigestMethod Algorithm="http://www.w3.org/2001/04/xmlenc#sha256"></DigestMethod>'
        f"<DigestValue>{_base64(digest)}</DigestValue></Reference>"
    )
    canonical = f'<SignedInfo xmlns="{DSIG}">{info}</SignedInfo>'.encode()
    if isinstance(key, rsa.RSAPrivateKey):
        value = key.sign(canonical, padding.PKCS1v15(), hashes.SHA256())
    else:
        r, s = decode_dss_signature(key.sign(canonical, ec.ECDSA(hashes.SHA256())))
        value = r.to_bytes(32, "big") + s.to_bytes(32, "big")
    chain = x509.load_pem_x509_certificates(certificate_pem)
    carried = "".join(f"<X509Certificate>{_base64(c.public_bytes(Encoding.DER))}</X509Certificate>" for c in chain)
    signature = (
        f'<Signature xmlns="{DSIG}"><SignedInfo>{info}</SignedInfo><SignatureValue>{_base64(value)}</SignatureValue>'
        f"<KeyInfo><X509Data>{carried}</X509Data></KeyInfo></Signature>"
    )
    at = body.rindex(b"edXMLHeader>")
    at = body.rindex(b"</", 0, at)
    return body[:at] + signature.encode() + body[at:]


def verify_receipt(receipt: str, keys: list[dict[str, Any]], body: bytes) -> dict[str, Any]:
    """Check that the hub signed this receipt and that it is for these bytes; answers its claims, else ValueError."""
    head, payload, signature = receipt.split(".")
    header = json.loads(_unbase64(head))
    if header.get("alg") != "Ed25519" or header.get("typ") != "truc-receipt+jws":
        raise ValueError("not a receipt")
    key = next((key for key in keys if key.get("kid") == header["kid"]), None)
    if key is None:
        raise ValueError(f"signed by the key {header['kid']}, which is none of the hub's")
    try:
        Ed25519PublicKey.from_public_bytes(_unbase64(key["x"])).verify(
            _unbase64(signature), f"{head}.{payload}".encode()
        )
    except InvalidSignature as error:
        raise ValueError("the receipt was changed") from error
    claims: dict[str, Any] = json.loads(_unbase64(payload))
    if claims["sha256"] != hashlib.sha256(body).hexdigest():
        raise ValueError("a receipt for other bytes")
    return claims


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode()


def _unbase64(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
