"""Bytes that come in pieces on the event loop, for work that is done in a thread: neither ever holds more than a piece."""

import asyncio
from collections.abc import AsyncIterator, Iterator


def pulled(pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """Take the pieces of `loop` in another thread, each when it is asked for; raises what they raise.

    Never in the loop's own thread: it would wait for itself.
    """

    async def step() -> bytes | None:
        return await anext(pieces, None)

    while (piece := asyncio.run_coroutine_threadsafe(step(), loop).result()) is not None:
        yield piece
