"""A TCP proxy that a test holds in its hand: it cuts, slows and holds back what goes through it."""

import asyncio
from contextlib import suppress
from typing import Final

_PIECE: Final = 65_536


class Proxy:
    """Leads from a port of its own to `target` (a port of 127.0.0.1), for better or worse."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.port = 0
        self.delay = 0.0  # seconds before each piece goes on
        self.piece = _PIECE  # bytes a piece
        self.held = 0  # pieces of answers held back so far
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()
        self._conversations: set[asyncio.Task[None]] = set()
        self._answers = asyncio.Event()
        self._answers.set()

    async def start(self, port: int = 0) -> "Proxy":
        self._server = await asyncio.start_server(self._take, "127.0.0.1", port)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    def cut(self) -> int:
        """Break every connection off, as a cable would; answers how many."""
        writers, self._writers = self._writers, set()
        for writer in writers:
            if transport := writer.transport:
                transport.abort()
        return len(writers)

    def hold_answers(self) -> None:
        """From now on nothing comes back; what is asked still goes through."""
        self._answers.clear()

    def let_answers_go(self) -> None:
        self._answers.set()

    async def stop(self) -> None:
        self.let_answers_go()
        if self._server:
            self._server.close()
        self.cut()
        if self._conversations:
            await asyncio.wait(self._conversations, timeout=5)

    def _take(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.create_task(self._serve(reader, writer))
        self._conversations.add(task)
        task.add_done_callback(self._conversations.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            there, away = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = {writer, away}
        self._writers |= both
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._pump(reader, away, are_answers=False))
                group.create_task(self._pump(there, writer, are_answers=True))
        except* (OSError, asyncio.IncompleteReadError):
            pass
        finally:
            self._writers -= both
            for one in both:
                with suppress(Exception):
                    one.transport.abort()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, are_answers: bool) -> None:
        while data := await reader.read(self.piece):
            if self.delay:
                await asyncio.sleep(self.delay)
            if are_answers and not self._answers.is_set():
                self.held += 1
                await self._answers.wait()
            writer.write(data)
            await writer.drain()
        if writer.can_write_eof():
            writer.write_eof()
