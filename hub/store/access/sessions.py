"""Sessions of people at their browsers: kept here, so that logging out, and closing an account, end them everywhere."""

import hashlib
import secrets
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Person
from hub.store import audit
from hub.store.directory import people
from hub.store.tables import person, session

LASTS: Final = timedelta(hours=12)
_COOKIE_AT_MOST: Final = 200  # characters we are willing to hash


async def begin(conn: AsyncConnection, name: str, before: str, now: datetime) -> str:
    """Begin a session under an id of its own, whatever the browser brought; that one (`before`) ends. Answers the cookie."""
    cookie = secrets.token_urlsafe(32)
    await conn.execute(delete(session).where((session.c.id == _id(before)) | (session.c.expires_at <= now)))
    await conn.execute(insert(session).values(id=_id(cookie), person=name, began_at=now, expires_at=now + LASTS))
    audit.note(conn, "logged in", name)
    return cookie


async def find(conn: AsyncConnection, cookie: str, now: datetime) -> Person | None:
    """Whose session a cookie is, while it lasts and the account is open."""
    if not cookie or len(cookie) > _COOKIE_AT_MOST:
        return None
    query = (
        select(person.c.name)
        .join(session, session.c.person == person.c.name)
        .where(session.c.id == _id(cookie), session.c.expires_at > now, person.c.revoked_at.is_(None))
    )
    name = (await conn.execute(query)).scalar_one_or_none()
    return await people.find_by_name(conn, name) if name else None


async def end(conn: AsyncConnection, cookie: str) -> None:
    """End the session of a cookie."""
    ended = await conn.execute(delete(session).where(session.c.id == _id(cookie)).returning(session.c.person))
    for name in ended.scalars().all():
        audit.note(conn, "logged out", name)


async def end_all(conn: AsyncConnection, name: str) -> int:
    """End every session of a person; answers how many."""
    ended = await conn.execute(delete(session).where(session.c.person == name).returning(session.c.id))
    number = len(ended.all())
    audit.note(conn, "sessions ended", name, number=number)
    return number


def _id(cookie: str) -> bytes:
    return hashlib.sha256(cookie[:_COOKIE_AT_MOST].encode("utf-8", "replace")).digest()
