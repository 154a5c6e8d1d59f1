"""Who is calling, and whether they may: decided before anything else is looked at.

An agency is known by its API key, by the certificate it showed to a trusted proxy, or by its signature on the request; a
person by a token. Whoever is known several ways must be the same each time. Every route names the action it is for
(`may`); a route that names none is not served (`unguarded`).
"""

from collections.abc import Awaitable, Callable, Iterable
from datetime import UTC, datetime, timedelta
from functools import lru_cache
from hashlib import sha256
from typing import Any, Final

from fastapi import Request
from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute

from hub import bodies
from hub.domain import access
from hub.domain.access import Action, Resource
from hub.domain.agency import Agency, BoundCertificate
from hub.domain.roles import Person
from hub.errors import RevocationUnavailable, rejected
from hub.gateway import signed
from hub.gateway.proxies import Proxies, Scope
from hub.limits import Buckets
from hub.store.access.nonces import Nonces
from hub.trust import holders
from hub.wiring import Hub

Caller = Agency | Person
_KEY_AT_MOST = 256  # characters of a credential we are willing to hash
_OPEN: Final = frozenset({Action.PROBE, Action.LOG_IN})  # nobody need be known


class Doorkeeper:
    """Knows callers, for one process."""

    def __init__(self, hub: Hub) -> None:
        """One for a process: its buckets count all requests together."""
        settings = hub.settings
        self.hub = hub
        self.proxies = Proxies(settings.trusted_proxies, settings.client_certificate_header)
        self._buckets = Buckets(settings.rate_per_second, settings.rate_burst)
        self._nonces = Nonces(hub.database)
        self._window = timedelta(seconds=settings.signature_window_seconds)

    async def who(self, scope: Scope, headers: dict[bytes, bytes], action: Action) -> Caller:
        """The caller of a request, who may do `action` at all; else `Rejected`, or `TooMany`.

        Which agency is known from then on (`truc.caller`): what it is refused may be signed for it.
        """
        found = await self._known(scope, headers)
        self._buckets.take(found.code if isinstance(found, Agency) else f"person:{found.name}")
        if isinstance(found, Agency):
            scope["truc.caller"] = found.code
            if found.suspended:
                raise rejected("agency-suspended")
        if not access.allowed(found, action):
            raise rejected("forbidden", action=action.value)
        return found

    async def agency(self, scope: Scope, headers: dict[bytes, bytes], action: Action) -> Agency:
        """The same, for what only agencies may do."""
        found = await self.who(scope, headers, action)
        if isinstance(found, Person):
            raise rejected("forbidden", action=action.value)
        return found

    async def _known(self, scope: Scope, headers: dict[bytes, bytes]) -> Caller:
        found: list[Caller] = []
        if (authorization := headers.get(b"authorization")) is not None:
            found.append(await self._by_credential(bearer(authorization.decode("latin-1"))))
        if b"signature-input" in headers:
            found.append(await self._by_signature(scope, headers))
        if pem := self.proxies.certificate(scope, headers):
            found.append(await self._by_certificate(holders.fingerprint_of(pem), "client-certificate"))
        if not found:
            raise rejected("unauthenticated")
        if len(found) > 1 and len({each.code if isinstance(each, Agency) else "" for each in found}) != 1:
            raise rejected("credentials-differ")
        return found[0]

    async def _by_credential(self, credential: str) -> Caller:
        directory = self.hub.directory
        known = await directory.caller(credential) or await directory.caller_by_token(credential)
        if known is None:
            raise rejected("unauthenticated")
        return known

    async def _by_signature(self, scope: Scope, headers: dict[bytes, bytes]) -> Agency:
        now = datetime.now(UTC)
        claimed = signed.claim(scope, headers, now, self._window)
        agency, certificate = await self._bound(claimed.keyid, "request-signature-invalid")
        signed.verify(self.proxies.unwrapped(scope), headers, claimed, holders.public_key(certificate.der))
        await self._believe(certificate, "request-signature-invalid", now)
        expires_at = claimed.created + self._window
        if not await self._nonces.use(claimed.keyid, claimed.nonce, expires_at, now):
            raise rejected("replayed-request", "Signature-Input")
        return agency

    async def _by_certificate(self, fingerprint: str, code: str) -> Agency:
        agency, certificate = await self._bound(fingerprint, code)
        await self._believe(certificate, code, datetime.now(UTC))
        return agency

    async def _bound(self, fingerprint: str, code: str) -> tuple[Agency, BoundCertificate]:
        owner = await self.hub.directory.owner_of(fingerprint)
        agency = await self.hub.directory.current(owner) if owner else None
        bound = next((c for c in agency.certificates if c.fingerprint == fingerprint), None) if agency else None
        if agency is None or bound is None:
            problem = "chứng thư không gắn với cơ quan nào", "no agency has this certificate"
            raise rejected(code, problem=problem)
        return agency, bound

    async def _believe(self, certificate: BoundCertificate, code: str, now: datetime) -> None:
        """Refuse a certificate that is not in force: by its binding, by itself, by its chain."""
        if not certificate.holds(now) or not holders.is_current(certificate.der, now):
            problem = "chứng thư đã hết hạn hoặc bị thu hồi", "the certificate has expired or was withdrawn"
            raise rejected(code, problem=problem)
        chain = await self.hub.trust.chain_of(certificate, now)
        if chain and chain.judgement:
            judged = chain.judgement.value
            raise rejected(code, problem=(f"chuỗi chứng thư: {judged}", f"the certificate's chain: {judged}"))
        if chain and not chain.is_known and self.hub.trust.must_know:
            raise RevocationUnavailable(chain.detail)


def bearer(authorization: str) -> str:
    """The credential of an Authorization header; `Rejected` when there is none of the one kind we take."""
    scheme, _, credential = authorization.partition(" ")
    credential = credential.strip()
    if scheme.lower() != "bearer" or not credential or len(credential) > _KEY_AT_MOST:
        raise rejected("unauthenticated")
    return credential


def the_hub(request: Request) -> Hub:
    """The hub this application serves."""
    hub: Hub = request.app.state.hub
    return hub


@lru_cache(maxsize=256)
def may(action: Action) -> Callable[[Request], Awaitable[Any]]:
    """A dependency: the caller, who may do `action`. Of what, the handler asks `in_sight` or `access.allowed`."""

    async def caller(request: Request) -> Caller | None:
        if action in _OPEN:
            return None
        doorkeeper: Doorkeeper = request.app.state.doorkeeper
        headers = dict(request.scope["headers"])
        found = await doorkeeper.who(request.scope, headers, action)
        if b"signature-input" in headers and hasattr(request, "_body"):  # read already, to be parsed for the handler
            bodies.check_digest(headers, sha256(await request.body()).hexdigest())
        return found

    return guarding(action)(caller)


def guarding(action: Action) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Mark a dependency as the one that asks whether the caller may do `action`."""

    def mark(dependency: Callable[..., Any]) -> Callable[..., Any]:
        dependency.action = action  # type: ignore[attr-defined]
        return dependency

    return mark


def action_of(route: APIRoute) -> Action | None:
    """The action a route asks about, if it asks about any."""

    def walk(dependant: Dependant) -> Iterable[Action]:
        if found := getattr(dependant.call, "action", None):
            yield found
        for inner in dependant.dependencies:
            yield from walk(inner)

    return next(iter(walk(route.dependant)), None)


def routes_of(routes: Iterable[Any]) -> Iterable[APIRoute]:
    """The routes of an application, those of the routers it includes among them."""
    for route in routes:
        if isinstance(route, APIRoute):
            yield route
        elif inner := getattr(route, "original_router", None):
            yield from routes_of(inner.routes)


def unguarded(routes: Iterable[Any]) -> list[str]:
    """The routes that ask nobody whether they may: there must be none."""
    return [
        f"{method} {route.path}"
        for route in routes_of(routes)
        if action_of(route) is None
        for method in sorted(route.methods or ())
    ]


async def of_agency(hub: Hub, code: str) -> Resource:
    """An agency's own entry as a resource."""
    return Resource((await hub.directory.lineages([code]))[code])


caller = may(Action.READ_DIRECTORY)
"""Whoever is known."""

agency = may(Action.RECEIVE)
"""An agency's system."""

watcher = may(Action.WATCH)
"""A person who may see where documents are."""


async def person_who_may(request: Request, action: Action) -> Person:
    """The calling person, if the role allows `action`. An agency's key is no person's token: 403."""
    found = await may(action)(request)
    if not isinstance(found, Person):
        raise rejected("forbidden", action=action.value)
    return found
