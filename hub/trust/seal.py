"""The hub's own key, and the receipts it signs: compact JWS (RFC 7515) by Ed25519 (RFC 8037, RFC 9864).

The key is made on first start in TRUC_HOME, readable by its owner alone. Every process of a hub shares it: copy the
file, or mount it, before a second gateway starts. The public half lies beside it, and at `/.well-known/jwks.json`.
"""

import base64
import os
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import orjson
from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import OKPKey

from hub.domain.trust import Verdict

ALGORITHM: Final = "Ed25519"
PRIVATE: Final = "hub-key.json"
PUBLIC: Final = "hub-key.pub.json"


class NotOurs(Exception):
    """A receipt that this key did not sign, or that was changed afterwards."""


@dataclass(frozen=True, slots=True)
class Seal:
    """The hub's key. `kid` is the RFC 7638 thumbprint of its public half."""

    key: OKPKey
    kid: str

    def sign(self, claims: dict[str, Any]) -> str:
        """A compact JWS over `claims`."""
        header = {"alg": ALGORITHM, "kid": self.kid, "typ": "truc-receipt+jws"}
        return jws.serialize_compact(header, orjson.dumps(claims), self.key, algorithms=[ALGORITHM])

    @property
    def public(self) -> dict[str, Any]:
        """The public half as a JWK."""
        return {**self.key.as_dict(private=False), "kid": self.kid, "use": "sig", "alg": ALGORITHM}


def receipt_claims(  # noqa: PLR0913
    identity: str,
    sender: str,
    document_id: str,
    kind: str,
    sha256: str,
    size: int,
    now: datetime,
    verdict: Verdict,
    recipients: Sequence[str],
) -> dict[str, Any]:
    """What a receipt says: which bytes, of whom, for whom, when, and what the hub thought of the signature."""
    return {
        "id": identity,
        "document_id": document_id,
        "sender": sender,
        "kind": str(kind),
        "sha256": sha256,
        "size": size,
        "received_at": now.isoformat(),
        "verdict": verdict.judgement.value,
        "recipients": list(recipients),
    }


def verify(receipt: str, public: dict[str, Any]) -> dict[str, Any]:
    """The claims of a receipt that `public` (a JWK) signed; raises `NotOurs`."""
    try:
        key = OKPKey.import_key({k: v for k, v in public.items() if k in ("kty", "crv", "x")})
        signed = jws.deserialize_compact(receipt.strip(), key, algorithms=[ALGORITHM])
        claims = orjson.loads(signed.payload)
    except (JoseError, ValueError, KeyError, TypeError) as error:
        message = f"not a receipt of this hub: {error}"
        raise NotOurs(message) from error
    if not isinstance(claims, dict):
        message = "not a receipt: its payload is no object"
        raise NotOurs(message)
    return claims


def claims_of(receipt: str) -> dict[str, Any]:
    """What a receipt of our own database says, its signature not looked at again."""
    payload = receipt.split(".")[1]
    claims: dict[str, Any] = orjson.loads(base64.urlsafe_b64decode(payload + "=" * (-len(payload) % 4)))
    return claims


def load_or_make(home: Path) -> Seal:
    """The key in `home`, made there when it is the first start; two processes starting at once end with one key."""
    home.mkdir(parents=True, exist_ok=True)
    path = home / PRIVATE
    if not path.exists():
        _make(home, path)
    key = OKPKey.import_key(orjson.loads(path.read_bytes()))
    seal = Seal(key, key.thumbprint())
    public = home / PUBLIC
    if not public.exists():
        public.write_bytes(orjson.dumps(seal.public, option=orjson.OPT_INDENT_2) + b"\n")
    return seal


def _make(home: Path, path: Path) -> None:
    key = OKPKey.generate_key("Ed25519", private=True)
    temporary = home / f".{PRIVATE}.{os.getpid()}"
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(handle, "wb") as file:
        file.write(orjson.dumps(key.as_dict(private=True), option=orjson.OPT_INDENT_2) + b"\n")
        file.flush()
        os.fsync(file.fileno())
    try:
        os.link(temporary, path)  # fails when another process was first, and then theirs is the key
    except FileExistsError:
        pass
    finally:
        temporary.unlink()


def load_public(path: Path) -> dict[str, Any]:
    """A public key file: a JWK, or a JWK set with one key."""
    data = orjson.loads(path.read_bytes())
    if "keys" in data:
        data = data["keys"][0]
    return dict(data)
