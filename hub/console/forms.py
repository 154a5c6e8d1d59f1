"""Tokens that show that a form is our own: bound to a secret in a cookie, so that another site can make none.

The key is derived from the hub's (HKDF-SHA256, RFC 5869): every gateway of a hub reads what another wrote. The same key
seals what a browser must bring back from the OpenID provider.
"""

import base64
import hashlib
import hmac
import secrets

from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from hub.trust.seal import Seal


class Forms:
    """Writes and checks form tokens."""

    def __init__(self, seal: Seal) -> None:
        """`seal`: the hub's key; it signs receipts only, what is derived from it marks forms only."""
        private = str(seal.key.as_dict(private=True)["d"])
        raw = base64.urlsafe_b64decode(private + "=" * (-len(private) % 4))
        self._key = HKDF(SHA256(), 32, salt=None, info=b"truc console form 1").derive(raw)

    def token(self, secret: str) -> str:
        """What a form of whoever holds `secret` (in a cookie) must bring with it."""
        return self.mark("form", secret)

    def is_own(self, secret: str, token: str) -> bool:
        """Whether a form that came in is one we wrote for the holder of `secret`."""
        return bool(secret) and self.is_marked("form", secret, token)

    def mark(self, what: str, text: str) -> str:
        """What only this hub can say of a text."""
        made = hmac.new(self._key, f"{what}\0{text}".encode("utf-8", "replace"), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(made).decode().rstrip("=")

    def is_marked(self, what: str, text: str, mark: str) -> bool:
        """Whether this hub said so."""
        return hmac.compare_digest(self.mark(what, text).encode(), mark.encode("utf-8", "replace"))


def new_secret() -> str:
    """A secret for forms of somebody who is not logged in."""
    return secrets.token_urlsafe(16)
