"""Passwords of local accounts: argon2id, checked off the event loop. What is kept checks them and gives nothing away."""

import asyncio
import secrets
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_LETTERS: Final = "abcdefghjkmnpqrstuvwxyz23456789"  # none that are read for another
_GROUPS, _GROUP = 4, 5  # 31^20: 99 bits
# OWASP's second choice for argon2id: 19 MiB, two passes, one lane; about 0.05 s a try
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_NOBODY: Final = "$argon2id$v=19$m=19456,t=2,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"


def make() -> str:
    """A fresh password, for its owner alone."""
    return "-".join("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))


async def kept(password: str) -> str:
    """What is kept of a password."""
    return await asyncio.to_thread(_HASHER.hash, password)


async def is_right(password: str, hashed: str | None) -> bool:
    """Whether this is the password. `None`, for a name nobody has, takes as long as any other."""
    return await asyncio.to_thread(_is_right, password, hashed or _NOBODY)


def _is_right(password: str, hashed: str) -> bool:
    try:
        return _HASHER.verify(hashed, password)
    except (VerificationError, InvalidHashError):
        return False
