"""Secrets that must be known again and therefore cannot be hashed, sealed by AES-256-GCM with a key kept in TRUC_HOME.

The key is made when the first secret is kept, readable by its owner alone. Every process of a hub shares it: copy the
file, or mount it, beside the hub's own key. Whoever has the database alone has no secret.
"""

import os
import secrets
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from hub.errors import Unavailable

FILE: Final = "vault.key"
_KEY_BYTES: Final = 32
_NONCE_BYTES: Final = 12  # random: safe for 2^32 secrets under one key (NIST SP 800-38D §8.3)


@dataclass(frozen=True, slots=True)
class Vault:
    """Seals and unseals. `name` binds a sealed secret to whose it is: moved to another row it does not open."""

    key: AESGCM

    def seal(self, secret: str, name: str) -> bytes:
        """What to keep of a secret."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self.key.encrypt(nonce, secret.encode(), name.encode())

    def unseal(self, sealed: bytes, name: str) -> str:
        """The secret again; `Unavailable` when this key did not seal it for `name`."""
        try:
            return self.key.decrypt(sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:], name.encode()).decode()
        except (InvalidTag, ValueError) as error:
            message = f"{FILE} in TRUC_HOME does not open the secret of {name}: is it the one of the other processes?"
            raise Unavailable(message) from error


def open_vault(home: Path) -> Vault:
    """The vault of a hub that keeps secrets already; `Unavailable` when its key is not here."""
    try:
        return Vault(AESGCM((home / FILE).read_bytes()))
    except (OSError, ValueError) as error:
        message = f"{FILE} cannot be read in TRUC_HOME: copy it from where `truc agency vxp` was run"
        raise Unavailable(message) from error


def open_or_make(home: Path) -> Vault:
    """The vault in `home`, its key made when this is the first secret; two commands at once end with one key."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / FILE
    if not path.exists():
        temporary = home / f".{FILE}.{os.getpid()}"
        handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(handle, "wb") as file:
            file.write(secrets.token_bytes(_KEY_BYTES))
            file.flush()
            os.fsync(file.fileno())
        try:
            os.link(temporary, path)  # fails when another was first, and then theirs is the key
        except FileExistsError:
            pass
        finally:
            temporary.unlink()
    return open_vault(home)
