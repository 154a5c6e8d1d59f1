"""Fetching what certificates and registrars name: lists, answers, CAs. Bounded in time and bytes, guarded in where to.

Redirects are followed a few times, each judged like the first address: they cannot lead into the hub's own network.
"""

import asyncio
from dataclasses import dataclass
from typing import Final

import httpx

from hub.domain import endpoint
from hub.errors import HandoverFailed

_REDIRECTS_AT_MOST: Final = 3
_HTTP_PORT: Final = 80
_AGENT: Final = {"user-agent": "truc-refresh/1", "accept-encoding": "identity"}


class FetchFailed(Exception):
    """Nothing came from a source; the message is for operators."""


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Fetches through `client`, whose transport decides which addresses a name may lead to. `within`: seconds in all."""

    client: httpx.AsyncClient
    allow_private: bool
    within: float

    async def get(self, url: str, at_most: int) -> bytes:
        """What is there, of `at_most` bytes; raises `FetchFailed`."""
        return await self._fetch("GET", url, at_most, b"", {})

    async def ask(self, url: str, question: bytes, at_most: int) -> bytes:
        """What an OCSP responder answers (RFC 6960 appendix A.1); raises `FetchFailed`."""
        kind = {"content-type": "application/ocsp-request", "accept": "application/ocsp-response"}
        return await self._fetch("POST", url, at_most, question, kind)

    async def _fetch(self, method: str, url: str, at_most: int, body: bytes, headers: dict[str, str]) -> bytes:
        try:
            async with asyncio.timeout(self.within):
                for _ in range(_REDIRECTS_AT_MOST + 1):
                    self._check(url)
                    request = self.client.build_request(method, url, content=body or None, headers=_AGENT | headers)
                    answer = await self.client.send(request, stream=True, follow_redirects=False)
                    try:
                        if not answer.is_redirect:
                            return await _whole(answer, at_most)
                        url = str(httpx.URL(url).join(answer.headers["location"]))
                    finally:
                        await answer.aclose()
        except TimeoutError:
            message = f"no whole answer within {self.within:g} s"
            raise FetchFailed(message) from None
        except (HandoverFailed, httpx.InvalidURL, ValueError) as error:
            raise FetchFailed(str(error)) from None
        except httpx.HTTPError as error:
            raise FetchFailed(_said(error)) from None
        message = f"redirected more than {_REDIRECTS_AT_MOST} times"
        raise FetchFailed(message)

    def _check(self, text: str) -> None:
        """Lists and answers carry their own signature, so plain HTTP on its own port is as good as HTTPS here."""
        url = httpx.URL(text)
        if url.scheme not in {"http", "https"}:
            message = f"the scheme {url.scheme or '—'} is not fetched from"
            raise FetchFailed(message)
        port = None if url.port == _HTTP_PORT else url.port
        faults = endpoint.faults(
            "https",
            url.raw_host.decode("ascii"),
            port,
            has_credentials=bool(url.userinfo),
            allow_private=self.allow_private,
        )
        if faults:
            raise FetchFailed(" ".join(en for _, en in faults))


async def _whole(answer: httpx.Response, at_most: int) -> bytes:
    if answer.status_code != httpx.codes.OK:
        message = f"status {answer.status_code}"
        raise FetchFailed(message)
    stated = answer.headers.get("content-length", "")
    if stated.isascii() and stated.isdigit() and int(stated) > at_most:
        message = f"{stated} bytes, {at_most} at most"
        raise FetchFailed(message)
    pieces, size = [], 0
    async for piece in answer.aiter_raw():
        size += len(piece)
        if size > at_most:
            message = f"more than {at_most} bytes"
            raise FetchFailed(message)
        pieces.append(piece)
    return b"".join(pieces)


def _said(error: Exception) -> str:
    cause: BaseException = error
    while following := cause.__cause__ or cause.__context__:
        cause = following
    said = f"{type(error).__name__}: {cause}" if str(cause) else type(error).__name__
    return said[:300]
