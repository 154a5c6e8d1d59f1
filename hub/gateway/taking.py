"""A request's body for the routes that take it whole: bounded in bytes and in time before anybody looks at it.

The framework reads such a body before it asks who calls, with no bound of its own. So it is read here, as slowly as
documents may come and no slower, up to a size that the largest of these bodies keeps to by far, and all of them together
weighed on scales of their own: a stranger's bodies never take the room of documents. Routes that read for themselves
(documents, uploads, files of the directory) do so once they know their caller, by the limits of the settings.
"""

import re
from collections.abc import Iterable
from typing import Any, Final

import orjson

from hub import bodies
from hub.errors import rejected
from hub.gateway.callers import routes_of
from hub.gateway.proxies import Scope

AT_MOST: Final = 2 * 1024 * 1024
"""Bytes of one body: 20,000 members of a group and a chain of certificates are well below."""

_TOGETHER: Final = 32 * AT_MOST
_WITH_BODIES: Final = frozenset({"POST", "PUT", "PATCH"})


class Taker:
    """Takes the bodies of one process."""

    def __init__(self, routes: Iterable[Any], span: float) -> None:
        """`routes`: of the application. One that says by itself what its body is, reads it by itself.

        `span`: seconds over each of which a body must bring `bodies.SLOWEST` a second.
        """
        own = (route.path_regex for route in routes_of(routes) if "requestBody" in (route.openapi_extra or {}))
        self._own: tuple[re.Pattern[str], ...] = tuple(own)
        self._scales = bodies.Scales(_TOGETHER)
        self._span = span

    def is_for(self, scope: Scope) -> bool:
        """Whether this request has a body that is taken here."""
        if scope["method"] not in _WITH_BODIES:
            return False
        names = {name for name, _ in scope["headers"]}
        has_body = b"content-length" in names or b"transfer-encoding" in names
        return has_body and not any(route.match(scope["path"]) for route in self._own)

    async def take(self, scope: Scope, receive: bodies.Receive) -> bodies.Receive:
        """The same request with its body in one piece; `Rejected`, `Unavailable` or `Disconnected` when it does not come."""
        announced = bodies.check_headers(dict(scope["headers"]), AT_MOST)
        with self._scales.room() as take:
            take(announced or 0)
            body = bytearray()
            async for piece in bodies.pieces(receive, self._span):
                if len(body) + len(piece) > AT_MOST:
                    raise rejected("too-large", limit=AT_MOST)
                if announced is None:
                    take(len(piece))
                body += piece
        whole: list[bytes] = [bytes(body)]
        if b"\\u" in body and b"json" in dict(scope["headers"]).get(b"content-type", b""):
            _check_text(whole[0])

        async def again() -> Any:
            if whole:
                return {"type": "http.request", "body": whole.pop(), "more_body": False}
            return await receive()

        return again


def _check_text(body: bytes) -> None:
    """Refuse what JSON can spell and no database keeps: half a surrogate pair, the NUL character."""
    try:
        said = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise rejected("not-json", problem=str(error)) from None
    if b"\\u0000" in body and (found := _with_nul(said)):
        raise rejected("invalid-parameter", found[0], name=found[0], problem="ký tự NUL / a NUL character")


def _with_nul(said: Any, path: str = "") -> list[str]:
    """Where a text with a NUL in it stands; its name when it is a name."""
    if isinstance(said, str):
        return [path] if "\0" in said else []
    inside = said.items() if isinstance(said, dict) else enumerate(said) if isinstance(said, list) else ()
    for name, value in inside:
        place = f"{path}.{name}".lstrip(".").replace("\0", "")
        if "\0" in str(name):
            return [place]
        if found := _with_nul(value, place):
            return found
    return []
