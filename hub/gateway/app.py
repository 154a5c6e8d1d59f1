"""The application: the hot route first, FastAPI behind it, every failure as a problem document."""

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager, suppress
from functools import cache
from typing import Any

import uuid_utils
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import Response
from starlette.exceptions import HTTPException
from starlette.routing import BaseRoute

from hub import __version__, bodies, log
from hub.errors import HubError, Rejected, rejected
from hub.findings import finding, values
from hub.gateway import (
    agencies,
    alerts,
    auditing,
    books,
    contents,
    envelopes,
    figures,
    given,
    groups,
    health,
    inbox,
    keyring,
    life,
    problems,
    proofs,
    reforming,
    registering,
    reports,
    rotating,
    systems,
    trusting,
    uploading,
    watching,
)
from hub.gateway.callers import unguarded
from hub.gateway.description import document_post
from hub.gateway.guards import GUARDS
from hub.gateway.included import included
from hub.gateway.posting import PostEnvelope, Scope, Send
from hub.gateway.taking import Taker
from hub.wiring import Hub

_logger = log.get(__name__)
_HEADER_BYTES = 32 * 1024
_HEADERS = 100
_TARGET_BYTES = 8 * 1024
Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
Face = Callable[[FastAPI, Hub], None]
"""Adds what it serves to the application."""
App = Callable[[Scope, bodies.Receive, Send], Awaitable[None]]
Explain = Callable[[HubError, str], tuple[int, dict[str, Any]]]
Aside = Callable[[Hub, bodies.Scales, Explain], tuple[str, App] | None]
"""Makes a face that answers in a shape of its own everything below a path (with its last slash), if it is to be served."""


class Gateway:
    """The ASGI application a server runs."""

    def __init__(
        self,
        hub: Hub,
        *,
        background: Callable[[], Any] | None = None,
        faces: Sequence[Face] = (),
        asides: Sequence[Aside] = (),
    ) -> None:
        """`background`: a coroutine function that runs beside the faces for as long as they are served.

        `faces`: what is served besides the API, such as the console, which this floor does not know. `asides`: the
        same for faces that are applications of their own; they get the scales and the table of refusals.
        """
        self.hub = hub
        self.post = PostEnvelope(hub)
        self.api = _api(hub, self.post, background)
        for face in faces:
            face(self.api, hub)
        if open_routes := unguarded(self.api.routes):
            raise RuntimeError(f"routes that ask nobody whether they may: {', '.join(open_routes)}: Depends(may(…))")
        self._taker = Taker(self.api.routes, hub.settings.body_timeout_seconds)
        made = (aside(hub, self.post.scales, explain) for aside in asides)
        self.asides = [aside for aside in made if aside]

    async def __call__(self, scope: Scope, receive: bodies.Receive, send: Send) -> None:
        """Send a request where it belongs."""
        if scope["type"] == "http":
            for path, aside in self.asides:
                if f"{scope['path']}/".startswith(path):
                    await aside(scope, receive, _guarded(send))
                    return
            if error := _unreadable(scope):
                await _refuse(error, scope, send)
                return
            if scope["path"] == "/v1/envelopes" and scope["method"] == "POST":
                await self.post(scope, receive, send)
                return
            send = _guarded(send)
            scope = self.post.doorkeeper.proxies.unwrapped(scope)
            if scope["path"].startswith("/v1/"):
                scope = given.without_empty(scope)
            if self._taker.is_for(scope):
                try:
                    receive = await self._taker.take(scope, receive)
                except bodies.Disconnected:
                    return
                except HubError as error:
                    await _refuse(error, scope, send)
                    return
        await self.api(scope, receive, send)


def _unreadable(scope: Scope) -> HubError | None:
    if code := _too_much(scope):
        return rejected(code)
    if scope["path"].startswith("/v1/") and ("\0" in scope["path"] or b"%00" in scope["query_string"]):
        # no code, id or word has one, and no database takes it; pages leave out what makes no sense, and say so
        return rejected("invalid-parameter", name="%00", problem="ký tự NUL / a NUL character")
    return None


def _too_much(scope: Scope) -> str | None:
    if len(scope.get("raw_path") or b"") + len(scope["query_string"]) > _TARGET_BYTES:
        return "uri-too-long"
    headers = scope["headers"]
    if len(headers) > _HEADERS or sum(len(n) + len(v) for n, v in headers) > _HEADER_BYTES:
        return "headers-too-large"
    if sum(name == b"host" for name, _ in headers) != 1 and scope.get("http_version") != "1.0":
        return "framing"
    return None


def explain(error: HubError, path: str) -> tuple[int, dict[str, Any]]:
    """What the one table of refusals makes of an error, for faces with a shape of their own."""
    return problems.problem(problems.findings_of(error), path, uuid_utils.uuid7().hex)


async def _refuse(error: HubError, scope: Scope, send: Send) -> None:
    """Say no before anything was looked at; the rest of the body is not waited for."""
    found = problems.findings_of(error)
    status, document = problems.problem(found, scope["path"][:200], uuid_utils.uuid7().hex)
    kind, answer = problems.encode(document, "")
    headers = [(b"content-type", kind), *GUARDS, (b"connection", b"close"), (b"content-length", b"%d" % len(answer))]
    headers += problems.headers_for(status, error)
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": answer})


def _guarded(send: Send) -> Send:
    async def guarded(message: Any) -> None:
        if message["type"] == "http.response.start":
            present = {name for name, _ in message["headers"]}
            message["headers"] = [*message["headers"], *(g for g in GUARDS if g[0] not in present)]
        await send(message)

    return guarded


@cache
def _routes() -> tuple[BaseRoute, ...]:
    modules = (
        envelopes,
        uploading,
        proofs,
        inbox,
        reports,
        alerts,
        figures,
        watching,
        rotating,
        trusting,
        reforming,
        registering,
        agencies,
        books,
        auditing,
        contents,
        keyring,
        systems,
        life,
        groups,
        health,
    )
    return included(module.router for module in modules)


def _api(hub: Hub, post: PostEnvelope, background: Callable[[], Any] | None) -> FastAPI:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        await hub.start()
        task = asyncio.create_task(background()) if background else None
        if task:
            task.add_done_callback(_stop_with)
        try:
            yield
        finally:
            if task:
                task.cancel()
                with suppress(asyncio.CancelledError, Exception):
                    await task
            await hub.stop()

    api = FastAPI(
        title="Trục",
        version=__version__,
        summary="Trục liên thông văn bản: the hub through which Vietnam's public agencies exchange documents.",
        docs_url=None,
        redoc_url=None,
        lifespan=lifespan,
        routes=list(_routes()),
    )
    api.state.hub = hub
    api.state.post = post
    api.state.scales = post.scales
    api.state.doorkeeper = post.doorkeeper
    api.add_exception_handler(HubError, _hub_error)
    api.add_exception_handler(RequestValidationError, _validation)
    api.add_exception_handler(HTTPException, _http)
    api.add_exception_handler(Exception, _broken)
    document_post(api)
    return api


def _stop_with(task: asyncio.Task[Any]) -> None:
    """A room that broke takes the process down: a supervisor restarts it, and nothing is half alive."""
    if not task.cancelled() and task.exception():
        _logger.critical("rooms.broke", exc_info=task.exception())
        os.kill(os.getpid(), signal.SIGTERM)


def _answer(request: Request, error: HubError, extra: dict[str, str] | None = None) -> Response:
    request_id = uuid_utils.uuid7().hex
    found = problems.findings_of(error)
    language = problems.language_of(request.headers.get("accept-language", ""))
    status, document = problems.problem(found, request.url.path, request_id, language)
    kind, answer = problems.encode(document, request.headers.get("accept", ""))
    headers = {n.decode(): v.decode() for n, v in problems.headers_for(status, error)}
    return Response(answer, status, {**headers, **(extra or {}), "X-Request-Id": request_id}, media_type=kind.decode())


async def _hub_error(request: Request, error: Exception) -> Response:
    return _answer(request, error if isinstance(error, HubError) else HubError())


async def _validation(request: Request, error: Exception) -> Response:
    if not isinstance(error, RequestValidationError):
        return _answer(request, HubError())
    if any(e["type"] == "json_invalid" for e in error.errors()):
        return _answer(request, Rejected([finding("not-json", problem=error.errors()[0]["msg"])]))
    return _answer(request, Rejected(values.invalid(error.errors())))


async def _http(request: Request, error: Exception) -> Response:
    status = getattr(error, "status_code", 500)
    if status == 405:  # noqa: PLR2004
        allow = dict(getattr(error, "headers", None) or {})
        if request.url.path == "/v1/envelopes":
            allow = {"Allow": "GET, POST"}
        return _answer(request, Rejected([finding("method-not-allowed")]), allow)
    if status == 400:  # noqa: PLR2004 - a body that is no text, too deep, or with a number of a thousand digits
        return _answer(request, rejected("not-json", problem=_cause(error)))
    return _answer(request, Rejected([finding("not-found")]))


def _cause(error: BaseException) -> str:
    """What the parser tripped over, without anything of the body."""
    cause = error.__cause__ or error
    return getattr(cause, "reason", "") or type(cause).__name__


async def _broken(request: Request, error: Exception) -> Response:
    _logger.error("request.broke", path=request.url.path, exc_info=error)
    return _answer(request, HubError())
