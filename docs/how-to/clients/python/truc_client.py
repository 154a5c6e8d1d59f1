"""A client for a Trục hub, sync and async, in one file to copy. Needs httpx, lxml and cryptography.

    with Office("https://hub.example", "trk_…") as office:
        answer = office.send(sign(body, certificate_pem, key_pem))
        claims = verify_receipt(answer["receipt"]["jws"], office.keys(), body)
        for item in office.wait():
            store(office.fetch(item))           # yours: keep it before you confirm
            office.confirm(item)
            office.report(item, "03", "Đã vào sổ")

`AsyncOffice` has the same methods, to be awaited. Sending again is harmless: both retry by themselves.
"""

import asyncio
import base64
import hashlib
import json
import time
from collections.abc import Generator
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


def _send(body: bytes, *, dry_run: bool) -> Work:
    if len(body) >= LARGE and not dry_run:
        return (yield from _upload(body)).json()
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    headers = {"Content-Type": "application/xml", "Content-Digest": f"sha-256=:{digest}:"}
    path = "/v1/envelopes" + ("?dry_run=true" if dry_run else "")
    return (yield from _call("POST", path, content=body, headers=headers)).json()


def _upload(body: bytes) -> Work:
    """Upload an envelope and go on where a line broke; the last answer is the one of a plain POST."""
    whole = {"Upload-Length": str(len(body)), "Upload-Complete": "?0", "Content-Type": "application/xml"}
    place = (yield from _call("POST", "/v1/uploads", headers=whole)).headers["location"]
    digest = base64.b64encode(hashlib.sha256(body).digest()).decode()
    offset = failed = 0
    last = ""
    while failed < TRIES:
        rest = {
            "Content-Type": "application/partial-upload",
            "Upload-Offset": str(offset),
            "Upload-Complete": "?1",
            "Repr-Digest": f"sha-256=:{digest}:",
        }
        answer = yield ("call", "PATCH", place, {"content": body[offset:], "headers": rest})
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


def _fetch(item: dict[str, Any]) -> Work:
    """Fetch the original; a line that breaks is taken up where it broke, and the digest is checked."""
    body = b""
    for _ in range(TRIES):
        headers = {"Range": f"bytes={len(body)}-", "If-Range": f'"{item["sha256"]}"'} if body else {}
        came, status, broke = yield ("fetch", f"/v1/inbox/{item['delivery_id']}", headers)
        if status in AGAIN or status == 0:
            yield ("rest", 1.0)
            continue
        if status >= 400:  # noqa: PLR2004
            raise Refused(status, json.loads(came or b"{}"))
        body = body + came if status == 206 else came  # noqa: PLR2004
        if not broke and hashlib.sha256(body).hexdigest() == item["sha256"]:
            return body
        if not broke:
            body = b""
    raise Unreachable(f"{item['delivery_id']} could not be fetched whole")


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

    def send(self, body: bytes, *, dry_run: bool = False) -> dict[str, Any]:
        """Send a signed envelope; answers the hub's answer with the receipt, the same for the same bytes."""
        return self._do(_send(body, dry_run=dry_run))

    def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """What waits in the inbox; waits up to `seconds` (60 at most) for something. [] when nothing came."""
        return self._do(_wait(seconds))

    def fetch(self, item: dict[str, Any]) -> bytes:
        """Fetch the document of an item of the inbox: the bytes that the sender signed."""
        return self._do(_fetch(item))

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
        try:
            return self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    def _bytes(self, path: str, headers: dict[str, str]) -> tuple[bytes, int, bool]:
        came, status = bytearray(), 0
        try:
            with self._http.stream("GET", path, headers=headers) as answer:
                status = answer.status_code
                for part in answer.iter_bytes():
                    came += part
        except httpx.TransportError:
            return bytes(came), status, True
        return bytes(came), status, False


class AsyncOffice:
    """The same for asyncio."""

    def __init__(self, url: str, key: str) -> None:
        self._http = httpx.AsyncClient(base_url=url, headers={"Authorization": f"Bearer {key}"}, timeout=120)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *error: object) -> None:
        await self._http.aclose()

    async def send(self, body: bytes, *, dry_run: bool = False) -> dict[str, Any]:
        """As `Office.send`."""
        return await self._do(_send(body, dry_run=dry_run))

    async def wait(self, seconds: int = 30) -> list[dict[str, Any]]:
        """As `Office.wait`."""
        return await self._do(_wait(seconds))

    async def fetch(self, item: dict[str, Any]) -> bytes:
        """As `Office.fetch`."""
        return await self._do(_fetch(item))

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
        try:
            return await self._http.request(method, path, **content)
        except httpx.TransportError as error:
            return error

    async def _bytes(self, path: str, headers: dict[str, str]) -> tuple[bytes, int, bool]:
        came, status = bytearray(), 0
        try:
            async with self._http.stream("GET", path, headers=headers) as answer:
                status = answer.status_code
                async for part in answer.aiter_bytes():
                    came += part
        except httpx.TransportError:
            return bytes(came), status, True
        return bytes(came), status, False


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
