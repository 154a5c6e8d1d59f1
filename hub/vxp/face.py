"""The ASGI application of the face: who calls, which operation, and an answer in JSON whatever happens."""

import asyncio
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from hub import bodies, log, metrics
from hub.bodies import Receive, Scales
from hub.domain import deadline
from hub.errors import HubError, TooMany, Unavailable, rejected
from hub.limits import Buckets
from hub.settings import Settings
from hub.store.directory import systems
from hub.trust.vault import Vault, open_vault
from hub.vxp import answers, directory, receiving, sending, signing
from hub.vxp.answers import Answer, Explain
from hub.vxp.calls import Call
from hub.wiring import Hub

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
_HEADERS: Final = 200
_HEADER_BYTES: Final = 64 * 1024  # everything is there twice, the second time with its quotes escaped
_TARGET_BYTES: Final = 8 * 1024
_SEEN_EVERY: Final = timedelta(minutes=1)
_logger = log.get(__name__)


@dataclass(frozen=True, slots=True)
class Operation:
    """An operation: its method and what answers it."""

    method: str
    answer: Callable[[Call], Awaitable[Answer]]


OPERATIONS: Final[dict[str, Operation]] = {
    answers.SEND: Operation("POST", sending.send_edoc),
    "getReceivedEdocList": Operation("POST", receiving.received),
    "getSentEdocList": Operation("POST", receiving.sent),
    "getEdoc": Operation("POST", receiving.get_edoc),
    "downloadEdoc": Operation("GET", receiving.download),
    "countReceiveEdoc": Operation("POST", receiving.count_documents),
    "countReceiveStatus": Operation("POST", receiving.count_reports),
    "updateStatus": Operation("POST", receiving.update_status),
    "getAgenciesList": Operation("POST", directory.listed),
    "getAgenciesListQD20": Operation("POST", directory.listed_qd20),
    "getSynchronizeUnit": Operation("POST", directory.synchronized),
    "registerAgency": Operation("POST", directory.register),
    "deleteAgency": Operation("POST", directory.delete),
}


class Face:
    """Everything below `path`. `scales` weigh its bodies with the gateway's; `explain` is the gateway's own table."""

    def __init__(self, hub: Hub, scales: Scales, explain: Explain) -> None:
        self.path = hub.settings.vxp_path
        self._hub = hub
        self._scales = scales
        self._explain = explain
        self._vault: Vault | None = None
        self._seen: dict[str, datetime] = {}
        self._buckets = Buckets(hub.settings.rate_per_second, hub.settings.rate_burst)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request."""
        name = scope["path"][len(self.path) + 1 :].removesuffix("/")
        operation = OPERATIONS.get(name)
        outcome = "OK"
        begun = False

        async def telling(message: MutableMapping[str, Any]) -> None:
            nonlocal begun
            begun = True
            await send(message)

        try:
            answer = await self._answer(name, operation, scope, receive)
            await _tell(answer, telling)
        except bodies.Disconnected:
            outcome = "disconnected"
        except Exception as error:  # noqa: BLE001 - whatever it is, the client needs JSON; `_failed` logs it
            outcome = await self._failed(error, name, scope, telling, begun=begun)
        metrics.VXP_CALLS.labels(name if operation else "unknown", outcome).inc()

    async def _failed(self, error: Exception, name: str, scope: Scope, send: Send, *, begun: bool) -> str:
        told = error if isinstance(error, HubError) else HubError()
        if not isinstance(error, HubError):
            _logger.error("vxp.broke", operation=name, exc_info=error)
        elif isinstance(error, Unavailable):
            _logger.warning("vxp.unavailable", operation=name, reason=str(error))
        if begun:
            raise error  # half an answer must not look whole: the server cuts the connection
        refusal = answers.failure(name, *self._explain(told, scope["path"][:200]))
        more = [(b"www-authenticate", b'VXP realm="truc"')] if refusal.status == 401 else []  # noqa: PLR2004
        if refusal.status == 405:  # noqa: PLR2004
            more = [(b"allow", OPERATIONS[name].method.encode())]
        if isinstance(error, Unavailable | TooMany):
            more = [(b"retry-after", str(error.retry_after).encode())]
        if refusal.status in (408, 413):
            more.append((b"connection", b"close"))
        await _tell(Answer(refusal.body, refusal.status, (answers.JSON, *more)), send)
        return answers.CODES.get(getattr(told, "code", "internal"), "21")

    async def _answer(self, name: str, operation: Operation | None, scope: Scope, receive: Receive) -> Answer:
        headers = scope["headers"]
        if len(headers) > _HEADERS or sum(len(n) + len(v) for n, v in headers) > _HEADER_BYTES:
            raise rejected("headers-too-large")
        if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _TARGET_BYTES:
            raise rejected("uri-too-long")
        if operation is None:
            raise rejected("vxp-operation", name=name or "—", known=", ".join(OPERATIONS))
        if scope["method"] != operation.method:
            raise rejected("method-not-allowed")
        call = await self._believed(headers, receive)
        answer = await operation.answer(call)
        await self._note(call)
        return answer

    async def _believed(self, headers: list[tuple[bytes, bytes]], receive: Receive) -> Call:
        hub = self._hub
        signed = signing.read(headers)
        system = await hub.directory.system(signed.systemid)
        said = signed.parameters(self._secret(system) if system else None)
        if system is None:  # nothing is believed without a secret: only the types cannot see it
            raise rejected("vxp-unauthenticated")
        self._buckets.take(system.systemid)
        now = hub.clock.now()
        if system.is_ended(now.astimezone(deadline.LOCAL).date()):
            raise rejected("vxp-system-ended", system=system.systemid, since=system.ends_on)
        agency = await hub.directory.current(system.agency)
        if agency is None:  # gone while it asked: a system goes with its agency
            raise rejected("vxp-unauthenticated")
        if agency.suspended:
            raise rejected("agency-suspended")
        return Call(hub, self._scales, system, agency, said, dict(headers), receive, now)

    def _secret(self, system: systems.System) -> str:
        if self._vault is None:
            self._vault = open_vault(self._hub.settings.home)
        return self._vault.unseal(system.secret, system.systemid)

    async def _note(self, call: Call) -> None:
        """When a system was last seen, to the minute; one that cannot be noted now is noted at its next call."""
        systemid = call.system.systemid
        last = self._seen.get(systemid)
        if last and call.now - last < _SEEN_EVERY:
            return
        self._seen[systemid] = call.now
        agent = call.headers.get(b"user-agent", b"").decode("latin-1")
        try:
            async with asyncio.timeout(5), self._hub.database.write() as conn:
                await systems.seen(conn, systemid, agent, call.now)
        except (Unavailable, TimeoutError):
            self._seen.pop(systemid, None)


async def _tell(answer: Answer, send: Send) -> None:
    head: dict[str, Any] = {"type": "http.response.start", "status": answer.status, "headers": list(answer.headers)}
    if isinstance(answer.body, bytes):
        head["headers"].append((b"content-length", b"%d" % len(answer.body)))
        await send(head)
        await send({"type": "http.response.body", "body": answer.body})
        return
    pieces = answer.body
    first = await anext(pieces, b"")  # what breaks before the first piece is still told
    await send(head)
    await send({"type": "http.response.body", "body": first, "more_body": True})
    async for piece in pieces:
        await send({"type": "http.response.body", "body": piece, "more_body": True})
    await send({"type": "http.response.body", "body": b""})


def mount(hub: Hub, scales: Scales, explain: Explain) -> tuple[str, Face] | None:
    """The face and the path below which it answers everything; None when the settings want none."""
    path = hub.settings.vxp_path
    return (f"{path}/", Face(hub, scales, explain)) if path else None


def unreadable(settings: Settings, explain: Explain) -> Callable[[str, str], tuple[int, bytes, bytes] | None]:
    """How the server says of a request below the face's path that it cannot be read: as JSON too.

    Such a head is most often the client's own doing: a letter whose low byte is a control character.
    """
    base = f"{settings.vxp_path}/"

    def otherwise(code: str, path: str) -> tuple[int, bytes, bytes] | None:
        if not settings.vxp_path or not path.startswith(base):
            return None
        error = rejected("vxp-unreadable" if code == "framing" else code)
        answer = answers.failure(path.removeprefix(base), *explain(error, path))
        return answer.status, answers.JSON[1], answer.body if isinstance(answer.body, bytes) else b""

    return otherwise
