"""The one row that says the directory changed. Whoever changes it takes the row first, so changes come one by one."""

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.store.tables import directory_version


async def bump(conn: AsyncConnection) -> None:
    """Note a change, and keep other writers of the directory waiting until this transaction ends."""
    await conn.execute(update(directory_version).values(version=directory_version.c.version + 1))


async def current(conn: AsyncConnection) -> int:
    """The version of what is committed."""
    return int((await conn.execute(select(directory_version.c.version))).scalar_one())
