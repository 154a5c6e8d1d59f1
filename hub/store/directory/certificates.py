"""Binding signing certificates to agencies: one certificate, one agency."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import case, delete, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.binding import BoundBy, number_mark
from hub.errors import rejected
from hub.store import directory_version
from hub.store.directory import agencies, recoded
from hub.store.tables import certificate


@dataclass(frozen=True, slots=True)
class Binding:
    """What is recorded of a certificate. `fingerprint`: SHA-256 of the DER, lower-case hex."""

    fingerprint: str
    der: bytes
    subject: str
    issuer: str
    serial: str
    not_before: datetime
    not_after: datetime
    pinned: bool = False
    valid_from: datetime | None = None  # of the binding
    valid_to: datetime | None = None
    bound_by: BoundBy = BoundBy.CERTIFICATE
    match: str = ""  # as of `hub.domain.agency.BoundCertificate`


class Described(Protocol):
    """What somebody who can read certificates says of one (`hub.trust.certificates.describe`)."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def der(self) -> bytes: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def issuer(self) -> str: ...  # noqa: D102
    @property
    def serial(self) -> str: ...  # noqa: D102
    @property
    def not_before(self) -> datetime: ...  # noqa: D102
    @property
    def not_after(self) -> datetime: ...  # noqa: D102
    @property
    def key(self) -> str: ...  # noqa: D102


def binding(
    facts: Described,
    *,
    pinned: bool = False,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
    bound_by: BoundBy = BoundBy.CERTIFICATE,
) -> Binding:
    """What is recorded of a certificate that was described; `valid_from` and `valid_to` limit the binding alone."""
    return Binding(
        facts.fingerprint,
        facts.der,
        facts.subject,
        facts.issuer,
        facts.serial,
        facts.not_before,
        facts.not_after,
        pinned=pinned,
        valid_from=valid_from,
        valid_to=valid_to,
        bound_by=bound_by,
        match=facts.key,
    )


def key_to_come(key: str, *, pinned: bool, valid_from: datetime | None, valid_to: datetime, now: datetime) -> Binding:
    """Whatever certificate will be made over a key (`key_mark`), up to a day."""
    begins = valid_from or now
    return Binding(key, b"", "", "", "", begins, valid_to, pinned, valid_from, valid_to, BoundBy.KEY, key)


def number_to_come(
    issuer: str, serial: int, *, valid_from: datetime | None, valid_to: datetime, now: datetime
) -> Binding:
    """The certificate that a CA (RFC 4514) has issued under a number, up to a day. Only a chain can prove it."""
    mark = number_mark(issuer, serial)
    kind, begins = BoundBy.ISSUER_SERIAL, valid_from or now
    return Binding(mark, b"", "", issuer, f"{serial:x}", begins, valid_to, False, valid_from, valid_to, kind, mark)


async def bind_certificate(conn: AsyncConnection, code: str, binding: Binding, now: datetime) -> str:
    """Let a certificate sign for an agency; answers its canonical code. Binding it again changes how, not what."""
    await directory_version.bump(
        conn,
        "certificate bound",
        code,
        fingerprint=binding.fingerprint,
        subject=binding.subject,
        pinned=binding.pinned,
        bound_by=binding.bound_by.value,
    )
    known = await agencies.get(conn, code)
    await _check_alike(conn, known.codes, binding)
    mutable: dict[str, Any] = {
        "pinned": binding.pinned,
        "valid_from": binding.valid_from,
        "valid_to": binding.valid_to,
        "bound_by": binding.bound_by.value,
        "match": binding.match,
    }
    there = certificate.c.fingerprint == binding.fingerprint
    row = (await conn.execute(select(certificate.c.agency, certificate.c.revoked_at).where(there))).one_or_none()
    if row is None:
        await conn.execute(
            insert(certificate).values(
                fingerprint=binding.fingerprint,
                agency=known.code,
                der=binding.der,
                subject=binding.subject,
                issuer=binding.issuer,
                serial=binding.serial,
                not_before=binding.not_before,
                not_after=binding.not_after,
                created_at=now,
                **mutable,
            )
        )
    elif row.agency not in known.codes:
        raise rejected("certificate-taken", fingerprint=binding.fingerprint, agency=row.agency)
    elif row.revoked_at is not None:
        raise rejected("certificate-withdrawn")
    else:
        await conn.execute(update(certificate).where(there).values(**mutable))
    return known.code


async def _check_alike(conn: AsyncConnection, codes: Collection[str], binding: Binding) -> None:
    """Refuse what would let a certificate count for two agencies, or one of a key that was withdrawn count again."""
    alike = [certificate.c.match == binding.match] if binding.match else []
    if binding.issuer:
        alike.append((certificate.c.issuer == binding.issuer) & (certificate.c.serial == binding.serial))
    if not alike:
        return
    query = select(certificate).where(or_(*alike), certificate.c.fingerprint != binding.fingerprint)
    for row in await conn.execute(query):
        shares_key = row.match == binding.match and BoundBy.KEY.value in (row.bound_by, binding.bound_by.value)
        shares_number = (row.issuer, row.serial) == (binding.issuer, binding.serial) and not (row.der and binding.der)
        if not (shares_key or shares_number):
            continue
        if row.agency not in codes:
            raise rejected("certificate-taken", fingerprint=row.fingerprint, agency=row.agency)
        if row.revoked_at is not None:
            raise rejected("certificate-withdrawn")


async def unmarked(conn: AsyncConnection) -> list[tuple[str, bytes]]:
    """The certificates that were bound before their keys were noted: fingerprint and DER."""
    query = select(certificate.c.fingerprint, certificate.c.der).where(certificate.c.match == "")
    return [(row.fingerprint, row.der) for row in await conn.execute(query)]


async def mark(conn: AsyncConnection, fingerprint: str, key: str) -> None:
    """Note the key of a certificate (`hub.domain.binding.key_mark`)."""
    await conn.execute(update(certificate).where(certificate.c.fingerprint == fingerprint).values(match=key))


async def enrol(conn: AsyncConnection, code: str, met: Described, rules: Collection[str], now: datetime) -> bool:
    """Put a certificate on record that signed for an agency (canonical code); False when it counts no more.

    `rules`: fingerprints of the bindings that cover it. One that another process put on record is left as it is.
    """
    await directory_version.bump(conn, "certificate met", code, fingerprint=met.fingerprint, subject=met.subject)
    there = certificate.c.fingerprint == met.fingerprint
    row = (await conn.execute(select(certificate.c.bound_by, certificate.c.revoked_at).where(there))).one_or_none()
    if row is not None:
        return row.revoked_at is None and row.bound_by != BoundBy.CERTIFICATE.value
    query = select(certificate).where(
        certificate.c.fingerprint.in_(sorted(rules)),
        or_(certificate.c.bound_by == BoundBy.KEY.value, certificate.c.der == b""),
        certificate.c.revoked_at.is_(None),
        or_(certificate.c.valid_from.is_(None), certificate.c.valid_from <= now),
        or_(certificate.c.valid_to.is_(None), certificate.c.valid_to > now),
    )
    rule = (await conn.execute(query.limit(1))).mappings().first()
    if rule is None:
        return False
    kept = dict(rule) | {name: getattr(met, name) for name in ("fingerprint", "der", "subject", "issuer", "serial")}
    kept |= {"not_before": met.not_before, "not_after": met.not_after, "match": met.key}
    if rule["der"]:
        kept["created_at"] = now
    else:  # it was to come, and here it is
        await conn.execute(delete(certificate).where(certificate.c.fingerprint == rule["fingerprint"]))
    await conn.execute(insert(certificate).values(**kept))
    return True


async def revoke_certificate(conn: AsyncConnection, code: str, fingerprint: str, now: datetime) -> None:
    """Believe this certificate no more, at once. It stays bound, so nobody else can claim it.

    One that is bound by its key takes every certificate over that key with it.
    """
    await directory_version.bump(conn, "certificate withdrawn", code, fingerprint=fingerprint)
    known = await agencies.get(conn, code)
    own = certificate.c.agency.in_(known.codes)
    mine = (certificate.c.fingerprint == fingerprint.lower().replace(":", "")) & own
    query = select(certificate.c.revoked_at, certificate.c.bound_by, certificate.c.match).where(mine)
    row = (await conn.execute(query)).one_or_none()
    if row is None:
        raise rejected("certificate-unknown")
    if row.bound_by == BoundBy.KEY.value:
        mine = (certificate.c.match == row.match) & own
    if row.revoked_at is None:
        await conn.execute(update(certificate).where(mine, certificate.c.revoked_at.is_(None)).values(revoked_at=now))


async def owner_of(conn: AsyncConnection, fingerprint: str, marks: Collection[str] = ()) -> str | None:
    """The canonical code of the agency a certificate is bound to, revoked or not; `marks` as of `enrol`."""
    own = certificate.c.fingerprint == fingerprint
    covered = certificate.c.match.in_(sorted(marks)) & (certificate.c.bound_by != BoundBy.CERTIFICATE.value)
    query = select(certificate.c.agency).where(or_(own, covered) if marks else own).order_by(own.desc()).limit(1)
    return (await conn.execute(query)).scalar_one_or_none()


async def certificates_of(conn: AsyncConnection, code: str) -> list[dict[str, Any]]:
    """What is recorded of an agency's certificates (canonical code), without their bytes; oldest first.

    Those bound to another of its codes are its own.
    """
    columns = [column for column in certificate.c if column.name not in {"der", "agency"}]
    own = await recoded.line(conn, code)
    query = select(*columns).where(certificate.c.agency.in_(own)).order_by(certificate.c.created_at)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def bound_now(conn: AsyncConnection, now: datetime) -> list[bytes]:
    """The certificates (DER) that sign for anybody now or will, and are judged by their chains."""
    query = select(certificate.c.der).where(
        certificate.c.der != b"",
        certificate.c.revoked_at.is_(None),
        certificate.c.pinned.is_(False),
        certificate.c.not_after >= now,
        or_(certificate.c.valid_to.is_(None), certificate.c.valid_to > now),
    )
    return list((await conn.execute(query.order_by(certificate.c.fingerprint))).scalars())


async def der_of(conn: AsyncConnection, fingerprint: str) -> bytes | None:
    """A certificate that is bound to anybody, as DER."""
    query = select(certificate.c.der).where(certificate.c.fingerprint == fingerprint)
    return (await conn.execute(query)).scalar_one_or_none()


async def ending_before(conn: AsyncConnection, now: datetime, moment: datetime) -> list[dict[str, Any]]:
    """The certificates that count now and end before a moment, the first to end first, each with its agency."""
    ends = case(
        (certificate.c.valid_to < certificate.c.not_after, certificate.c.valid_to), else_=certificate.c.not_after
    )
    query = select(certificate.c.agency, certificate.c.fingerprint, certificate.c.subject, ends.label("until")).where(
        certificate.c.revoked_at.is_(None), ends > now, ends <= moment
    )
    return [dict(row) for row in (await conn.execute(query.order_by(ends))).mappings()]
