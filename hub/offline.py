"""What can be said without a hub running: of an envelope, of a receipt, of an envelope on record."""

import asyncio
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

import orjson
from cryptography.hazmat.primitives.serialization import Encoding
from sqlalchemy.exc import SQLAlchemyError

from hub.attest import steps
from hub.attest.stamping import read_roots
from hub.attest.unfolding import unfolded
from hub.domain.agency import BoundCertificate
from hub.domain.ids import is_id, read_id
from hub.domain.trust import Judgement, Verdict
from hub.errors import Rejected, Unavailable
from hub.findings import finding
from hub.gateway import views
from hub.gateway.envelopes import explanation
from hub.ingress import TrustStore, under_chain
from hub.settings import Settings
from hub.spool import Body, held
from hub.store.database import Database
from hub.store.directory.memory import Directory
from hub.store.road import envelopes, events
from hub.trust.chain import UNAVAILABLE
from hub.trust.seal import ACCEPTED, ATTESTED, HEAD, REFUSED, NotOurs, load_keys, published, read
from hub.xml.open import open_document


@dataclass(frozen=True, slots=True)
class Brought:
    """What the checker brings along, as files: the hub's keys, roots of signers, roots of time-stamp authorities."""

    key: Path | None = None
    roots: Path | None = None
    tsa_roots: Path | None = None


def check(body: Body, settings: Settings, brought: Brought) -> dict[str, Any]:
    """Tell an envelope, a receipt and an evidence file apart by their beginnings, and check it."""
    if _begins(body).lstrip(b"\xef\xbb\xbf \t\r\n")[:1] == b"<":
        return _envelope(body, settings)
    try:
        keys = load_keys(brought.key) if brought.key else published(settings.home)
    except (OSError, ValueError, KeyError, TypeError) as error:
        return _unread("receipt", f"the public key at {brought.key or settings.home} cannot be read: {error}")
    if not keys:
        return _unread("receipt", f"no public key in {settings.home}: give one with --key")
    try:
        with unfolded(body) as evidence:
            if evidence is not None:
                return _stepwise(evidence, keys, brought)
    except ValueError as error:
        return _unread("evidence", f"the document in it cannot be read: {error}")
    return _receipt(held(body), keys)


def _begins(body: Body) -> bytes:
    if isinstance(body, bytes):
        return body[:_BEGINNING]
    with body.path.open("rb") as file:
        return file.read(_BEGINNING)


_BEGINNING: Final = 4096  # bytes that tell what a file is
_SIGNED: Final = {ACCEPTED: "receipt", REFUSED: "refusal", ATTESTED: "delivery receipt", HEAD: "head"}


def _receipt(content: bytes, keys: list[dict[str, Any]]) -> dict[str, Any]:
    try:
        signed = read(_jws(content), keys)
    except (NotOurs, ValueError) as error:
        return _unread("receipt", str(error))
    except (KeyError, TypeError):
        return _unread("receipt", "there is no receipt in it")
    if signed.typ not in _SIGNED:
        return _unread("receipt", f"signed as {signed.typ}, which is no receipt")
    shown = {("message" if name == "kind" else name): value for name, value in signed.claims.items()}
    return {"kind": _SIGNED[signed.typ], "ok": True, **shown}


def _unread(kind: str, why: str) -> dict[str, Any]:
    return {"kind": kind, "ok": False, "why": why, "errors": [finding("proof-unreadable", reason=why).explained()]}


def _stepwise(evidence: dict[str, Any], keys: list[dict[str, Any]], brought: Brought) -> dict[str, Any]:
    try:
        roots = [c.public_bytes(Encoding.DER) for c in read_roots(brought.roots)]
        known = steps.Known(keys, roots, read_roots(brought.tsa_roots))
    except (OSError, ValueError) as error:
        return _unread("evidence", f"the roots cannot be read: {error}")
    looked = steps.check(evidence, known)
    return {
        "kind": "evidence",
        "ok": steps.is_proven(looked),
        "steps": [{"step": s.name, "ok": s.ok, "vi": s.said[0], "en": s.said[1]} for s in looked],
    }


def _jws(content: bytes) -> str:
    text = content.decode("utf-8", "replace").strip()
    if not text.startswith("{"):
        return text
    found = orjson.loads(text)
    receipt = found.get("receipt", found)
    return receipt if isinstance(receipt, str) else str(receipt["jws"])


def _envelope(body: Body, settings: Settings) -> dict[str, Any]:
    now = datetime.now(UTC)
    try:
        opened = open_document(body, (), now)
        has_directory = not settings.is_embedded or Path(settings.database.partition(":///")[2]).exists()
        certificates = asyncio.run(_bound(opened.message.sender.code, settings)) if has_directory else ()
        if certificates:
            opened = open_document(body, certificates, now)
    except Rejected as error:
        return {
            "kind": "envelope",
            "ok": False,
            "why": error.code,
            "errors": [found.explained() for found in error.findings],
        }
    verdict = opened.verdict
    if certificates and verdict.judgement in (Judgement.VALID, Judgement.VALID_LEGACY):
        verdict = asyncio.run(_under_chain(verdict, certificates, now, settings))
    answer: dict[str, Any] = {
        "kind": "envelope",
        "ok": verdict.judgement not in (Judgement.BROKEN, Judgement.EXPIRED, Judgement.REVOKED)
        and verdict.reason != "certificate-chain",
        "document_id": opened.message.document_id,
        "sender": opened.message.sender.code,
        "message": opened.message.kind.value,
        "verdict": verdict.judgement.value,
        "reason": verdict.reason or None,
        "signer": verdict.signer or None,
        "certificate": verdict.fingerprint or None,
        "warnings": [w.shown() for w in opened.warnings],
    }
    if verdict.reason == UNAVAILABLE:
        answer["note"] = "signed by the sender's certificate; no fresh revocation list says whether that is revoked"
    elif verdict.reason == "untrusted-certificate":
        answer["note"] = "signed by the certificate inside; only a directory knows whether it is the sender's"
    return answer


async def _bound(sender: str, settings: Settings) -> tuple[BoundCertificate, ...]:
    """The certificates bound to a sender in the directory of this TRUC_HOME, if there is one."""
    database = Database(settings.database)
    try:
        agency = (await Directory(database).resolve([sender]))[sender]
    except (Unavailable, SQLAlchemyError):
        return ()
    finally:
        await database.close()
    return agency.certificates if agency else ()


async def _under_chain(
    verdict: Verdict, certificates: tuple[BoundCertificate, ...], now: datetime, settings: Settings
) -> Verdict:
    """The verdict by the trust store of this TRUC_HOME; a database from before there was one has nothing in it."""
    database = Database(settings.database)
    try:
        return await under_chain(verdict, certificates, now, TrustStore(database))
    except (Unavailable, SQLAlchemyError):
        return verdict
    finally:
        await database.close()


async def explain(envelope_id: str, settings: Settings) -> dict[str, Any] | None:
    """What is on record of an envelope, for operators."""
    envelope_id = read_id(envelope_id)
    if not is_id(envelope_id):
        return None
    database = Database(settings.database)
    try:
        async with database.read() as conn:
            row = await envelopes.get(conn, envelope_id)
            if row is None:
                return None
            deliveries = (await envelopes.deliveries(conn, [envelope_id]))[envelope_id]
            happened = await events.timeline(conn, envelope_id)
    finally:
        await database.close()
    return {**explanation(row, deliveries), "events": [views.event(e) for e in happened]}
