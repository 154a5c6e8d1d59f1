"""On what grounds the hub believed a signature then: the sender's policy, its certificate, CAs and words of revocation.

Read from the changes of the registry up to the version an envelope was judged by, so a later change alters nothing.
"""

from collections.abc import Collection
from datetime import datetime
from typing import Any

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.deadline import LOCAL
from hub.domain.reform import Fact
from hub.store.proof.changes import shown_key
from hub.store.tables import certificate, ocsp_answer, registry_change, revocation_list, trust_anchor


async def as_it_was(
    conn: AsyncConnection, subject: str, version: int | None, at: datetime, key: str | None = None, begins: str = ""
) -> dict[str, dict[str, Any]]:
    """The rows of a table of the registry as of a version (of a moment, when there is none): key -> record.

    `key`: the primary key of the one row. `begins`: how the keys of several begin, as the changes write them.
    """
    query = select(registry_change.c.key, registry_change.c.record).where(registry_change.c.subject == subject)
    then = registry_change.c.at <= at if version is None else registry_change.c.version <= version
    query = query.where(then).order_by(registry_change.c.seq)
    if key is not None:
        query = query.where(registry_change.c.key == shown_key((key,)))
    if begins:
        query = query.where(registry_change.c.key.startswith(begins, autoescape=True))
    found: dict[str, dict[str, Any]] = {}
    for row in await conn.execute(query):
        found.pop(row.key, None)
        if row.record is not None:
            found[row.key] = orjson.loads(row.record)
    return found


async def policy(conn: AsyncConnection, agency: str, version: int | None, at: datetime) -> dict[str, Any]:
    """What was asked of an agency's signatures then; empty when nothing was written down yet."""
    found = await as_it_was(conn, "agency", version, at, agency)
    asked = {name: row.get(name) for row in found.values() for name in ("signature", "accept_sha1_until")}
    day = at.astimezone(LOCAL).date().isoformat()
    begins = shown_key((agency, Fact.SIGNATURE.value)).removesuffix("]") + ","
    days = await as_it_was(conn, "agency_reach", version, at, begins=begins)
    # the agency's row learns of a day some seconds after it began
    if held := [row for row in days.values() if row["since"] <= day]:
        asked["signature"] = max(held, key=lambda row: str(row["since"]))["value"]
    return asked


async def bound(
    conn: AsyncConnection, fingerprint: str, version: int | None, at: datetime
) -> tuple[bytes | None, dict[str, Any]]:
    """A certificate (DER) and how it was bound then."""
    der = (await conn.execute(select(certificate.c.der).where(certificate.c.fingerprint == fingerprint))).scalar()
    found = await as_it_was(conn, "certificate", version, at, fingerprint)
    return der, next(iter(found.values()), {})


async def authorities(conn: AsyncConnection, version: int | None, at: datetime) -> list[bytes]:
    """The CAs of the trust store then, DER."""
    then = await as_it_was(conn, "trust_anchor", version, at)
    names = [row["fingerprint"] for row in then.values() if row.get("removed_at") is None]
    query = select(trust_anchor.c.der).where(trust_anchor.c.fingerprint.in_(names)).order_by(trust_anchor.c.fingerprint)
    return list((await conn.execute(query)).scalars())


async def lists(conn: AsyncConnection, issuers: Collection[str], at: datetime) -> list[bytes]:
    """The revocation lists of these CAs (RFC 4514) that counted then: the last one of each series."""
    columns = (revocation_list.c.fingerprint, revocation_list.c.series)
    query = select(*columns).where(revocation_list.c.issuer.in_(issuers), revocation_list.c.added_at <= at)
    latest = {row.series: row.fingerprint for row in await conn.execute(query.order_by(revocation_list.c.added_at))}
    wanted = select(revocation_list.c.der).where(revocation_list.c.fingerprint.in_(latest.values()))
    return list((await conn.execute(wanted.order_by(revocation_list.c.fingerprint))).scalars())


async def answers(conn: AsyncConnection, fingerprints: Collection[str], at: datetime) -> dict[str, bytes]:
    """The OCSP answers about these certificates that counted then: the last one of each."""
    query = (
        select(ocsp_answer.c.certificate, ocsp_answer.c.der)
        .where(ocsp_answer.c.certificate.in_(fingerprints), ocsp_answer.c.added_at <= at)
        .order_by(ocsp_answer.c.this_update, ocsp_answer.c.added_at)
    )
    return {row.certificate: row.der for row in await conn.execute(query)}
