"""API keys of agencies: `trk_<id>_<secret>`. The id is public and finds the row; of the secret only a SHA-256 is kept.

The secret is 256 random bits, so its hash needs neither salt nor slowness.
"""

import hashlib
import hmac
import re
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.errors import rejected
from hub.store import directory_version
from hub.store.columns import Instant
from hub.store.directory import agencies, recoded
from hub.store.directory_version import because
from hub.store.tables import api_key

_FORM: Final = re.compile(r"trk_([0-9a-f]{16})_([A-Za-z0-9_-]{43})")


@dataclass(frozen=True, slots=True)
class ApiKey:
    """A key on record."""

    id: str
    agency: str
    hash: bytes
    created_at: datetime
    revoked_at: datetime | None = None
    expires_at: datetime | None = None  # when another key has replaced it
    last_used_at: datetime | None = None  # to the minute or so

    def opens_with(self, secret: str) -> bool:
        """Whether this is the key's secret and nobody revoked it; takes the same time either way."""
        same = hmac.compare_digest(hash_of(secret), self.hash)
        return same and self.revoked_at is None

    def is_over(self, now: datetime) -> bool:
        """Whether it has expired."""
        return self.expires_at is not None and now >= self.expires_at


def hash_of(secret: str) -> bytes:
    """What is kept of a secret."""
    return hashlib.sha256(secret.encode()).digest()


def split(text: str) -> tuple[str, str] | None:
    """The id and the secret of a key's text; None when it is no key at all, whatever the database says."""
    found = _FORM.fullmatch(text)
    return (found[1], found[2]) if found else None


def make(code: str, now: datetime) -> tuple[str, ApiKey]:
    """A fresh key: its text, for the agency, and what to keep of it."""
    key_id, secret = secrets.token_hex(8), secrets.token_urlsafe(32)
    return f"trk_{key_id}_{secret}", ApiKey(key_id, code, hash_of(secret), now)


async def issue_key(conn: AsyncConnection, code: str, now: datetime, reason: str = "") -> str:
    """Give an agency one more key; its text is answered this once and cannot be had again."""
    text, key = make((await agencies.get(conn, code)).code, now)
    await directory_version.bump(conn, "key issued", key.agency, key=key.id, **because(reason))
    await keep(conn, [key])
    return text


async def rotate_keys(conn: AsyncConnection, code: str, overlap: timedelta, now: datetime) -> str:
    """Give an agency a fresh key, answered this once; every other of its keys ends after `overlap`, if not before.

    Also those that were made for another of its codes: a key opens all of them.
    """
    end = now + overlap
    known = await agencies.get(conn, code)
    text, key = make(known.code, now)
    await directory_version.bump(conn, "keys rotated", key.agency, key=key.id, others_until=end.isoformat())
    live = api_key.c.agency.in_(known.codes) & api_key.c.revoked_at.is_(None)
    lasting = api_key.c.expires_at.is_(None) | (api_key.c.expires_at > end)
    await conn.execute(update(api_key).where(live, lasting).values(expires_at=end))
    await keep(conn, [key])
    return text


async def note_use(conn: AsyncConnection, used: Mapping[str, datetime]) -> None:
    """Note when keys were last used. Not a change of the directory: no process need forget anything."""
    seen = [{"the_id": key_id, "at": at} for key_id, at in sorted(used.items())]  # in one order, against deadlocks
    if seen:
        earlier = api_key.c.last_used_at.is_(None) | (api_key.c.last_used_at < bindparam("at", type_=Instant))
        await conn.execute(
            update(api_key).where(api_key.c.id == bindparam("the_id"), earlier).values(last_used_at=bindparam("at")),
            seen,
        )


async def keep(conn: AsyncConnection, made: list[ApiKey]) -> None:
    """Record keys in one statement. The caller has bumped the version of the directory."""
    values = [{"id": key.id, "agency": key.agency, "hash": key.hash, "created_at": key.created_at} for key in made]
    if values:
        await conn.execute(insert(api_key), values)


async def revoke_key(conn: AsyncConnection, code: str, key_id: str, now: datetime, reason: str = "") -> None:
    """Make a key of this agency worthless. Revoking it again keeps the first time."""
    known = await agencies.get(conn, code)
    await directory_version.bump(conn, "key revoked", known.code, key=key_id, **because(reason))
    key = await find_key(conn, key_id)
    if key is None or key.agency not in known.codes:
        raise rejected("key-unknown")
    if key.revoked_at is None:
        await conn.execute(update(api_key).where(api_key.c.id == key_id).values(revoked_at=now))


async def find_key(conn: AsyncConnection, key_id: str) -> ApiKey | None:
    """The key with this public id."""
    row = (await conn.execute(select(api_key).where(api_key.c.id == key_id))).one_or_none()
    return _key(row) if row else None


async def keys_of(conn: AsyncConnection, code: str) -> list[ApiKey]:
    """The keys of an agency (canonical code), oldest first, those made for another of its codes among them."""
    own = await recoded.line(conn, code)
    query = select(api_key).where(api_key.c.agency.in_(own)).order_by(api_key.c.created_at, api_key.c.id)
    return [_key(row) for row in await conn.execute(query)]


def _key(row: Any) -> ApiKey:
    return ApiKey(row.id, row.agency, row.hash, row.created_at, row.revoked_at, row.expires_at, row.last_used_at)
