"""Binding signing certificates to agencies: one certificate, one agency."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from sqlalchemy import case, insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import rejected
from hub.store import agencies, directory_version
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


def binding(
    facts: Described,
    *,
    pinned: bool = False,
    valid_from: datetime | None = None,
    valid_to: datetime | None = None,
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
    )


async def bind_certificate(conn: AsyncConnection, code: str, binding: Binding, now: datetime) -> str:
    """Let a certificate sign for an agency; answers its canonical code. Binding it again changes how, not what."""
    await directory_version.bump(
        conn, "certificate bound", code, fingerprint=binding.fingerprint, subject=binding.subject, pinned=binding.pinned
    )
    known = await agencies.get(conn, code)
    mutable: dict[str, Any] = {
        "pinned": binding.pinned,
        "valid_from": binding.valid_from,
        "valid_to": binding.valid_to,
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
    elif row.agency != known.code:
        raise rejected("certificate-taken", fingerprint=binding.fingerprint, agency=row.agency)
    elif row.revoked_at is not None:
        raise rejected("certificate-withdrawn")
    else:
        await conn.execute(update(certificate).where(there).values(**mutable))
    return known.code


async def revoke_certificate(conn: AsyncConnection, code: str, fingerprint: str, now: datetime) -> None:
    """Believe this certificate no more, at once. It stays bound, so nobody else can claim it."""
    await directory_version.bump(conn, "certificate withdrawn", code, fingerprint=fingerprint)
    known = await agencies.get(conn, code)
    mine = (certificate.c.fingerprint == fingerprint.lower().replace(":", "")) & (certificate.c.agency == known.code)
    row = (await conn.execute(select(certificate.c.revoked_at).where(mine))).one_or_none()
    if row is None:
        raise rejected("certificate-unknown")
    if row.revoked_at is None:
        await conn.execute(update(certificate).where(mine).values(revoked_at=now))


async def owner_of(conn: AsyncConnection, fingerprint: str) -> str | None:
    """The canonical code of the agency a certificate is bound to, revoked or not."""
    query = select(certificate.c.agency).where(certificate.c.fingerprint == fingerprint)
    return (await conn.execute(query)).scalar_one_or_none()


async def certificates_of(conn: AsyncConnection, code: str) -> list[dict[str, Any]]:
    """What is recorded of an agency's certificates (canonical code), without their bytes; oldest first."""
    columns = [column for column in certificate.c if column.name not in {"der", "agency"}]
    query = select(*columns).where(certificate.c.agency == code).order_by(certificate.c.created_at)
    return [dict(row) for row in (await conn.execute(query)).mappings()]


async def bound_now(conn: AsyncConnection, now: datetime) -> list[bytes]:
    """The certificates (DER) that sign for anybody now or will, and are judged by their chains."""
    query = select(certificate.c.der).where(
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
