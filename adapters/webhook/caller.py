"""The webhook adapter: one signed POST, and what its answer means."""

import asyncio
import os
import ssl
import time
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from http.cookiejar import CookieJar, DefaultCookiePolicy
from typing import Final, NoReturn

import httpcore
import httpx

from adapters.webhook.dialing import Dialer, Resolve, Transport, authorities, resolve
from adapters.webhook.message import News, headers, payload, secret_faults, signed
from hub.adapter import Handover, Pair, Parcel
from hub.domain import endpoint
from hub.errors import PermanentFailure, TemporaryFailure

_READ_AT_MOST: Final = 8 * 1024  # bytes of an answer, read only so that its connection can be used again
_GONE: Final = 410
_BUSY: Final = frozenset({429, 503})
_WORDS_AT_MOST: Final = 200  # characters of a Retry-After worth looking at


class Webhook:
    """Calls agencies' webhooks. Settings of an agency: `url`, and `secret` (several, spaced, while one is replaced)."""

    name = "webhook"

    def __init__(  # noqa: PLR0913 - all but the first are for tests and unusual networks
        self,
        *,
        allow_private: bool = False,
        connect_within: float = 5.0,
        answer_within: float = 10.0,
        trust: ssl.SSLContext | None = None,
        resolve: Resolve = resolve,
        network: httpcore.AsyncNetworkBackend | None = None,
        now: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """`allow_private` also allows plain HTTP, loopback and private addresses, for test installations.

        `connect_within` and `answer_within` are seconds; together they bound the whole call, whatever drips in.
        `trust`: the certificate authorities believed; the system's when not given.
        """
        self._allow_private = allow_private
        self._within = connect_within + answer_within
        self._now = now
        dialer = Dialer(resolve, network or httpcore.AnyIOBackend(), allow_private=allow_private)
        self._client = httpx.AsyncClient(
            transport=Transport(dialer, trust or authorities()),
            timeout=httpx.Timeout(answer_within, connect=connect_within, pool=connect_within),
            follow_redirects=False,
            trust_env=False,  # nothing in the environment has a say in where a call goes
            cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),  # nothing of one agency's answer is kept
            headers={"user-agent": "truc-webhook/1", "accept": "*/*", "accept-encoding": "identity"},
        )

    def check(self, config: dict[str, str]) -> list[Pair]:
        """Say what is wrong with `url` and `secret`. Where the name leads is judged at each call, not here."""
        return self._url_faults(config.get("url", "")) + secret_faults(config.get("secret", ""))

    async def hand_over(self, parcel: Parcel) -> Handover:
        """Call once; a 2xx means that the agency knows, and will fetch. 410 is its way of saying never again."""
        self._refuse_unusable(parcel.config)
        body = payload(parcel)
        said = headers(parcel, body, parcel.config["secret"].split(), self._now())
        return await self._call(parcel.config["url"], body, said)

    async def tell(self, config: dict[str, str], news: News) -> Handover:
        """Call once with news that is no parcel, by the same rules."""
        self._refuse_unusable(config)
        return await self._call(config["url"], news.body, signed(news, config["secret"].split(), self._now()))

    def _refuse_unusable(self, config: dict[str, str]) -> None:
        if faults := self.check(config):
            raise PermanentFailure("the webhook's settings are unusable: " + " ".join(en for _, en in faults))

    async def _call(self, url: str, body: bytes, headers: dict[str, str]) -> Handover:
        status, retry_after = 0, ""
        started = time.perf_counter()
        try:
            async with (
                asyncio.timeout(self._within),
                self._client.stream("POST", url, content=body, headers=headers) as answer,
            ):
                status, retry_after = answer.status_code, answer.headers.get("retry-after", "")
                await _read_a_little(answer)
        except (TimeoutError, httpx.HTTPError) as error:
            if not status:  # once the status is here, a body that breaks off changes nothing
                _fail(error)
        took = f"{status} in {(time.perf_counter() - started) * 1000:.0f} ms"
        if httpx.codes.is_success(status):
            return Handover(took)
        if status == _GONE:
            raise PermanentFailure(f"{took}: the endpoint says it is gone for good")
        if httpx.codes.is_redirect(status):
            raise TemporaryFailure(f"{took}: redirects are not followed")
        raise TemporaryFailure(took, self._seconds(retry_after) if status in _BUSY else None)

    async def close(self) -> None:
        """Close the connections that are kept open; a second time does nothing."""
        await self._client.aclose()

    def _url_faults(self, text: str) -> list[Pair]:
        if not text:
            return [("Thiếu thiết lập `url`.", "The setting `url` is missing.")]
        try:
            url = httpx.URL(text)
            host = url.raw_host.decode("ascii")
        except (httpx.InvalidURL, UnicodeError):
            return [("Thiết lập `url` không phải URL.", "The setting `url` is not a URL.")]
        return endpoint.faults(
            url.scheme, host, url.port, has_credentials=bool(url.userinfo), allow_private=self._allow_private
        )

    def _seconds(self, retry_after: str) -> float | None:
        """Read a Retry-After: seconds, or a date (RFC 9110 §10.2.3); None when it says nothing usable."""
        text = retry_after.strip()[:_WORDS_AT_MOST]
        if text.isascii() and text.isdigit():
            return float(text)
        try:
            at = parsedate_to_datetime(text)
        except ValueError:
            return None
        return max((at.replace(tzinfo=at.tzinfo or UTC) - self._now()).total_seconds(), 0.0)


async def _read_a_little(answer: httpx.Response) -> None:
    size = 0
    async for piece in answer.aiter_raw():
        size += len(piece)
        if size > _READ_AT_MOST:
            return


def _fail(error: Exception) -> NoReturn:
    """Say in a few words why no answer came; never the URL's path or query, where some keep a token."""
    if isinstance(error, TimeoutError | httpx.TimeoutException):
        raise TemporaryFailure("no answer in time") from error
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            raise TemporaryFailure(f"its certificate is not believed: {cause.verify_message}") from error
        if isinstance(cause, ssl.SSLError):
            raise TemporaryFailure("the TLS handshake failed") from error
        if isinstance(cause, OSError) and cause.errno:
            raise TemporaryFailure(f"no connection: {os.strerror(cause.errno)}") from error
        cause = cause.__cause__ or cause.__context__
    raise TemporaryFailure(f"no usable answer: {type(error).__name__}") from error
