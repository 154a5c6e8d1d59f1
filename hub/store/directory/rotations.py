"""Certificates that agencies replaced themselves, with the requests as they were signed."""

from datetime import datetime, timedelta
from typing import Final, Protocol

from sqlalchemy import insert, or_, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.binding import BoundBy
from hub.store.directory import certificates, recoded
from hub.store.directory.certificates import Described
from hub.store.tables import certificate, rotation

OVERLAP: Final = timedelta(days=30)
"""How long the old certificate goes on counting beside the new one."""


class Asked(Protocol):
    """A request that was verified (`hub.trust.rotation`)."""

    @property
    def old(self) -> str: ...  # noqa: D102
    @property
    def sha256(self) -> str: ...  # noqa: D102


async def is_done(conn: AsyncConnection, sha256: str) -> bool:
    """Whether this very request was carried out before."""
    query = select(rotation.c.sha256).where(rotation.c.sha256 == sha256)
    return (await conn.execute(query)).first() is not None


async def carry_out(
    conn: AsyncConnection, code: str, asked: Asked, request: str, new: Described, now: datetime
) -> datetime:
    """Bind the new certificate and let the old one end after the overlap; answers when it ends."""
    until = now + OVERLAP
    old = certificate.c.fingerprint == asked.old
    goes = (await conn.execute(select(certificate.c.bound_by, certificate.c.match).where(old))).one()
    by_key = goes.bound_by == BoundBy.KEY.value
    bound_by = BoundBy.KEY if by_key else BoundBy.CERTIFICATE
    if not (by_key and goes.match == new.key):  # a new certificate over the same key counts already, and goes on
        own = certificate.c.agency.in_(await recoded.line(conn, code))
        ending = own & (certificate.c.match == goes.match) if by_key else old
        ends_later = or_(certificate.c.valid_to.is_(None), certificate.c.valid_to > until)
        await conn.execute(update(certificate).where(ending, ends_later).values(valid_to=until))
    await certificates.bind_certificate(conn, code, certificates.binding(new, bound_by=bound_by), now)
    await conn.execute(
        insert(rotation).values(
            sha256=asked.sha256,
            agency=code,
            old=asked.old,
            new=new.fingerprint,
            request=request,
            received_at=now,
        )
    )
    ends = (await conn.execute(select(certificate.c.valid_to).where(old))).scalar_one()
    return ends or until
