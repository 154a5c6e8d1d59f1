"""Long polling: look, and if there is nothing wait for the bell, not for the clock."""

import asyncio
from collections.abc import Awaitable, Callable, Iterable
from typing import Final, TypeVar

from fastapi import Request

from hub.errors import TooMany
from hub.store.bell import Bell

WAIT_AT_MOST: Final = 60.0  # seconds; proxies give up soon after
_HANGUP_CHECK: Final = 5.0  # seconds between two looks whether the caller is still there
_AT_ONCE: Final = 100  # requests of one agency that wait in this process: each looks again at every ring
T = TypeVar("T")


def refuse_more(bell: Bell, key: str) -> None:
    """Raise `TooMany` when as many wait for `key` already as may: one or two are enough to miss nothing."""
    if bell.waiters(key) >= _AT_ONCE:
        message = "too many wait already"
        raise TooMany(message, retry_after=5, code="too-many-waiting")


async def until_there_is(
    request: Request, bell: Bell, keys: Iterable[str], seconds: float, look: Callable[[], Awaitable[list[T]]]
) -> list[T]:
    """What `look` finds, waiting up to `seconds` for something to be found whenever one of `keys` rings."""
    if seconds <= 0:
        return await look()
    loop = asyncio.get_running_loop()
    ends = loop.time() + min(seconds, WAIT_AT_MOST)
    async with bell.waiting(*keys) as rung:
        while True:
            rung.clear()
            found = await look()
            left = ends - loop.time()
            if found or left <= 0 or bell.is_closing:
                return found
            try:
                async with asyncio.timeout(min(left, _HANGUP_CHECK)):
                    await rung.wait()
            except TimeoutError:
                if await request.is_disconnected():
                    return []
                if loop.time() >= ends:
                    return await look()
