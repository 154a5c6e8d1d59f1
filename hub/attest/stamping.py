"""Heads get a time that is not the hub's own word: an RFC 3161 time-stamp authority signs over the head's signature.

One token speaks for every leaf below. Off unless an authority is set; while it does not answer heads wait, nothing else.
"""

import asyncio
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from hashlib import sha512
from pathlib import Path
from typing import Final

import httpx
from cryptography import x509
from rfc3161_client import (
    HashAlgorithm,
    TimestampRequestBuilder,
    TimeStampResponse,
    VerificationError,
    VerifierBuilder,
    decode_timestamp_response,
)

from hub import log
from hub.attest.sequencer import Sequencer
from hub.errors import TemporaryFailure, Unavailable
from hub.store.database import Database
from hub.store.proof import log as leaves

_QUERY: Final = "application/timestamp-query"
_LEAVES: Final = 10_000  # new ones after which a head is stamped at once
_TOKEN_AT_MOST: Final = 256 * 1024  # bytes; with a whole chain of certificates some ten thousand
_LOOK_SECONDS: Final = 1.0
_REST_AT_MOST_SECONDS: Final = 300.0
_logger = log.get(__name__)


class NotStamped(Exception):
    """A token that says nothing about this text, or that nobody we trust signed."""


class Stamper:
    """Has heads stamped, in the process whose sequencer signs them."""

    def __init__(self, database: Database, url: str, roots: Sequence[x509.Certificate], every: float) -> None:
        """`roots`: of the authority; none: a token's signature is left to be checked by its readers. `every`: seconds."""
        self._database = database
        self._url = url
        self._roots = roots
        self._every = timedelta(seconds=every)

    async def run(self, sequencer: Sequencer) -> None:
        """Stamp until cancelled; the longer the authority does not answer, the rarer it is asked."""
        rest = _LOOK_SECONDS
        async with httpx.AsyncClient(timeout=20) as http:
            while True:
                try:
                    if sequencer.is_writing:
                        await self.turn(http, datetime.now(UTC))
                    rest = _LOOK_SECONDS
                except (Unavailable, TemporaryFailure, NotStamped) as error:
                    rest = min(rest * 2, _REST_AT_MOST_SECONDS)
                    _logger.warning("stamp.waits", reason=str(error), seconds=rest)
                await asyncio.sleep(rest)

    async def turn(self, http: httpx.AsyncClient, now: datetime) -> int | None:
        """Stamp the newest head if it is time; answers its size. `TemporaryFailure`: the authority does not answer."""
        async with self._database.read() as conn:
            newest = await leaves.newest_head(conn)
            last = await leaves.newest_head(conn, stamped=True)
        if newest is None or newest.token is not None:
            return None
        if last and now - last.at < self._every and newest.size - last.size < _LEAVES:
            return None
        token, at = await self._ask(http, newest.head.encode())
        async with self._database.write() as conn:
            await leaves.stamp(conn, newest.size, token, at)
        return newest.size

    async def _ask(self, http: httpx.AsyncClient, text: bytes) -> tuple[bytes, datetime]:
        request = TimestampRequestBuilder().data(text).hash_algorithm(HashAlgorithm.SHA512).build()
        try:
            answer = await http.post(self._url, content=request.as_bytes(), headers={"Content-Type": _QUERY})
            answer.raise_for_status()
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            message = f"the time-stamp authority does not answer: {type(error).__name__} {error}"
            raise TemporaryFailure(message) from error
        if len(answer.content) > _TOKEN_AT_MOST:
            message = "the authority's answer is too long for a token"
            raise NotStamped(message)
        at = check(answer.content, text, self._roots, nonce=request.nonce)
        return answer.content, at


def check(token: bytes, text: bytes, roots: Sequence[x509.Certificate], nonce: int | None = None) -> datetime:
    """The time at which `text` existed, as this RFC 3161 response says; `NotStamped` when it does not.

    Without roots nobody has checked who says so.
    """
    try:
        response = decode_timestamp_response(token)
        if roots:
            builder = VerifierBuilder(roots=list(roots), nonce=nonce)
            builder.build().verify_message(response, text)
        else:
            _check_content(response, text, nonce)
        return response.tst_info.gen_time.astimezone(UTC)
    except VerificationError as error:
        raise NotStamped(str(error)) from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        message = f"not a time-stamp: {error}"
        raise NotStamped(message) from error


def _check_content(response: TimeStampResponse, text: bytes, nonce: int | None) -> None:
    if response.status != 0:
        message = f"the authority refused: {' '.join(response.status_string) or response.status}"
        raise NotStamped(message)
    said = response.tst_info
    if said.message_imprint.message != sha512(text).digest() or (nonce is not None and said.nonce != nonce):
        message = "the token is about something else"
        raise NotStamped(message)


def read_roots(path: Path | None) -> list[x509.Certificate]:
    """The certificates of a PEM file; none when there is no file. `ValueError`, `OSError` say what is wrong with it."""
    return x509.load_pem_x509_certificates(path.read_bytes()) if path else []
