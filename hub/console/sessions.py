"""Who is logged in: a signed cookie that says a name and until when, and tokens that show that a form is our own.

Nothing is kept: the key is derived from the hub's (HKDF-SHA256, RFC 5869), so every gateway of a hub reads every
session. Whether the person still has an account is asked at each request; a copied cookie ends with its hours.
"""

import base64
import binascii
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final

import orjson
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.trust.seal import Seal

LASTS: Final = timedelta(hours=12)
_COOKIE_AT_MOST: Final = 1024  # characters we are willing to check


@dataclass(frozen=True, slots=True)
class Session:
    """Somebody logged in. `secret` is what this session's form tokens are bound to."""

    name: str
    secret: str
    expires_at: datetime


class Sessions:
    """Writes and reads sessions and form tokens."""

    def __init__(self, seal: Seal) -> None:
        """`seal`: the hub's key; it signs receipts only, what is derived from it signs sessions only."""
        private = str(seal.key.as_dict(private=True)["d"])
        raw = base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))
        self._key = HKDF(SHA256(), 32, salt=None, info=b"truc console session 1").derive(raw)

    def begin(self, name: str, now: datetime) -> str:
        """A cookie for a person who has just shown the password."""
        expires = int((now + LASTS).timestamp())
        payload = _text(orjson.dumps([name, secrets.token_urlsafe(16), expires]))
        return f"{payload}.{self._mac('session', payload)}"

    def read(self, cookie: str, now: datetime) -> Session | None:
        """The session of a cookie; None when it is not ours or over."""
        payload, _, mac = cookie.partition(".")
        if len(cookie) > _COOKIE_AT_MOST or not self._is_ours("session", payload, mac):
            return None
        name, secret, expires = orjson.loads(_bytes(payload))
        session = Session(name, secret, datetime.fromtimestamp(expires, UTC))
        return session if now < session.expires_at else None

    def form_token(self, secret: str) -> str:
        """What a form of whoever holds `secret` (in a cookie) must bring with it."""
        return self._mac("form", secret)

    def is_own_form(self, secret: str, token: str) -> bool:
        """Whether a form that came in is one we wrote for the holder of `secret`."""
        return bool(secret) and self._is_ours("form", secret, token)

    def _is_ours(self, what: str, text: str, mac: str) -> bool:
        return hmac.compare_digest(self._mac(what, text).encode(), mac.encode())

    def _mac(self, what: str, text: str) -> str:
        return _text(hmac.new(self._key, f"{what}\0{text}".encode(), hashlib.sha256).digest())


def new_secret() -> str:
    """A secret for forms of somebody who is not logged in."""
    return secrets.token_urlsafe(16)


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except (binascii.Error, ValueError):
        return b""
