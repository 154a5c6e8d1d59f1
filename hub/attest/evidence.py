"""One file that says all the hub knows of an envelope, and lets a stranger check each word of it without the hub.

Inside: the bytes or their digest, the receipt, the signer's chain with the revocation words it was judged by, the policy
and its version, the verdict, the receipts of deliveries and answers, and for each of these its proof in the log.
"""

import base64
import secrets
from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from itertools import pairwise
from typing import Any

import orjson

from hub.attest import words
from hub.attest.steps import FORMAT
from hub.domain import merkle
from hub.errors import rejected
from hub.pieces import in_base64
from hub.store.database import Database
from hub.store.proof import grounds, log, receipts, sources
from hub.store.proof.records import RECEIPT, digest, of_row
from hub.store.road.originals import ObjectStore
from hub.trust.ancestors import ancestors, subject_of
from hub.trust.seal import Seal

Name = tuple[str, str]


@dataclass(frozen=True, slots=True)
class Files:
    """Where evidence is gathered from, and who signs what is not signed yet."""

    database: Database
    originals: ObjectStore
    seal: Seal

    def sign(self, event: Mapping[str, Any], envelope: Mapping[str, Any]) -> str:
        """The receipt of an event of a delivery."""
        return words.attested(self.seal, event, envelope)


async def gather(files: Files, row: Mapping[str, Any], recipients: Collection[str], now: datetime) -> dict[str, Any]:
    """The evidence of an envelope (its row) but its bytes, for who may see its deliveries to `recipients`.

    Raises `not-yet-logged` until a signed head covers the envelope: a second or so after it was accepted.
    """
    async with files.database.write() as conn:  # receipts that nobody asked for yet are signed now
        attested = await receipts.of_envelope(conn, row["id"], recipients, files.sign)
    async with files.database.read() as conn:
        record = (await sources.envelope_records(conn, [row["id"]]))[row["id"]]
        texts: dict[Name, bytes] = {("envelope", row["id"]): record}
        texts |= {("receipt", str(made["event"])): of_row(made, RECEIPT) for _, made in attested}
        proven = await _prove(conn, texts)
        signature = await _signature(conn, row)
        keys = await receipts.keys(conn)
    return {
        "format": FORMAT,
        "made_at": now.astimezone(UTC).isoformat(),
        "envelope": {
            "id": row["id"],
            "document_id": row["document_id"],
            "sender": row["sender"],
            "kind": row["kind"],
            "sha256": row["sha256"],
            "size": row["size"],
            "received_at": row["received_at"].astimezone(UTC).isoformat(),
        },
        "original": None,
        "receipt": row["receipt"],
        "signature": signature,
        "receipts": [
            {
                "delivery_id": made["delivery_id"],
                "recipient": event["recipient"],
                "what": event["what"],
                "code": event["code"],
                "at": event["at"].astimezone(UTC).isoformat(),
                "event": made["event"],
                "receipt": made["receipt"],
            }
            for event, made in attested
        ],
        **proven,
        "keys": keys or [files.seal.public],
    }


async def _prove(conn: Any, texts: Mapping[Name, bytes]) -> dict[str, Any]:
    numbers = await log.numbers(conn, list(texts))
    proofs: list[dict[str, Any]] = []
    heads: dict[int, log.Head] = {}
    reached: log.Head | None = None
    for name, number in sorted(numbers.items(), key=lambda item: item[1]):
        if reached is None or reached.size <= number:
            reached = await log.head_over(conn, number + 1)
        if reached is None:
            break  # what is newer than the newest head comes with the next one
        heads[reached.size] = reached
        path = await log.ask(conn, _inclusion(number, reached.size))
        proofs.append(
            {
                "kind": name[0],
                "id": name[1],
                "record": texts[name].decode(),
                "sha256": digest(texts[name]),
                "number": number,
                "size": reached.size,
                "path": [step.hex() for step in path],
            }
        )
    if not any(proof["kind"] == "envelope" for proof in proofs):
        raise rejected("not-yet-logged")
    sizes = sorted(heads)
    steps = [
        {
            "first": first,
            "second": second,
            "path": [step.hex() for step in await log.ask(conn, _consistency(first, second))],
        }
        for first, second in pairwise(sizes)
    ]
    shown = [{"size": s, "head": heads[s].head, "token": _text(heads[s].token)} for s in sizes]
    return {"proofs": proofs, "heads": shown, "consistency": steps}


def written(made: Mapping[str, Any]) -> bytes:
    """The file, when the document is not in it."""
    return orjson.dumps(made)


def written_with(
    made: Mapping[str, Any], original: AsyncIterator[bytes], size: int
) -> tuple[int, AsyncIterator[bytes]]:
    """The file with the document in it, of `size` bytes: how long it is, and its pieces as the document comes."""
    mark = secrets.token_hex(16)
    head, _, tail = written({**made, "original": mark}).partition(mark.encode())

    async def pieces() -> AsyncIterator[bytes]:
        before = head
        async for letters in in_base64(original):
            yield before + letters
            before = b""
        yield tail

    return len(head) + (size + 2) // 3 * 4 + len(tail), pieces()


def without_records(made: Mapping[str, Any]) -> dict[str, Any]:
    """The evidence for who may see where a document is and not what it is about: records by their digests alone."""
    return {**made, "proofs": [{**proof, "record": None} for proof in made["proofs"]]}


def _inclusion(number: int, size: int) -> Any:
    return lambda node: merkle.inclusion(node, number, size)


def _consistency(first: int, second: int) -> Any:
    return lambda node: merkle.consistency(node, first, second)


async def _signature(conn: Any, row: Mapping[str, Any]) -> dict[str, Any]:
    """What the verdict was founded on, as it was then."""
    at, said = row["received_at"], row["facts"].get("trust") or {}
    version, fingerprint = said.get("version"), said.get("certificate") or ""
    leaf, binding = await grounds.bound(conn, fingerprint, version, at) if fingerprint else (None, {})
    cas = ancestors(leaf, await grounds.authorities(conn, version, at)) if leaf else []
    basis = "none" if leaf is None else "pinned" if binding.get("pinned") else "chain" if cas else "bound"
    crls: Sequence[bytes] = ()
    answers: dict[str, bytes] = {}
    if leaf and basis == "chain":
        crls = await grounds.lists(conn, sorted({subject_of(ca) for ca in cas}), at)
        answers = await grounds.answers(conn, [sha256(der).hexdigest() for der in (leaf, *cas)], at)
    return {
        "verdict": row["judgement"],
        "reason": row["reason"] or None,
        "signer": row["signer"] or None,
        "policy": {"version": version, **await grounds.policy(conn, row["sender"], version, at)},
        "basis": basis,
        "bound_by": binding.get("bound_by"),
        "certificate": _text(leaf),
        "authorities": [_text(ca) for ca in cas],
        "crls": [_text(crl) for crl in crls],
        "ocsp": {name: _text(answer) for name, answer in answers.items()},
    }


def _text(raw: bytes | None) -> str | None:
    return None if raw is None else base64.b64encode(raw).decode()
