"""`POST /v1/envelopes`: the hot path, a plain ASGI application so that nothing stands between the socket and the road.

Order: who is calling, what the headers tell, the body (spooled and hashed), gate and signature and reading, the
decision, the commit, the receipt. A refusal at any step leaves no row, no file and no note behind.
"""

import time
from collections.abc import Awaitable, Callable, MutableMapping
from datetime import datetime
from typing import Any, Final, NamedTuple, Self
from urllib.parse import parse_qsl

import orjson
import uuid_utils

from hub import bodies, failpoint, log, metrics, reception
from hub.attest.refusing import refuse
from hub.domain.access import Action
from hub.domain.agency import Agency
from hub.domain.envelope import Envelope, StatusMessage
from hub.errors import HubError, Rejected, rejected
from hub.findings import Finding
from hub.gateway import problems, views
from hub.gateway.callers import Doorkeeper
from hub.gateway.guards import GUARDS
from hub.gateway.stored import stored_envelope
from hub.spool import Body
from hub.store.road import idempotency
from hub.wiring import Hub
from hub.xml.open import Faulty, Opened

Scope = MutableMapping[str, Any]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_JSON: Final = (b"content-type", b"application/json")
_PARAMETERS: Final = frozenset({"dry_run"})
_logger = log.get(__name__)


class Wishes(NamedTuple):
    """What a sender asks for besides. `key`: its Idempotency-Key, "" for none."""

    key: str
    lenient: bool
    dry_run: bool = False

    @classmethod
    def of(cls, headers: dict[bytes, bytes], *, dry_run: bool = False) -> Self:
        """Read them from the headers."""
        key = headers.get(b"idempotency-key", b"").decode("latin-1")[:255]
        return cls(key, b"handling=lenient" in headers.get(b"prefer", b"").lower(), dry_run)


class PostEnvelope:
    """The ASGI application behind the one route."""

    def __init__(self, hub: Hub) -> None:
        """One for a process: its scales weigh all bodies together."""
        self.hub = hub
        self.scales = bodies.Scales(hub.settings.max_bytes_at_once)
        self.doorkeeper = Doorkeeper(hub)

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Answer one request."""
        headers: dict[bytes, bytes] = dict(scope["headers"])
        request_id = _request_id(headers)
        started = time.perf_counter()
        try:
            status, answer, extra = await self._post(scope, headers, receive, started)
        except bodies.Disconnected:
            metrics.ENVELOPES.labels("disconnected").inc()
            return
        except HubError as error:
            found = problems.findings_of(error)
            metrics.ENVELOPES.labels(found[0].code).inc()
            await self._refuse(found, error, scope, headers, request_id, send)
            return
        except Exception:
            _logger.exception("post.broke", request_id=request_id)
            await self._refuse(problems.findings_of(HubError()), None, scope, headers, request_id, send)
            return
        metrics.ENVELOPES.labels("accepted" if status == 202 else "answered").inc()  # noqa: PLR2004
        metrics.ACCEPT_SECONDS.observe(time.perf_counter() - started)
        failpoint.reach("answer-due")
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [_JSON, *GUARDS, (b"x-request-id", request_id.encode()), *extra, _length(answer)],
            }
        )
        failpoint.reach("answer-half-sent")
        await send({"type": "http.response.body", "body": answer})

    async def _post(
        self, scope: Scope, headers: dict[bytes, bytes], receive: bodies.Receive, started: float
    ) -> tuple[int, bytes, list[tuple[bytes, bytes]]]:
        hub = self.hub
        dry_run = _dry_run(scope["query_string"])
        scope["truc.signs"] = not dry_run  # should a known caller be refused, the refusal is signed for them
        caller = await self.doorkeeper.agency(scope, headers, Action.SEND)
        announced = bodies.check_headers(headers, hub.settings.max_envelope_bytes)
        bodies.check_xml_type(headers)
        with self.scales.room() as take, hub.spool.room() as room:
            body, sha256 = await bodies.read(receive, announced, hub.settings, take, room)
            failpoint.reach("body-read")
            scope["truc.sha256"] = sha256
            bodies.check_digest(headers, sha256)
            status, answer = await self.judge(caller, body, sha256, take, Wishes.of(headers, dry_run=dry_run), started)
        if dry_run:
            return 200, orjson.dumps(answer), []
        return status, orjson.dumps(answer), [(b"location", f"/v1/envelopes/{answer['id']}".encode())]

    async def judge(
        self,
        caller: Agency,
        body: Body,
        sha256: str,
        take: Callable[[int], None],
        wishes: Wishes,
        started: float,
    ) -> tuple[int, dict[str, Any]]:
        """Decide on a body that came whole, however it came; answers the status and what is said."""
        hub = self.hub
        key, dry_run = wishes.key, wishes.dry_run
        if key:
            await idempotency.check(hub.database, caller.codes, key, sha256)
        now = hub.clock.now()
        read_at = time.perf_counter()
        try:
            opened = await reception.opened(hub, caller, body, now, keeps=not dry_run)
        except Faulty as error:
            raise Rejected([*error.findings, *await reception.further(hub, caller, error, now)]) from None
        opened_at = time.perf_counter()
        if isinstance(opened.message, StatusMessage):
            said = reception.of_status(body, take)
            status, answer = await self._report(caller, opened, opened.message, said, now, dry_run=dry_run)
        else:
            status, answer = await self._document(
                caller, opened, opened.message, body, sha256, now, lenient=wishes.lenient, dry_run=dry_run
            )
        if key and not dry_run:
            await idempotency.keep(hub.database, caller.code, key, sha256, answer["id"], now)
        if dry_run:
            answer["checks"] = _checks(opened, answer, started, read_at, opened_at)
        return status, answer

    async def _document(  # noqa: PLR0913
        self,
        caller: Agency,
        opened: Opened,
        envelope: Envelope,
        body: Body,
        sha256: str,
        now: datetime,
        *,
        lenient: bool,
        dry_run: bool,
    ) -> tuple[int, dict[str, Any]]:
        acceptor = self.hub.acceptor
        considered = await acceptor.consider(
            caller, envelope, opened.verdict, opened.warnings, body, sha256, now, lenient=lenient
        )
        row = considered.row
        if dry_run:
            await acceptor.is_known(row.sender, row.document_id, row.kind, sha256)
            return 200, views.accepted(row, opened.verdict)
        accepted = await acceptor.accept(considered, now)
        if accepted.is_new:
            # a recall may already have settled some of its own deliveries: show what is on record
            if considered.withdraws:
                return 202, await stored_envelope(self.hub, accepted.id, caller)
            return 202, views.accepted(row, opened.verdict)
        return 200, await stored_envelope(self.hub, accepted.id, caller)

    async def _report(
        self, caller: Agency, opened: Opened, message: StatusMessage, body: bytes, now: datetime, *, dry_run: bool
    ) -> tuple[int, dict[str, Any]]:
        errors = await self.hub.acceptor.check_caller(caller, message.sender, now)
        if errors:
            raise Rejected(errors)
        made = await self.hub.acknowledger.report(
            caller, message, opened.verdict, opened.warnings, body, now, dry_run=dry_run
        )
        if made.row is not None:
            return 200 if dry_run else 202, {**views.accepted(made.row, opened.verdict), "flags": list(made.flags)}
        return 200, {**await stored_envelope(self.hub, made.id, caller), "flags": list(made.flags)}

    async def refusal(
        self, found: tuple[Finding, ...], error: HubError | None, scope: Scope, request_id: str, language: str
    ) -> tuple[int, dict[str, Any]]:
        """The status and the problem document of a refusal, with its receipt where its caller gets one."""
        status, document = problems.problem(found, scope["path"], request_id, language)
        is_signed = scope.get("truc.signs") and "truc.caller" in scope
        if isinstance(error, Rejected) and status != 429 and is_signed:  # noqa: PLR2004
            about = scope["truc.caller"], status, found, scope.get("truc.sha256")
            if receipt := await refuse(self.hub.database, self.hub.seal, *about, self.hub.clock.now()):
                document["receipt"] = views.receipt(receipt)
        return status, document

    async def _refuse(
        self,
        found: tuple[Any, ...],
        error: HubError | None,
        scope: Scope,
        headers: dict[bytes, bytes],
        request_id: str,
        send: Send,
    ) -> None:
        language = problems.language_of(headers.get(b"accept-language", b"").decode("latin-1"))
        status, document = await self.refusal(found, error, scope, request_id, language)
        kind, answer = problems.encode(document, headers.get(b"accept", b"").decode("latin-1"))
        _logger.info("post.refused", request_id=request_id, status=status, codes=[f.code for f in found])
        closing = [(b"connection", b"close")] if status in (408, 413) else []
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [
                    (b"content-type", kind),
                    *GUARDS,
                    (b"x-request-id", request_id.encode()),
                    *problems.headers_for(status, error),
                    *closing,
                    _length(answer),
                ],
            }
        )
        await send({"type": "http.response.body", "body": answer})


def _length(answer: bytes) -> tuple[bytes, bytes]:
    return (b"content-length", str(len(answer)).encode())


def _request_id(headers: dict[bytes, bytes]) -> str:
    parent = headers.get(b"traceparent", b"").decode("latin-1").split("-")
    return parent[1] if len(parent) == 4 and len(parent[1]) == 32 else uuid_utils.uuid7().hex  # noqa: PLR2004


def _dry_run(query: bytes) -> bool:
    if not query:
        return False
    given = dict(parse_qsl(query.decode("latin-1"), keep_blank_values=True))
    for name in given:
        if name not in _PARAMETERS:
            raise rejected("invalid-parameter", name=name, problem="không có tham số này / no such parameter")
    value = given["dry_run"].lower()
    if value not in ("true", "1", "false", "0"):
        raise rejected("invalid-parameter", name="dry_run", problem="true | false")
    return value in ("true", "1")


def _checks(opened: Opened, answer: dict[str, Any], started: float, read_at: float, opened_at: float) -> list[Any]:
    """What a dry run looked at, in order; it answers at all only when each was passed."""
    verdict = opened.verdict
    now = time.perf_counter()
    recipients = ", ".join(f"{d['recipient']} ({d['level'] or '—'})" for d in answer["deliveries"])
    return [
        {"name": "request", "ok": True, "detail": answer["sha256"], "ms": round((read_at - started) * 1000, 2)},
        {
            "name": "envelope",
            "ok": True,
            "detail": f"{answer['kind']}: {answer['document_id']}",
            "ms": round((opened_at - read_at) * 1000, 2),
        },
        {
            "name": "signature",
            "ok": verdict.judgement.value in ("valid", "valid-legacy"),
            "detail": verdict.reason or verdict.judgement.value,
            "ms": 0.0,
        },
        {
            "name": "routing",
            "ok": True,
            "detail": recipients,
            "ms": round((now - opened_at) * 1000, 2),
        },
    ]
