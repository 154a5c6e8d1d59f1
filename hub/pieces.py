"""Bytes that come in pieces, and what is done with them so that nobody ever holds more than a piece."""

import asyncio
import base64
from collections.abc import AsyncIterator, Iterator


def pulled(pieces: AsyncIterator[bytes], loop: asyncio.AbstractEventLoop) -> Iterator[bytes]:
    """Take the pieces of `loop` in another thread, each when it is asked for; raises what they raise.

    Never in the loop's own thread: it would wait for itself.
    """

    async def step() -> bytes | None:
        return await anext(pieces, None)

    while (piece := asyncio.run_coroutine_threadsafe(step(), loop).result()) is not None:
        yield piece


async def in_base64(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The base64 of the whole (RFC 4648 §4): each piece is encoded as far as whole triples reach."""
    rest = b""
    async for piece in pieces:
        content = rest + piece
        whole = len(content) - len(content) % 3
        rest = content[whole:]
        yield base64.b64encode(content[:whole])
    yield base64.b64encode(rest)


async def begun(pieces: AsyncIterator[bytes]) -> AsyncIterator[bytes]:
    """The same pieces, once the first is there: what is wrong at once is raised here, where it can still be answered."""
    first = await anext(pieces, b"")

    async def all_of_them() -> AsyncIterator[bytes]:
        yield first
        async for piece in pieces:
            yield piece

    return all_of_them()
