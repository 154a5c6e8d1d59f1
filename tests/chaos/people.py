"""Office systems as they are: each sends until it has a receipt, confirms until it is told so, and keeps its own books."""

import asyncio
import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from hashlib import sha256
from typing import Any, Final

import httpx

from hub.domain.envelope import Envelope, Kind
from tests.offices import XML, Office, document

PATIENCE: Final = 8.0  # seconds an office waits for an answer before it asks again
_REST: Final = 0.1
_PROMISED: Final = frozenset({408, 429, 500, 502, 503, 504, 507})  # "nothing was taken: come again"
_LARGE: Final = b"%PDF-1.4\n" + b"0123456789abcdef" * 2500  # beyond the inline limit of the runs


@dataclass(slots=True)
class Sent:
    """A document the office has a receipt for."""

    body: bytes
    answer: dict[str, Any]
    recalls: str = ""  # the id of the envelope that this one takes back

    @property
    def receipt(self) -> str:
        return str(self.answer["receipt"]["jws"])


@dataclass(slots=True)
class Books:
    """What the offices know for sure, and what was odd. Everything in here was told to them by the hub."""

    sent: dict[str, Sent] = field(default_factory=dict)  # by the envelope's id
    refused: list[bytes] = field(default_factory=list)
    taken: dict[str, list[str]] = field(default_factory=dict)  # recipient -> envelope ids, as they were confirmed
    reported: list[tuple[str, str, str]] = field(default_factory=list)  # envelope id, recipient, code
    listings: list[list[str]] = field(default_factory=list)  # delivery ids, as an inbox listed them
    feeds: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    unknown: int = 0  # questions whose answer never came
    asked_again: int = 0
    odd: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)


class Line:
    """An office's way to the hub: one gateway after the other, as a balancer has it, so that none that died stays without."""

    def __init__(self, urls: list[str], books: Books) -> None:
        self._clients = [httpx.AsyncClient(base_url=url, timeout=PATIENCE, trust_env=False) for url in urls]
        self._turn = random.randrange(len(urls))
        self._books = books

    async def ask(self, office: Office, method: str, path: str, **content: Any) -> httpx.Response:
        """Ask until there is an answer that is not "come again"."""
        headers = {"Authorization": f"Bearer {office.key}", **content.pop("headers", {})}
        while True:
            self._turn += 1
            client = self._clients[self._turn % len(self._clients)]
            try:
                answer = await client.request(method, path, headers=headers, **content)
            except httpx.TransportError:
                self._books.unknown += 1
            else:
                if answer.status_code not in _PROMISED:
                    return answer
                self._books.asked_again += 1
            await asyncio.sleep(_REST)

    async def close(self) -> None:
        for client in self._clients:
            await client.aclose()


@dataclass(slots=True)
class Town:
    """All offices of a run."""

    senders: list[Office]
    pullers: list[Office]
    pushed: list[Office]  # by webhook
    books: Books
    urls: list[str]
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    rest: float = 0.1  # seconds between two documents of one lane
    _serial: int = 0

    def line(self) -> Line:
        """A line of its own to the hub."""
        return Line(self.urls, self.books)

    async def send(self, office: Office, random_: random.Random) -> None:
        """One lane of an office that sends."""
        line = Line(self.urls, self.books)
        mine: list[Envelope] = []
        ids: dict[str, str] = {}
        while not self.stop.is_set():
            envelope, is_bad, attachment = self._next(office, random_, mine)
            body = office.written(envelope, **attachment)
            if is_bad:
                body = body.replace("V/v rà soát".encode(), "V/v tăng lương".encode(), 1)
            answer = await line.ask(office, "POST", "/v1/envelopes", content=body, headers=XML)
            self._enter(office, envelope, body, answer, is_bad=is_bad, ids=ids)
            if envelope.kind is Kind.NEW and not is_bad:
                mine.append(envelope)
            await asyncio.sleep(self.rest * random_.random() * 2)
        await line.close()

    def _next(
        self, office: Office, random_: random.Random, mine: list[Envelope]
    ) -> tuple[Envelope, bool, dict[str, bytes]]:
        dice = random_.random()
        everybody = [*self.pullers, *self.pushed]
        if dice < 0.06 and mine:
            taken_back = mine.pop(random_.randrange(len(mine)))
            return replace(taken_back, kind=Kind.RECALL, concerns=(taken_back.document_id,)), False, {}
        codes = [o.code for o in random_.sample(everybody, random_.randint(1, min(3, len(everybody))))]
        envelope = document(office.code, codes, priority=random_.choice((0, 0, 0, 1, 3)))
        return envelope, dice > 0.96, {"attachment": _LARGE} if dice < 0.16 else {}

    def _enter(
        self,
        office: Office,
        envelope: Envelope,
        body: bytes,
        answer: httpx.Response,
        *,
        is_bad: bool,
        ids: dict[str, str],
    ) -> None:
        books = self.books
        if is_bad:
            books.refused.append(body)
            if answer.status_code != 422:
                books.odd.append(f"a forged document was answered {answer.status_code}")
            return
        if answer.status_code not in (200, 202):
            books.odd.append(f"{office.code} was answered {answer.status_code}: {answer.text[:300]}")
            return
        told = answer.json()
        if told["sha256"] != sha256(body).hexdigest():
            books.odd.append(f"a receipt for other bytes: {told['id']}")
        recalls = ids.get(envelope.document_id, "?") if envelope.kind is Kind.RECALL else ""
        if envelope.kind is Kind.NEW:
            ids[envelope.document_id] = told["id"]
        books.sent[told["id"]] = Sent(body, told, recalls)

    async def receive(self, office: Office, random_: random.Random, is_done: Callable[[], bool]) -> None:
        """An office that pulls: lists, fetches, confirms, reports. Goes on until `is_done`."""
        line = Line(self.urls, self.books)
        taken = self.books.taken.setdefault(office.code, [])
        seen: set[str] = set()
        while not is_done():
            answer = await line.ask(office, "GET", "/v1/inbox", params={"wait": 2, "limit": 200})
            items = answer.json()["items"] if answer.status_code == 200 else []
            if answer.status_code != 200:
                self.books.odd.append(f"the inbox of {office.code} answered {answer.status_code}")
            self.books.listings.append([item["delivery_id"] for item in items])
            for item in items:
                if item["delivery_id"] in seen:
                    self.books.doubles.append(
                        f"{office.code} was shown {item['envelope_id']} after it had confirmed it"
                    )
                    continue
                if await self._take(office, line, item, random_):
                    seen.add(item["delivery_id"])
                    taken.append(item["envelope_id"])
        await line.close()

    async def _take(self, office: Office, line: Line, item: Mapping[str, Any], random_: random.Random) -> bool:
        path = f"/v1/inbox/{item['delivery_id']}"
        original = await line.ask(office, "GET", path)
        if original.status_code == 409:
            return False
        if sha256(original.content).hexdigest() != item["sha256"]:
            self.books.odd.append(f"{item['envelope_id']} came with other bytes ({original.status_code})")
        confirmed = await line.ask(office, "POST", f"{path}/confirm", json={"result": "done", "reason": ""})
        if confirmed.status_code != 200:
            self.books.odd.append(f"a confirmation was answered {confirmed.status_code}: {confirmed.text[:200]}")
            return False
        if (
            not self.stop.is_set()
            and item["kind"] == "document"
            and item["envelope_kind"] == "new"
            and random_.random() < 0.2
        ):
            await self._report(office, line, item)
        return True

    async def _report(self, office: Office, line: Line, item: Mapping[str, Any]) -> None:
        said = {"sender": item["sender"], "document_id": item["document_id"], "code": "01", "description": "Đã đến"}
        key = {"Idempotency-Key": uuid.uuid4().hex}
        answer = await line.ask(office, "POST", "/v1/status-reports", json=said, headers=key)
        if answer.status_code != 202:
            self.books.odd.append(f"a report was answered {answer.status_code}: {answer.text[:200]}")
            return
        self.books.reported.append((item["envelope_id"], office.code, "01"))

    async def follow(self, office: Office, is_done: Callable[[], bool]) -> None:
        """A sender that reads its feed piece by piece, as it is written."""
        line = Line(self.urls, self.books)
        read = self.books.feeds.setdefault(office.code, [])
        place = ""
        while not is_done():
            answer = await line.ask(office, "GET", "/v1/status", params={"after": place, "wait": 2, "limit": 500})
            page = answer.json()
            read += page["items"]
            place = page["next"]
        while page := (await line.ask(office, "GET", "/v1/status", params={"after": place, "limit": 1000})).json():
            if not page["items"]:
                break
            read += page["items"]
            place = page["next"]
        await line.close()

    async def clear(self, office: Office, is_done: Callable[[], bool]) -> None:
        """A sender that takes in the reports that come back to it."""
        await self.receive(office, random.Random(0), is_done)
