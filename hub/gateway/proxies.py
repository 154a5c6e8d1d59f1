"""What a reverse proxy says of the connection in front of it, believed only from proxies named in the settings.

`TRUC_TRUSTED_PROXIES` names them. With none named, `X-Forwarded-*` is taken from loopback as uvicorn does, and a client
certificate from nobody: whoever can reach the port could write the header.
"""

from collections.abc import MutableMapping
from ipaddress import ip_address, ip_network
from typing import Any, Final
from urllib.parse import unquote_to_bytes

from hub.errors import rejected

Scope = MutableMapping[str, Any]
_LOOPBACK: Final = tuple(map(ip_network, ("127.0.0.0/8", "::1/128")))
_PEER: Final = "truc.peer"  # kept in a scope whose client was replaced by whom the proxy names
_PEERS_AT_MOST: Final = 1_000


class Proxies:
    """The proxies in front of this gateway."""

    def __init__(self, trusted: str, certificate_header: str) -> None:
        """`trusted`: addresses and networks, comma-separated. `certificate_header`: where they put a PEM, URL-encoded."""
        self._trusted = tuple(ip_network(part.strip(), strict=False) for part in trusted.split(",") if part.strip())
        self._header = certificate_header.lower().encode("latin-1")
        self._known: dict[str, bool] = {}

    def is_trusted(self, scope: Scope) -> bool:
        """Whether the connection comes from a proxy that is named."""
        peer = _peer(scope)
        known = self._known.get(peer)
        if known is None:
            known = _is_in(peer, self._trusted)
            if len(self._known) < _PEERS_AT_MOST:
                self._known[peer] = known
        return known

    def certificate(self, scope: Scope, headers: dict[bytes, bytes]) -> bytes | None:
        """The PEM of the certificate that a caller showed to a trusted proxy. From anybody else: None."""
        if self._header not in headers or not self.is_trusted(scope):
            return None
        said = [value for name, value in scope["headers"] if name == self._header]
        if len(said) != 1:
            raise rejected("client-certificate", problem=("tiêu đề có nhiều lần", "the header is there twice"))
        return unquote_to_bytes(said[0]) if said[0] not in (b"", b"-") else None

    def unwrapped(self, scope: Scope) -> Scope:
        """The request as the proxy got it: the scheme and the address of who called. As it is, from anybody else."""
        headers = dict(scope["headers"])
        scheme = headers.get(b"x-forwarded-proto", b"").decode("latin-1").strip().lower()
        forwarded = headers.get(b"x-forwarded-for", b"").decode("latin-1")
        peer = _peer(scope)
        if not (scheme or forwarded) or not _is_in(peer, self._trusted or _LOOPBACK):
            return scope
        changed = {**scope, _PEER: peer}
        if scheme in ("http", "https"):
            changed["scheme"] = scheme
        # the last address that is none of our proxies': what stands before it, anybody may have written
        hops = [hop.strip() for hop in forwarded.split(",") if hop.strip()]
        while hops and _is_in(hops[-1], self._trusted or _LOOPBACK):
            hops.pop()
        if hops:
            changed["client"] = (hops[-1][:45], 0)
        return changed


def _peer(scope: Scope) -> str:
    """Who really is at the other end of the connection."""
    return str(scope[_PEER]) if _PEER in scope else scope["client"][0] if scope.get("client") else ""


def _is_in(address: str, networks: tuple[Any, ...]) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return any(found in network for network in networks)
