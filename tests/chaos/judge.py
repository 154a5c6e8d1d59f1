"""The offices' books against the database: is everything there, everywhere it should be, once, in order, unchanged?

Each finding begins with the invariant it breaks: I1 … I12 are those of docs/explanation/nothing-lost.md.
"""

import random
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from typing import Any, Final

import asyncpg
import httpx

from hub import ledger, watch
from hub.domain.delivery import TABLE, State
from hub.store.database import Database
from hub.store.road.originals import FolderStore
from hub.store.watching import ledger_view
from tests.chaos.machine import Machine
from tests.chaos.people import Books, Town
from tests.offices import XML
from tests.parts import postgres

_ARRIVED: Final = ("available", "delivered")
_THERE: Final = {State.AVAILABLE, State.DELIVERED, State.COLLECTED, State.CONFIRMED, State.WITHDRAWN}


@dataclass(slots=True)
class Verdict:
    """What came of a run."""

    seed: int
    accepted: int = 0
    deliveries: int = 0
    kills: int = 0
    troubles: Counter[str] = field(default_factory=Counter)
    unknown: int = 0
    asked_again: int = 0
    lost: list[str] = field(default_factory=list)
    doubles: list[str] = field(default_factory=list)
    undelivered: list[str] = field(default_factory=list)
    broken: list[str] = field(default_factory=list)  # any other invariant
    drained_in: float = 0.0
    ended: list[str] = field(default_factory=list)  # last words of processes that ended by themselves

    @property
    def is_clean(self) -> bool:
        return not (self.lost or self.doubles or self.undelivered or self.broken)

    def told(self) -> str:
        """The figures in a few lines, and the first findings of each kind."""
        lines = [
            (
                f"seed {self.seed}: {self.kills} kills, {sum(self.troubles.values())} troubles, {self.accepted} envelopes "
                f"accepted, {self.deliveries} deliveries"
            ),
            f"unanswered questions {self.unknown}, asked to come again {self.asked_again}, drained in {self.drained_in:.0f} s",
            f"ended by themselves and started again: {len(self.ended)}",
            "  ".join(f"{name}: {count}" for name, count in sorted(self.troubles.items())),
            (
                f"LOST {len(self.lost)}  DOUBLE {len(self.doubles)}  UNDELIVERED {len(self.undelivered)}  "
                f"OTHER {len(self.broken)}"
            ),
        ]
        for findings in (self.lost, self.doubles, self.undelivered, self.broken):
            lines += [f"  {one}" for one in findings[:12]]
        lines += [f"  ended: {one}" for one in self.ended[:6]]
        return "\n".join(lines)


async def judge(machine: Machine, town: Town, verdict: Verdict, random_: random.Random, resend: int) -> Verdict:
    """Compare everything; the machine is whole again and has been given time to drain."""
    books = town.books
    verdict.unknown, verdict.asked_again = books.unknown, books.asked_again
    verdict.broken += books.odd
    verdict.doubles += books.doubles
    conn = await asyncpg.connect(machine.dsn)
    try:
        await documents(conn, books, verdict)
        await _deliveries(conn, books, town, verdict)
        await arrivals(conn, verdict)
        await _originals(conn, machine, verdict)
        await _order(conn, books, verdict)
        await _reports(conn, books, verdict)
        await _nothing_of_the_refused(conn, books, verdict)
        if waiting := await conn.fetchval("SELECT count(*) FROM outbox"):
            verdict.broken.append(f"I8 the outbox holds {waiting} notes")
    finally:
        await conn.close()
    await _receipts(town, verdict, random_, resend)
    await _feeds(town, verdict)
    await _ledger(machine, books, verdict)
    return verdict


async def documents(conn: Any, books: Books, verdict: Verdict) -> None:
    rows = await conn.fetch("SELECT id::text, sender, document_id, kind, sha256, receipt FROM envelope")
    there = {row["id"]: row for row in rows}
    verdict.accepted = len(rows)
    for identity, sent in books.sent.items():
        row = there.get(identity)
        if row is None or row["sha256"] != sha256(sent.body).hexdigest():
            verdict.lost.append(f"I1 {identity} of {sent.answer['sender']} has a receipt and no envelope")
        elif row["receipt"] != sent.receipt:
            verdict.broken.append(f"I1 {identity} has another receipt than the one that was given")
    names = Counter((r["sender"], r["document_id"], r["kind"]) for r in rows if r["kind"] != "status")
    verdict.doubles += [f"I1 {name} was accepted {count} times" for name, count in names.items() if count > 1]
    unknown = [r for r in rows if r["kind"] != "status" and r["id"] not in books.sent]
    verdict.broken += [f"I2 {r['id']} is there and its sender has no receipt" for r in unknown]


async def _deliveries(conn: Any, books: Books, town: Town, verdict: Verdict) -> None:
    rows = await conn.fetch("SELECT envelope_id::text AS e, recipient AS r, state, kind, version FROM delivery")
    verdict.deliveries = len(rows)
    states = {(row["e"], row["r"]): row["state"] for row in rows}
    _promised_ones(states, books, verdict)
    _arrived(states, books, town, verdict)
    if len(states) != len(rows):
        verdict.broken.append("I10 two deliveries of one envelope for one recipient")
    verdict.broken += [f"I10 no such state: {s}" for s in set(states.values()) - set(TABLE)]


def _promised_ones(states: dict[tuple[str, str], str], books: Books, verdict: Verdict) -> None:
    """Each delivery that a receipt promises is there."""
    recalled = {sent.recalls for sent in books.sent.values()}
    for identity, sent in books.sent.items():
        for delivery in sent.answer["deliveries"]:
            state = states.get((identity, delivery["recipient"]))
            if state is None:
                verdict.lost.append(f"I3 {identity} has no delivery for {delivery['recipient']}")
            elif state == State.WITHDRAWN and identity not in recalled:
                verdict.broken.append(f"I4 {identity} was withdrawn and nobody recalled it")


def _arrived(states: dict[tuple[str, str], str], books: Books, town: Town, verdict: Verdict) -> None:
    """Each delivery came to where it was to go, and to its office once."""
    pull = {office.code for office in (*town.pullers, *town.senders)}
    recalls = {identity: sent.recalls for identity, sent in books.sent.items() if sent.recalls}
    taken = {(envelope, code) for code, some in books.taken.items() for envelope in some}
    for (envelope, code), state in states.items():
        if state not in _THERE:
            verdict.undelivered.append(f"I4 {envelope} for {code} is {state}")
        elif states.get((recalls.get(envelope, ""), code)) == State.WITHDRAWN:
            continue  # the hub took the document back before it was fetched, and answered the recall itself
        elif code in pull and state != State.WITHDRAWN and (envelope, code) not in taken:
            verdict.undelivered.append(f"I4 {envelope} is {state}, and {code} never got it")
    for code, some in books.taken.items():
        twice = [envelope for envelope, count in Counter(some).items() if count > 1]
        verdict.doubles += [f"I3 {code} took {envelope} in more than once" for envelope in twice]


async def arrivals(conn: Any, verdict: Verdict) -> None:
    """A delivery arrives once, and nothing its channel says afterwards changes that."""
    rows = await conn.fetch(
        "SELECT envelope_id::text AS e, recipient AS r, array_agg(what ORDER BY seq) AS whats FROM event "
        "WHERE recipient IS NOT NULL GROUP BY 1, 2"
    )
    for row in rows:
        arrivals = [n for n, what in enumerate(row["whats"]) if what in _ARRIVED]
        if len(arrivals) > 1:
            verdict.doubles.append(f"I3 {row['e']} arrived {len(arrivals)} times at {row['r']}: {row['whats']}")
        elif arrivals and {"failed", "dead"} & set(row["whats"][arrivals[0] :]):
            verdict.broken.append(f"I3 {row['e']} failed at {row['r']} after it had arrived: {row['whats']}")


async def _originals(conn: Any, machine: Machine, verdict: Verdict) -> None:
    folder = machine.disk.folder
    named = set()
    query = "SELECT e.id::text, e.sha256, o.body, o.digest FROM envelope e LEFT JOIN original o ON o.envelope_id = e.id"
    async with conn.transaction():
        async for row in conn.cursor(query):
            digest = row["digest"]
            path = folder / digest[:2] / digest[2:4] / digest if digest else None
            body = path.read_bytes() if path and path.exists() else row["body"]
            if digest:
                named.add(digest)
            if body is None:
                verdict.lost.append(f"I9 the original of {row['id']} is not there")
            elif sha256(body).hexdigest() != row["sha256"]:
                verdict.broken.append(f"I5 the original of {row['id']} has other bytes")
    database = Database(postgres.url_of(machine.dsn, "postgres"))
    try:
        await watch.sweep(database, FolderStore(folder), datetime.now(UTC) + timedelta(hours=2))
    finally:
        await database.close()
    left = {p.name for p in folder.glob("??/??/*") if len(p.name) == 64}
    if left != named:
        verdict.broken.append(f"I9 {len(left - named)} orphans after the sweep, {len(named - left)} originals missing")


async def _order(conn: Any, books: Books, verdict: Verdict) -> None:
    """Each list that an inbox gave: the most urgent first, then the oldest."""
    rows = await conn.fetch("SELECT id::text, rank, created_at FROM delivery")
    place = {row["id"]: (row["rank"], row["created_at"], row["id"]) for row in rows}
    for listing in books.listings:
        places = [place[identity] for identity in listing if identity in place]
        if places != sorted(places):
            verdict.broken.append(f"I3 an inbox was listed out of order: {listing[:5]} …")


async def _reports(conn: Any, books: Books, verdict: Verdict) -> None:
    rows = await conn.fetch("SELECT envelope_id::text, sender, code, count(*) FROM report GROUP BY 1, 2, 3")
    kept = {(r["envelope_id"], r["sender"], r["code"]): r["count"] for r in rows}
    for said in books.reported:
        if said not in kept:
            verdict.lost.append(f"I1 the report {said} was accepted and is not there")
    said = Counter(books.reported)
    by_offices = {key: count for key, count in kept.items() if key[2] == "01"}
    verdict.doubles += [
        f"I1 the report {key} is there {n} times" for key, n in by_offices.items() if n > max(1, said[key])
    ]


async def _nothing_of_the_refused(conn: Any, books: Books, verdict: Verdict) -> None:
    digests = [sha256(body).hexdigest() for body in books.refused]
    if found := await conn.fetchval("SELECT count(*) FROM envelope WHERE sha256 = any($1::text[])", digests):
        verdict.broken.append(f"I11 {found} refused documents left an envelope")


async def _receipts(town: Town, verdict: Verdict, random_: random.Random, resend: int) -> None:
    """The same bytes again: the same receipt, byte for byte."""
    senders = {office.code: office for office in town.senders}
    sent = sorted(town.books.sent.items())
    async with httpx.AsyncClient(base_url=town.urls[0], timeout=30, trust_env=False) as http:
        for identity, one in random_.sample(sent, min(resend, len(sent))):
            headers = {**XML, "Authorization": f"Bearer {senders[one.answer['sender']].key}"}
            answer = await http.post("/v1/envelopes", content=one.body, headers=headers)
            if answer.status_code != 200 or answer.json()["receipt"]["jws"] != one.receipt:
                verdict.broken.append(f"I1 {identity} sent again: {answer.status_code}, not the receipt of before")


async def _feeds(town: Town, verdict: Verdict) -> None:
    """What was read piece by piece while it was written is what is there at the end."""
    async with httpx.AsyncClient(base_url=town.urls[0], timeout=30, trust_env=False) as http:
        for office in town.senders:
            read = town.books.feeds.get(office.code)
            if read is None:
                continue
            whole: list[Any] = []
            place = ""
            headers = {"Authorization": f"Bearer {office.key}"}
            while True:
                query = {"after": place, "limit": 1000}
                page = (await http.get("/v1/status", params=query, headers=headers)).json()
                if not page["items"]:
                    break
                whole += page["items"]
                place = page["next"]
            if read != whole[: len(read)] or len(read) < len(whole) - _still_coming(whole, len(read)):
                verdict.broken.append(f"I3 the feed of {office.code} was read with {len(read)} of {len(whole)} events")


def _still_coming(whole: list[Any], read: int) -> int:
    """Events after the reader had stopped: those of the last moments are nobody's fault."""
    return len(whole) - read


async def _ledger(machine: Machine, books: Books, verdict: Verdict) -> None:
    """The hub's own books against the offices'."""
    database = Database(postgres.url_of(machine.dsn, "postgres"))
    now = datetime.now(UTC)
    try:
        await ledger.keep(database, now, after=-timedelta(hours=2))  # some gateway's clock was an hour fast
        await ledger.recount(database, now - timedelta(days=1), now + timedelta(days=1))
        async with database.read() as conn:
            odd = await ledger_view.unbalanced(conn)
            senders = {sent.answer["sender"] for sent in books.sent.values()}
            for code in senders:
                sums = await ledger_view.totals(conn, ledger_view.Wanted("sent", code))
                promised = _promised(books.sent.values(), code)
                if sums["accepted"] != promised:
                    verdict.broken.append(f"I10 the ledger has {sums['accepted']} of {code}, its own books {promised}")
    finally:
        await database.close()
    verdict.broken += [f"I10 the ledger does not balance: {row}" for row in odd]


def _promised(sent: Iterable[Any], code: str) -> int:
    return sum(
        sum(d["state"] != "DEAD" for d in one.answer["deliveries"]) for one in sent if one.answer["sender"] == code
    )
