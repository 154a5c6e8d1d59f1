"""The one row that says the directory changed. Whoever changes it takes the row first, so changes come one by one."""

from typing import Any

from sqlalchemy import select, text, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store import audit, bell
from hub.store.tables import directory_version


async def bump(conn: AsyncConnection, what: str = "directory changed", about: str = "", **details: Any) -> None:
    """Note a change, for every process and for the audit log; other writers wait until this transaction ends.

    `what` is done to `about` (a code as it was written, a name, a fingerprint).
    """
    audit.note(conn, what, about, **details)
    await conn.execute(update(directory_version).values(version=directory_version.c.version + 1))
    conn.info.setdefault("rings", set()).add(bell.DIRECTORY)


async def hold(conn: AsyncConnection) -> None:
    """Take the row without a change: what is read after this stays as it is until the transaction ends."""
    await conn.execute(update(directory_version).values(version=directory_version.c.version))


async def is_behind(conn: AsyncConnection, version: int) -> bool:
    """Whether a process, on PostgreSQL, shows that it still goes by an older version (`Bell.show`)."""
    behind = text(
        "SELECT EXISTS (SELECT 1 FROM pg_locks l JOIN pg_database d ON d.oid = l.database"
        " WHERE l.locktype = 'advisory' AND l.classid::bigint = :shown AND l.objid::bigint < :version"
        " AND l.objsubid = 2 AND d.datname = current_database())"
    )
    return bool((await conn.execute(behind, {"shown": bell.SHOWN, "version": version % 2**31})).scalar_one())


async def current(conn: AsyncConnection) -> int:
    """The version of what is committed."""
    return int((await conn.execute(select(directory_version.c.version))).scalar_one())


def because(reason: str) -> dict[str, str]:
    """The detail of an entry that says why; none where nobody asked for a reason."""
    return {"reason": reason} if reason else {}
