"""Certificates enter the directory: handed in by a registrar, announced by key or number, or met in a document."""

from datetime import datetime
from typing import Any

from hub.domain import access
from hub.domain.agency import Agency
from hub.domain.binding import BoundBy
from hub.domain.trust import Judgement, Verdict
from hub.errors import Rejected, rejected
from hub.store.database import Database
from hub.store.directory.certificates import (
    Binding,
    bind_certificate,
    binding,
    enrol,
    key_to_come,
    mark,
    number_to_come,
    unmarked,
)
from hub.store.directory.memory import Directory
from hub.trust.certificates import describe, read_key_mark, read_name, read_serial

Window = tuple[datetime | None, datetime | None]


def handed_in(content: bytes, bound_by: BoundBy, window: Window, *, pinned: bool) -> Binding:
    """What is recorded of a certificate file; `Rejected` where it can sign nothing, or says less than is asked of it."""
    facts = describe(content)
    if facts.is_ca:
        raise rejected("certificate-usage", "pem")
    if bound_by is BoundBy.ISSUER_SERIAL:
        problem = "tệp đã xác định chứng thư / a file names the certificate already: bind it by certificate"
        raise rejected("invalid-parameter", "bound_by", name="bound_by", problem=problem)
    if bound_by is BoundBy.KEY and not facts.key:
        raise rejected("algorithm", "pem")
    return binding(facts, pinned=pinned, valid_from=window[0], valid_to=window[1], bound_by=bound_by)


def by_key(key_sha256: str, window: Window, now: datetime, *, pinned: bool) -> Binding:
    """What is recorded of a key of which no certificate was handed in."""
    key = read_key_mark(key_sha256)
    return key_to_come(key, pinned=pinned, valid_from=window[0], valid_to=_end(window, now), now=now)


def by_number(issuer: str, serial: str, window: Window, now: datetime) -> Binding:
    """What is recorded of a certificate that a CA has issued and nobody handed in."""
    name, number = read_name(issuer), read_serial(serial)
    return number_to_come(name, number, valid_from=window[0], valid_to=_end(window, now), now=now)


def _end(window: Window, now: datetime) -> datetime:
    """Without a certificate nothing else says when it ends."""
    starts, ends = window
    if ends is None:
        problem = "cần ngày kết thúc khi chưa có chứng thư / without a certificate the binding needs an end"
        raise rejected("invalid-parameter", "valid_to", name="valid_to", problem=problem)
    if ends <= (starts or now):
        problem = "kết thúc trước khi bắt đầu / it ends before it begins"
        raise rejected("invalid-parameter", "valid_to", name="valid_to", problem=problem)
    return ends


async def bind(conn: Any, code: str, bound: Binding, now: datetime) -> str:
    """Let what was handed in or announced sign for an agency; answers its canonical code.

    Who binds a key must see whose it is already: the keys of what was bound before keys were noted are noted first, in
    the same transaction, so that the log of the registry has it as a change like any other.
    """
    if bound.bound_by is BoundBy.KEY:
        for fingerprint, der in await unmarked(conn):
            if key := _key(der):
                await mark(conn, fingerprint, key)
    return await bind_certificate(conn, code, bound, now)


def _key(der: bytes) -> str:
    try:
        return describe(der).key
    except Rejected:
        return ""


async def met(caller: Agency, verdict: Verdict, now: datetime, database: Database, directory: Directory) -> None:
    """Put the signer's certificate on record where it counted by the key or the number that is bound.

    Before its document is accepted, so that what proves the document later is there: once in a certificate's life. Also
    where its document must come again, because nobody can say whether it is revoked: that is fetched of those on record.
    """
    if not verdict.unrecorded or verdict.judgement not in (Judgement.VALID, Judgement.VALID_LEGACY):
        return
    rules = [bound.fingerprint for bound in caller.certificates if bound.covers(verdict.marks)]
    async with database.write(access.actor(caller)) as conn:
        if not await enrol(conn, caller.code, describe(verdict.unrecorded), rules, now):
            raise rejected("untrusted-certificate", "Signature", verdict.line, detail=verdict.fingerprint)
    await directory.refresh()
