"""How a webhook reaches its address: a name is resolved once, every answer judged, and the judged address dialled.

No second look-up happens between the judgement and the connection, so a name cannot change its mind in between (DNS
rebinding). The request keeps the name: TLS checks the certificate against it, and the Host header carries it.
"""

import asyncio
import ipaddress
import socket
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from contextlib import contextmanager
from functools import cache
from ssl import SSLContext, create_default_context
from typing import TYPE_CHECKING, Final

import httpcore
import httpx

from hub.domain.endpoint import Address, may_call
from hub.errors import TemporaryFailure

if TYPE_CHECKING:
    from collections.abc import Iterator

Resolve = Callable[[str, int], Awaitable[list[str]]]

_DIALLED_AT_MOST: Final = 4  # addresses of one name that are tried
_CONNECTIONS: Final = 100  # more than the hub hands over at once, so no call waits for another agency's
_KEPT_SECONDS: Final = 30.0  # a connection outlives its judgement no longer than a short-lived DNS answer does


async def resolve(host: str, port: int) -> list[str]:
    """Ask the system's resolver for the addresses of a name."""
    found = await asyncio.get_running_loop().getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@cache
def authorities() -> SSLContext:
    """The certificate authorities that the system believes, read once a process: it takes 20 ms and a megabyte or two."""
    return create_default_context()


class Dialer(httpcore.AsyncNetworkBackend):
    """Connects to judged addresses only."""

    def __init__(self, resolve: Resolve, network: httpcore.AsyncNetworkBackend, *, allow_private: bool) -> None:
        """`network` makes the connection itself, and is only ever given an address."""
        self._resolve = resolve
        self._network = network
        self._allow_private = allow_private

    async def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ASYNC109 - the signature is the library's
        local_address: str | None = None,
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,
    ) -> httpcore.AsyncNetworkStream:
        """Connect to the first address of `host` that answers; refuses the name when any of them is not public."""
        try:
            async with asyncio.timeout(timeout):
                addresses = (await self._judged(host, port))[:_DIALLED_AT_MOST]
        except TimeoutError as error:
            raise httpcore.ConnectTimeout from error
        each = timeout / len(addresses) if timeout else None
        for address in addresses[:-1]:
            try:
                return await self._network.connect_tcp(str(address), port, each, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return await self._network.connect_tcp(str(addresses[-1]), port, each, local_address, socket_options)

    async def _judged(self, host: str, port: int) -> list[Address]:
        try:
            addresses = [ipaddress.ip_address(text) for text in await self._resolve(host, port)]
        except (OSError, UnicodeError, ValueError) as error:
            raise TemporaryFailure(f"the name {host} cannot be resolved") from error
        if not addresses:
            raise TemporaryFailure(f"the name {host} has no address")
        # One bad address condemns the name: nobody mixes public and private ones by accident. Which one is not said:
        # the reason may be shown to the agency, who could otherwise map the hub's network with it.
        if not all(may_call(address, allow_private=self._allow_private) for address in addresses):
            raise TemporaryFailure(f"the name {host} leads to an address that is not on the public internet")
        return addresses


class Transport(httpx.AsyncBaseTransport):
    """httpx over a pool whose connections are made by `Dialer`; no proxy, no retry, HTTP/1.1."""

    def __init__(self, dialer: Dialer, trust: SSLContext) -> None:
        self._pool = httpcore.AsyncConnectionPool(
            ssl_context=trust,
            max_connections=_CONNECTIONS,
            keepalive_expiry=_KEPT_SECONDS,
            network_backend=dialer,
        )

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send one request; the name stays in it, the address is the dialer's."""
        url = request.url
        with _told_as_httpx():
            answer = await self._pool.handle_async_request(
                httpcore.Request(
                    method=request.method,
                    url=httpcore.URL(scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path),
                    headers=request.headers.raw,
                    content=request.stream,
                    extensions=request.extensions,
                )
            )
        return httpx.Response(answer.status, headers=answer.headers, stream=_Body(answer))

    async def aclose(self) -> None:
        """Close every connection."""
        await self._pool.aclose()


class _Body(httpx.AsyncByteStream):
    def __init__(self, answer: httpcore.Response) -> None:
        self._answer = answer

    async def __aiter__(self) -> AsyncIterator[bytes]:
        with _told_as_httpx():
            async for piece in self._answer.aiter_stream():
                yield piece

    async def aclose(self) -> None:
        await self._answer.aclose()


@contextmanager
def _told_as_httpx() -> "Iterator[None]":
    """Turn the pool's errors into the client's; the original stays as the cause."""
    try:
        yield
    except httpcore.TimeoutException as error:
        raise httpx.TimeoutException(str(error)) from error
    except (httpcore.NetworkError, httpcore.ProtocolError) as error:
        raise httpx.TransportError(str(error)) from error
