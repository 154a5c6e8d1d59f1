"""How long the questions of the API and the console take on full books, and what the database does for each."""

import argparse
import statistics
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import httpx
from sqlalchemy import event

from hub import say
from hub.bench import asking, filling, plans
from hub.bench.alerts import fresh_database
from hub.bench.asking import Question
from hub.bench.filling import Filled
from hub.bench.laying import LARGE
from hub.console import pages
from hub.console.places import place_of
from hub.console.remembered import Remembered
from hub.domain.deadline import LOCAL
from hub.domain.ids import new_id
from hub.gateway import cursors
from hub.gateway.app import Gateway
from hub.settings import Settings
from hub.store.migrate import migrate
from hub.wiring import Hub, build

TARGET_MS: Final = {"postgresql": 100, "sqlite": 300}
"""The p95 that a page has to keep."""
_LONGEST_SECONDS: Final = 2.0  # spent on one question


class Unanswered(Exception):
    """A question was not answered with 200, so nothing is known of what it costs."""


@dataclass(slots=True)
class House:
    """A hub with full books in this process, and a way to ask it that tells what the database was asked."""

    hub: Hub
    app: Gateway
    filled: Filled
    asked: list[tuple[str, Any]] = field(default_factory=list)
    in_database: float = 0.0
    _begun: float = 0.0

    async def ask(self, http: httpx.AsyncClient, question: Question) -> float:
        """Ask once, with nothing remembered from before; answers the seconds."""
        self.app.api.state.console.remembered = Remembered()
        self.asked.clear()
        self.in_database = 0.0
        if question.agency:
            headers = {"Authorization": f"Bearer {self.filled.keys[question.agency]}"}
        else:
            cookie, token = self.filled.cookies[question.who], self.filled.tokens[question.who]
            headers = {"Authorization": f"Bearer {token}"} if "/v1/" in question.path else {}
            headers |= {"Cookie": f"truc_session={cookie}"}
        started = time.perf_counter()
        answer = await http.get(_path(question.path), headers=headers)
        spent = time.perf_counter() - started
        if answer.status_code != 200:
            raise Unanswered(f"{question.key}: {question.path} was answered with {answer.status_code}")
        return spent

    def listen(self) -> None:
        """Note every statement of this hub from now on, and the time each takes."""
        for engine in {self.hub.database._writer.sync_engine, self.hub.database._reader.sync_engine}:  # noqa: SLF001
            event.listen(engine, "before_cursor_execute", self._before)
            event.listen(engine, "after_cursor_execute", self._after)

    def _before(self, _conn: Any, _cursor: Any, statement: str, given: Any, *_: Any) -> None:
        self.asked.append((statement, given))
        self._begun = time.perf_counter()

    def _after(self, *_: Any) -> None:
        self.in_database += time.perf_counter() - self._begun


def _path(path: str) -> str:
    now = datetime.now(UTC)
    month_ago = now - timedelta(days=30)
    return path.format(
        middle=cursors.pack(0, 1_000),
        page=place_of(month_ago, new_id()),
        month_ago=f"{month_ago.astimezone(LOCAL):%Y-%m-%dT%H:%M}",
        period=f"{(now - timedelta(days=32)).astimezone(LOCAL):%Y-%m}",
    )


@asynccontextmanager
async def house(url: str, home: Path, documents: int) -> AsyncIterator[House]:
    """A hub with books of so many documents at a fresh database."""
    await migrate(url)
    hub = build(Settings(home=home, database_url=url, rate_per_second=0))
    app = Gateway(hub)
    pages.mount(app.api, hub)
    await hub.start()
    try:
        made = House(hub, app, await filling.fill(hub, documents))
        made.listen()
        yield made
    finally:
        await hub.stop()


async def queries(options: argparse.Namespace) -> dict[str, Any]:
    """Fill a database with `--rows` documents (several sizes in turn) and ask everything; SQLite, or with `--postgres` that."""
    report: dict[str, Any] = {}
    for rows in options.rows:
        if not options.postgres:
            with TemporaryDirectory(prefix="truc-bench-") as home:
                url = f"sqlite+aiosqlite:///{Path(home) / 'truc.sqlite3'}"
                report[f"sqlite {rows}"] = await _measured(url, Path(home), rows, options)
        else:
            async with fresh_database(options.postgres) as url:
                with TemporaryDirectory(prefix="truc-bench-") as home:
                    report[f"postgresql {rows}"] = await _measured(url, Path(home), rows, options)
    return report


async def _measured(url: str, home: Path, rows: int, options: argparse.Namespace) -> dict[str, Any]:
    say.note(f"  laying the books of {rows:,} documents")
    started = time.perf_counter()
    async with house(url, home, rows) as made:
        filled = time.perf_counter() - started
        found: dict[str, Any] = {"documents": rows, "filled_seconds": round(filled, 1)}
        http = httpx.AsyncClient(
            transport=httpx.ASGITransport(made.app, raise_app_exceptions=False), base_url="http://hub", timeout=600
        )
        target = TARGET_MS["sqlite" if url.startswith("sqlite") else "postgresql"]
        async with http:
            each, unanswered, whole = {}, [], list[float]()
            for q in asking.questions(made.filled):
                if options.only not in q.key:
                    continue
                say.note(f"  {rows:,} documents: {q.key}")
                try:
                    each[q.key], times = await _question(made, http, q, target, options.times)
                    whole += times
                except Unanswered as trouble:
                    unanswered.append(str(trouble))
        found["unanswered"] = unanswered
        found["p95_ms_of_all"] = round(_p95(whole) * 1000, 1)
        found["missed"] = [key for key, told in each.items() if told["missed"]]
        found["walked"] = {key: told["walks"] for key, told in each.items() if told["walks"]}
        return found | {"questions": each}


def _p95(values: list[float]) -> float:
    """What nineteen in twenty of them stay below."""
    ordered = sorted(values)
    return ordered[min(int(len(ordered) * 0.95), len(ordered) - 1)] if ordered else 0.0


async def _question(
    made: House, http: httpx.AsyncClient, question: Question, target: float, most: int
) -> tuple[dict[str, Any], list[float]]:
    await made.ask(http, question)
    plan = await plans.explain(made.hub.database.url, made.asked, LARGE)
    times, inside = [], []
    until = time.perf_counter() + _LONGEST_SECONDS
    for _ in range(1 if question.once else most):
        times.append(await made.ask(http, question))
        inside.append(made.in_database)
        if time.perf_counter() > until:
            break
    p95 = _p95(times) * 1000
    return {
        "p50_ms": round(statistics.median(times) * 1000, 1),
        "p95_ms": round(p95, 1),
        "max_ms": round(max(times) * 1000, 1),
        "database_ms": round(statistics.median(inside) * 1000, 1),
        "statements": len(plan),
        "looked_at": sum(each.looked_at for each in plan),
        "walks": sorted({table for each in plan for table in each.walked}),
        "missed": p95 > target and not question.once,
    }, times
