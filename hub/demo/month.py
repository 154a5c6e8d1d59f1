"""A month of plausible traffic, so that every chart has something to say: written straight into the books, seeded.

Envelopes, receipts, deliveries, recalls with their answers, and alerts are made by the same rooms as ever, at times of the
past; what offices did with documents (collect, confirm, report, refuse, fail, keep silent) is written as it would have been.
"""

import hashlib
import heapq
import random
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from itertools import count
from typing import Any, Final

from sqlalchemy import bindparam, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from hub.accept import Considered
from hub.accept.change import commit_change
from hub.demo import country, refused, town, watched
from hub.demo.life import Life, Moment
from hub.demo.pki import Signer
from hub.domain import deadline
from hub.domain.agency import Agency, Level
from hub.domain.delivery import State
from hub.domain.envelope import Address, Attachment, Envelope, Kind, Staff, StatusMessage
from hub.domain.ids import new_id
from hub.domain.report import AGREED, REFUSED
from hub.domain.trust import Judgement, Verdict
from hub.store.road import accepting
from hub.store.road.accepting import NewDelivery, NewEnvelope
from hub.store.tables import delivery, event, outbox, report
from hub.wiring import Hub
from hub.xml.write import sign, write_envelope

_A_DAY: Final = 80  # documents of a working day
_GROUP: Final = 100
_HOURS: Final = ((7, 1), (8, 6), (9, 9), (10, 8), (11, 3), (13, 4), (14, 8), (15, 9), (16, 6), (17, 1))  # hour, weight
_WATCHED: Final = (time(8, 10), time(11, 20), time(14, 10), time(16, 50))
_WATCHED_OFTEN, _WATCHED_TWICE = 3, 12  # days back from now until which somebody looked so often; before, once a day
_UNSIGNED, _LATE, _DUE, _RECALLED = 0.04, 0.03, 0.12, 0.012  # shares of documents
_RECALL_ANSWERS: Final = (AGREED,) * 8 + (REFUSED, "")
_FACTS: Final = (
    "state", "attempts", "available_at", "collected_at", "confirmed_at", "result", "reason", "progress", "report_code",
    "report_at", "report_description",
)  # fmt: skip
Stop = Callable[[datetime], Awaitable[None]]


@dataclass(slots=True)
class Month:
    """The month being written. `agencies` and `signers` are in the directory already."""

    hub: Hub
    agencies: tuple[Agency, ...]
    signers: dict[str, Signer]
    rng: random.Random
    now: datetime
    _habits: dict[str, country.Habit] = field(default_factory=dict)
    _known: dict[str, dict[str, Any]] = field(default_factory=dict)  # delivery -> its facts so far
    _over: set[str] = field(default_factory=set)  # deliveries that were given back
    _moments: list[tuple[datetime, int, NewEnvelope, NewDelivery, Moment]] = field(default_factory=list)
    _stops: list[tuple[datetime, int, Stop]] = field(default_factory=list)
    _group: list[tuple[NewEnvelope, Envelope]] = field(default_factory=list)
    _counter: "count[int]" = field(default_factory=count)

    async def write(self, days: int, tell: Callable[[int, int], None]) -> int:
        """Write the traffic of the last `days` days; answers how many documents. `tell`: done, of how many."""
        times = sorted(self._times(days))
        self._habits = {agency.code: country.habit(n, agency) for n, agency in enumerate(self.agencies)}
        watch = watched.Watch(self.hub, self._habits, self.now, self.rng)
        for at in self._looks(days):
            self._stop_at(at, watch.look)
        for number, at in enumerate(times, start=1):
            await self._until(at)
            self._group.append(await self._document(number, at))
            if len(self._group) == _GROUP:
                await self._advance(at)
                tell(number, len(times))
        await self._until(self.now)
        await self._advance(self.now)
        await refused.write(self.hub.database, self.rng, self.agencies, times)
        await watch.take_on()
        await watch.asked(self.now)
        tell(len(times), len(times))
        return len(times)

    # -- when -----------------------------------------------------------------------------------------------------

    def _days(self, days: int) -> list[date]:
        today = self.now.astimezone(deadline.LOCAL).date()
        return [today - timedelta(days=back) for back in range(days, -1, -1)]

    def _times(self, days: int) -> list[datetime]:
        times = []
        for day in self._days(days):
            documents = _A_DAY if self.hub.calendars.usual.is_worked(day) else 5
            for _ in range(round(documents * self.rng.uniform(0.75, 1.25))):
                hour = self.rng.choices([h for h, _ in _HOURS], [w for _, w in _HOURS])[0]
                at = datetime(day.year, day.month, day.day, hour, tzinfo=deadline.LOCAL)
                at += timedelta(seconds=self.rng.uniform(0, 3600))
                if at < self.now:
                    times.append(at.astimezone(UTC))
        return times

    def _looks(self, days: int) -> list[datetime]:
        """When somebody looked for what is late."""
        found = []
        for back, day in enumerate(reversed(self._days(days))):
            if self.hub.calendars.usual.is_worked(day):
                hours = _WATCHED[:: 1 if back < _WATCHED_OFTEN else 2 if back < _WATCHED_TWICE else len(_WATCHED)]
                found += [datetime.combine(day, hour, deadline.LOCAL).astimezone(UTC) for hour in hours]
        return [at for at in found if at < self.now]

    def _stop_at(self, at: datetime, do: Stop) -> None:
        if at < self.now:
            heapq.heappush(self._stops, (at, next(self._counter), do))

    async def _until(self, at: datetime) -> None:
        """Let everything happen that stops the course of things before a moment."""
        while self._stops and self._stops[0][0] <= at:
            when, _, do = heapq.heappop(self._stops)
            await self._advance(when)
            await do(when)

    # -- what was sent ----------------------------------------------------------------------------------------------

    async def _document(self, number: int, at: datetime) -> tuple[NewEnvelope, Envelope]:
        rng, today = self.rng, at.astimezone(deadline.LOCAL).date()
        seniors = [a for a in self.agencies if a.level is not Level.COMMUNE]
        sender = rng.choice(seniors if rng.random() < 0.75 else self.agencies)
        made = town.draft(rng, number, today)
        envelope = replace(
            made.envelope,
            sender=Address(sender.code, sender.name),
            recipients=tuple(Address(a.code, a.name) for a in self._recipients(sender)),
            document_id=f"{sender.code},{at:%Y/%m/%d},{number}/{made.envelope.code_notation}",
            attachments=(Attachment(made.attachment[0], "1", made.attachment[1], len(made.attachment[2])),),
            promulgated_on=today - timedelta(days=rng.randint(3, 6)) if rng.random() < _LATE else today,
            due_on=today + timedelta(days=rng.randint(6, 14)) if rng.random() < _DUE else None,
        )
        is_signed = rng.random() >= _UNSIGNED
        considered = await self._considered(sender, envelope, [made.attachment], at, is_signed=is_signed)
        return considered.row, envelope

    async def _considered(
        self, sender: Agency, envelope: Envelope, files: list[Any], at: datetime, *, is_signed: bool = True
    ) -> Considered:
        signer = self.signers[sender.code]
        body = sign(write_envelope(envelope, files), signer.certificate, signer.key)
        binding = signer.binding()
        verdict = Verdict(Judgement.VALID, signer=binding.subject, fingerprint=binding.fingerprint)
        if not is_signed:
            verdict = Verdict(Judgement.ABSENT, "signature-missing")
        caller = replace(sender, signature=None, certificates=())
        sha256 = hashlib.sha256(body).hexdigest()
        return await self.hub.acceptor.consider(caller, envelope, verdict, (), body, sha256, at)

    def _recipients(self, sender: Agency) -> list[Agency]:
        """Mostly those above, below and beside; now and then everybody below."""
        rng = self.rng
        below = [a for a in self.agencies if a.code.startswith(f"{sender.code}.")]
        if below and rng.random() < 0.06:
            return below
        near = [a for a in self.agencies if a.code in (sender.parent, "G22") or a.parent == sender.code]
        everybody = [a for a in self.agencies if a.code != sender.code]
        chosen = rng.sample(near, min(len(near), 2)) + rng.sample(everybody, rng.choice((1, 1, 2, 3)))
        return list({a.code: a for a in chosen if a.code != sender.code}.values())

    def _live(self, row: NewEnvelope, target: NewDelivery, *, reports: bool = True) -> list[Moment]:
        calendar = self.hub.calendars.usual
        habit = self._habits[target.recipient]
        life = Life(row.received_at, row.priority, target.channel, habit, calendar, self.now)
        moments = list(life.moments(self.rng, reports=reports))
        for moment in moments:
            if moment.at <= self.now:
                heapq.heappush(self._moments, (moment.at, next(self._counter), row, target, moment))
        return moments

    # -- recalls ------------------------------------------------------------------------------------------------------

    def _recalled(self, row: NewEnvelope, envelope: Envelope) -> None:
        minutes = 90 * self.rng.lognormvariate(0, 0.9)
        at = deadline.after(row.received_at, timedelta(minutes=minutes), self.hub.calendars.usual)

        async def recall(now: datetime) -> None:
            asked = replace(
                envelope,
                kind=Kind.RECALL,
                concerns=(row.document_id,),
                reason="Ban hành nhầm",
                attachments=(),
                due_on=None,
            )
            sender = next(a for a in self.agencies if a.code == row.sender)
            considered = await self._considered(sender, replace(asked, promulgated_on=row.promulgated_on), [], now)
            await commit_change(self.hub.acceptor, considered, now)
            async with self.hub.database.read() as conn:
                self._over |= await _in_state(conn, row.id, State.WITHDRAWN)
                queued = await _in_state(conn, considered.row.id, State.QUEUED)
            for target in considered.row.deliveries:
                if target.id in queued:
                    moments = self._live(considered.row, target, reports=False)
                    self._answered(row, envelope, target.recipient, moments)

        self._stop_at(at, recall)

    def _answered(self, row: NewEnvelope, envelope: Envelope, recipient: str, moments: list[Moment]) -> None:
        code = self.rng.choice(_RECALL_ANSWERS)
        if not code or moments[-1].what != "confirmed":
            return
        words = "Đã hủy văn bản bị thu hồi" if code == AGREED else "Văn bản đã được xử lý, không thu hồi"
        who = next(a for a in self.agencies if a.code == recipient)
        said = StatusMessage(
            sender=Address(who.code, who.name),
            addressee=envelope.sender,
            document_id=envelope.document_id,
            document_code=envelope.code,
            promulgated_on=envelope.promulgated_on,
            code=code,
            description=words,
            staff=Staff("Văn thư", "Văn phòng"),
        )

        async def answer(now: datetime) -> None:
            made = await self.hub.acknowledger.report(who, said, Verdict(Judgement.ABSENT), (), None, now)
            if code == AGREED:
                self._over |= {target.id for target in row.deliveries if target.recipient == recipient}
            taken = {"state": State.CONFIRMED.value, "result": "done", "next_attempt_at": None}
            times = dict.fromkeys(("available_at", "collected_at", "confirmed_at"), now)
            async with self.hub.database.write() as conn:
                await conn.execute(update(delivery).where(delivery.c.envelope_id == made.id).values(**taken, **times))

        minutes = timedelta(minutes=self.rng.uniform(10, 300))
        self._stop_at(deadline.after(moments[-1].at, minutes, self.hub.calendars.usual), answer)

    # -- into the books -----------------------------------------------------------------------------------------------

    async def _advance(self, until: datetime) -> None:
        """Write what was sent, and all that has happened up to a moment."""
        if self._group:
            group, self._group = self._group, []
            await accepting.insert_alone(self.hub.database, [row for row, _ in group])
            for row, envelope in group:
                for target in row.deliveries:
                    self._live(row, target)
                if self.rng.random() < _RECALLED:
                    self._recalled(row, envelope)
        rows: dict[str, dict[str, Any]] = {}
        events: list[dict[str, Any]] = []
        reports: list[dict[str, Any]] = []
        while self._moments and self._moments[0][0] <= until:
            _, _, row, target, moment = heapq.heappop(self._moments)
            if target.id in self._over:
                continue
            facts = self._known.setdefault(target.id, {})
            facts |= moment.facts
            rows[target.id] = {f"b_{name}": facts.get(name) for name in _FACTS} | {"b_id": target.id}
            rows[target.id]["b_attempts"] = facts.get("attempts", 0)
            events.append(_event(row, target, moment))
            if moment.what == "reported":
                reports.append(_report(row, target, moment))
        values: dict[str, Any] = {name: bindparam(f"b_{name}") for name in _FACTS}
        statement = update(delivery).where(delivery.c.id == bindparam("b_id")).values(next_attempt_at=None, **values)
        async with self.hub.database.write() as conn:
            await conn.execute(outbox.delete())
            if rows:
                await conn.execute(statement, list(rows.values()))
                await conn.execute(insert(event), events)
            if reports:
                await conn.execute(insert(report), reports)


async def _in_state(conn: AsyncConnection, envelope: str, state: State) -> set[str]:
    """The deliveries of an envelope in a state."""
    query = select(delivery.c.id).where(delivery.c.envelope_id == envelope, delivery.c.state == state.value)
    return set((await conn.execute(query)).scalars())


def _event(row: NewEnvelope, target: NewDelivery, moment: Moment) -> dict[str, Any]:
    return {
        "tx": 0,
        "at": moment.at,
        "envelope_id": row.id,
        "sender": row.sender,
        "recipient": target.recipient,
        "what": moment.what,
        "code": moment.code,
        "detail": moment.detail,
    }


def _report(row: NewEnvelope, target: NewDelivery, moment: Moment) -> dict[str, Any]:
    return {
        "id": new_id(),
        "envelope_id": row.id,
        "delivery_id": target.id,
        "sender": target.recipient,
        "addressee": row.sender,
        "code": moment.code,
        "description": moment.detail,
        "staff": {"name": "Văn thư", "department": "Văn phòng"},
        "stated_at": moment.at.isoformat(),
        "received_at": moment.at,
        "flags": [],
    }
