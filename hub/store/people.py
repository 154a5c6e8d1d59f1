"""People's accounts: a token for their scripts, a password for the console. Neither is kept, only what checks them."""

import asyncio
import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy import insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.domain.roles import Person, Role
from hub.errors import rejected
from hub.store import agencies, directory_version
from hub.store.tables import person

_TOKEN: Final = "trp_"  # noqa: S105 - how a token begins, not one
_NAME_AT_MOST: Final = 100
_LOG2_N, _R, _P = 15, 8, 1  # 32 MiB and about 0.1 s a try
_MEMORY: Final = 64 * 1024 * 1024
_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are read for another
_GROUPS, _GROUP = 4, 5  # 31^20: 99 bits


@dataclass(frozen=True, slots=True)
class Account:
    """A person on record."""

    person: Person
    created_at: datetime
    revoked_at: datetime | None


async def add_person(
    conn: AsyncConnection, name: str, role: Role, scope: str | None, now: datetime
) -> tuple[Person, str, str]:
    """Open an account; answers the person, the token and the password, both shown this once.

    `scope`: any code of an agency; the person then sees that agency's traffic alone.
    """
    if not name or name != name.strip() or len(name) > _NAME_AT_MOST or not name.isprintable():
        raise rejected("person-name")
    await directory_version.bump(conn)
    if (await conn.execute(select(person.c.name).where(person.c.name == name))).first():
        raise rejected("person-exists", name=name)
    made = Person(name, role, (await agencies.get(conn, scope)).code if scope else None)
    token = _TOKEN + secrets.token_urlsafe(32)
    password = "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    await conn.execute(
        insert(person).values(
            name=name,
            role=role.value,
            scope=made.scope,
            token_hash=_token_hash(token),
            password_hash=await asyncio.to_thread(_hash, password),
            created_at=now,
        )
    )
    return made, token, password


async def revoke_person(conn: AsyncConnection, name: str, now: datetime) -> None:
    """Close an account. The name stays taken, so that what was done under it stays one person's."""
    await directory_version.bump(conn)
    row = (await conn.execute(select(person.c.revoked_at).where(person.c.name == name))).one_or_none()
    if row is None:
        raise rejected("person-unknown", name=name)
    if row.revoked_at is None:
        await conn.execute(update(person).where(person.c.name == name).values(revoked_at=now))


async def find_by_token(conn: AsyncConnection, token: str) -> Person | None:
    """Whose token this is, if anybody's whose account is open."""
    if not is_token(token):
        return None
    query = select(person).where(person.c.token_hash == _token_hash(token), person.c.revoked_at.is_(None))
    row = (await conn.execute(query)).one_or_none()
    return Person(row.name, Role(row.role), row.scope) if row else None


async def find_by_name(conn: AsyncConnection, name: str) -> Person | None:
    """The person with an open account of this name."""
    row = (await conn.execute(select(person).where(person.c.name == name, person.c.revoked_at.is_(None)))).one_or_none()
    return Person(row.name, Role(row.role), row.scope) if row else None


async def check_password(conn: AsyncConnection, name: str, password: str) -> Person | None:
    """The person, if the password is right. A name nobody has takes as long as a wrong password."""
    row = (await conn.execute(select(person).where(person.c.name == name))).one_or_none()
    right = await asyncio.to_thread(_is_right, password, row.password_hash if row else _NOBODY)
    if row is None or not right or row.revoked_at is not None:
        return None
    return Person(row.name, Role(row.role), row.scope)


async def everybody(conn: AsyncConnection) -> list[Account]:
    """All accounts, closed ones included, by name."""
    rows = await conn.execute(select(person).order_by(person.c.name))
    return [Account(Person(r.name, Role(r.role), r.scope), r.created_at, r.revoked_at) for r in rows]


def is_token(text: str) -> bool:
    """Whether this could be a person's token; an agency's key never is."""
    return text.startswith(_TOKEN)


def _token_hash(token: str) -> bytes:
    return hashlib.sha256(token.encode()).digest()


def _hash(password: str) -> str:
    salt = secrets.token_bytes(16)
    made = _scrypt(password, salt, _LOG2_N, _R, _P)
    return "$".join(("scrypt", str(_LOG2_N), str(_R), str(_P), _text(salt), _text(made)))


def _is_right(password: str, kept: str) -> bool:
    _, log2_n, r, p, salt, wanted = kept.split("$")
    made = _scrypt(password, base64.b64decode(salt), int(log2_n), int(r), int(p))
    return hmac.compare_digest(made, base64.b64decode(wanted))


def _scrypt(password: str, salt: bytes, log2_n: int, r: int, p: int) -> bytes:
    return hashlib.scrypt(password.encode(), salt=salt, n=2**log2_n, r=r, p=p, maxmem=_MEMORY, dklen=32)


def _text(raw: bytes) -> str:
    return base64.b64encode(raw).decode()


_NOBODY: Final = f"scrypt${_LOG2_N}${_R}${_P}${_text(bytes(16))}${_text(bytes(32))}"
