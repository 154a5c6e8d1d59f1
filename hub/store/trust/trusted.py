"""The trust store: the CAs the hub goes by and their revocation lists. Nothing that was ever judged by is thrown away.

OCSP answers are kept by `hub.store.trust.answers`.

Each change adds to the directory's version, so that every process goes by it within two seconds.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Final, Protocol

from sqlalchemy import func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub import failpoint
from hub.errors import rejected
from hub.store import directory_version
from hub.store.sql import among
from hub.store.tables import revocation_list, trust_anchor

ROOT: Final = "root"
Window = tuple[datetime | None, datetime | None]
"""From when until when; None: no limit."""


class Described(Protocol):
    """A CA, as somebody says who can read certificates (`hub.trust.authorities`)."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def der(self) -> bytes: ...  # noqa: D102
    @property
    def kind(self) -> str: ...  # noqa: D102
    @property
    def subject(self) -> str: ...  # noqa: D102
    @property
    def not_before(self) -> datetime: ...  # noqa: D102
    @property
    def not_after(self) -> datetime: ...  # noqa: D102


class Listed(Protocol):
    """A revocation list, as somebody says who can read them (`hub.trust.lists`)."""

    @property
    def fingerprint(self) -> str: ...  # noqa: D102
    @property
    def der(self) -> bytes: ...  # noqa: D102
    @property
    def issuer(self) -> str: ...  # noqa: D102
    @property
    def number(self) -> int | None: ...  # noqa: D102
    @property
    def this_update(self) -> datetime: ...  # noqa: D102
    @property
    def next_update(self) -> datetime: ...  # noqa: D102
    def series_under(self, ca: bytes) -> str: ...  # noqa: D102


@dataclass(frozen=True, slots=True)
class Stored:
    """What is judged by now, each as DER: removed CAs and overtaken lists are not in it."""

    roots: tuple[bytes, ...]
    intermediates: tuple[bytes, ...]
    crls: tuple[bytes, ...]
    windows: Mapping[str, Window] = field(default_factory=dict)  # of trust, by the CA's fingerprint


async def add_anchor(
    conn: AsyncConnection, authority: Described, now: datetime, window: Window = (None, None), source: str = ""
) -> None:
    """Go by a CA from now on; one that was removed comes back, unless it was only fetched (`source`: from where).

    `window`: from when until when it is trusted, within its own validity.
    """
    await directory_version.bump(conn, "CA trusted", authority.fingerprint, subject=authority.subject)
    limits = {"valid_from": window[0], "valid_to": window[1]}
    there = trust_anchor.c.fingerprint == authority.fingerprint
    known = (await conn.execute(select(trust_anchor.c.removed_at).where(there))).one_or_none()
    if known is None:
        await conn.execute(
            insert(trust_anchor).values(
                fingerprint=authority.fingerprint,
                der=authority.der,
                kind=authority.kind,
                subject=authority.subject,
                not_before=authority.not_before,
                not_after=authority.not_after,
                added_at=now,
                source=source,
                **limits,
            )
        )
    elif source:
        return
    elif known.removed_at is not None:
        await conn.execute(update(trust_anchor).where(there).values(added_at=now, removed_at=None, source="", **limits))
    else:
        await conn.execute(update(trust_anchor).where(there).values(source="", **limits))


async def remove_anchor(conn: AsyncConnection, fingerprint: str, now: datetime, *, even_the_last: bool = False) -> str:
    """Go by a CA no more; answers its name. Without any root chains are checked no more, so the last one is refused."""
    await directory_version.bump(conn, "CA removed", fingerprint)
    wanted = fingerprint.lower().replace(":", "")
    standing = (await conn.execute(select(trust_anchor).where(trust_anchor.c.removed_at.is_(None)))).all()
    found = next((row for row in standing if row.fingerprint == wanted), None)
    if found is None:
        raise rejected("anchor-unknown")
    if found.kind == ROOT and not even_the_last and sum(row.kind == ROOT for row in standing) == 1:
        raise rejected("last-root")
    await conn.execute(update(trust_anchor).where(trust_anchor.c.fingerprint == wanted).values(removed_at=now))
    return str(found.subject)


async def add_list(conn: AsyncConnection, new: Listed, now: datetime, source: str = "") -> None:
    """Judge by a revocation list from now on. A CA of the store must have signed it, and it may not be an older one.

    `source`: where it was fetched from.
    """
    await directory_version.bump(conn, "revocation list added", new.fingerprint, issuer=new.issuer)
    query = select(trust_anchor.c.der).where(trust_anchor.c.removed_at.is_(None))
    series = next(filter(None, map(new.series_under, (await conn.execute(query)).scalars())), "")
    if not series:
        raise rejected("crl-issuer-unknown", issuer=new.issuer)
    columns = [column for column in revocation_list.c if column.name != "der"]
    rows = (await conn.execute(select(*columns).where(revocation_list.c.series == series))).all()
    if rows:
        newest = _newest(rows)
        if newest.fingerprint == new.fingerprint:
            return
        _check_order(newest, new)
    await conn.execute(
        insert(revocation_list).values(
            fingerprint=new.fingerprint,
            series=series,
            issuer=new.issuer,
            der=new.der,
            number="" if new.number is None else str(new.number),
            this_update=new.this_update,
            next_update=new.next_update,
            added_at=now,
            source=source,
        )
    )
    failpoint.reach("list-half-swapped")


async def has_list(conn: AsyncConnection, fingerprint: str) -> bool:
    """Whether a list is the one its series is judged by."""
    return fingerprint in await _current_lists(conn)


def _check_order(there: Any, new: Listed) -> None:
    """A list's number counts up and its date does not go back, else somebody hands in yesterday's."""
    number_there = int(there.number) if there.number else -1
    number = -1 if new.number is None else new.number
    is_later = number > number_there or (number == number_there == -1 and new.this_update > there.this_update)
    if not is_later or new.this_update < there.this_update:
        raise rejected(
            "crl-older",
            number="—" if new.number is None else new.number,
            at=new.this_update.isoformat(),
            number_there=there.number or "—",
            at_there=there.this_update.isoformat(),
        )


def _newest(rows: Any) -> Any:
    return max(rows, key=lambda row: (int(row.number or -1), row.this_update))


async def state(conn: AsyncConnection) -> frozenset[str]:
    """What is judged by, as fingerprints and windows: two equal answers are the same trust store."""
    columns = (trust_anchor.c.fingerprint, trust_anchor.c.valid_from, trust_anchor.c.valid_to)
    standing = await conn.execute(select(*columns).where(trust_anchor.c.removed_at.is_(None)))
    anchors = (f"{row.fingerprint} {row.valid_from} {row.valid_to}" for row in standing)
    return frozenset({*anchors, *await _current_lists(conn)})


async def load(conn: AsyncConnection) -> Stored:
    """Everything that is judged by."""
    query = select(trust_anchor).where(trust_anchor.c.removed_at.is_(None))
    standing = (await conn.execute(query.order_by(trust_anchor.c.fingerprint))).all()
    chosen = await _current_lists(conn)
    lists = select(revocation_list.c.der).where(among(conn, revocation_list.c.fingerprint, chosen))
    return Stored(
        tuple(row.der for row in standing if row.kind == ROOT),
        tuple(row.der for row in standing if row.kind != ROOT),
        tuple((await conn.execute(lists)).scalars()) if chosen else (),
        {row.fingerprint: (row.valid_from, row.valid_to) for row in standing if row.valid_from or row.valid_to},
    )


async def listing(conn: AsyncConnection) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """What is on record of the CAs, removed ones included, and of the lists that count; without their bytes."""
    columns = [column for column in trust_anchor.c if column.name != "der"]
    query = select(*columns).order_by(trust_anchor.c.added_at, trust_anchor.c.subject)
    anchors = [dict(row) for row in (await conn.execute(query)).mappings()]
    columns = [column for column in revocation_list.c if column.name not in {"der", "series"}]
    chosen = await _current_lists(conn)
    counting = select(*columns).where(among(conn, revocation_list.c.fingerprint, chosen))
    lists = (await conn.execute(counting.order_by(revocation_list.c.issuer))).mappings() if chosen else ()
    return anchors, [dict(row) for row in lists]


async def _current_lists(conn: AsyncConnection) -> list[str]:
    """The newest list of each series."""
    columns = [
        column for column in revocation_list.c if column.name in {"fingerprint", "series", "number", "this_update"}
    ]
    by_series: dict[str, list[Any]] = {}
    for row in await conn.execute(select(*columns)):
        by_series.setdefault(row.series, []).append(row)
    return [_newest(rows).fingerprint for rows in by_series.values()]


async def fetched_anchors(conn: AsyncConnection) -> int:
    """How many CAs were fetched, removed ones included."""
    query = select(func.count()).select_from(trust_anchor).where(trust_anchor.c.source != "")
    return int((await conn.execute(query)).scalar_one())


def fingerprint_of(der: bytes) -> str:
    """SHA-256 of a certificate's DER, lower-case hex."""
    return hashlib.sha256(der).hexdigest()
