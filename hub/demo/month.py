"""A month of plausible traffic, so that every chart has something to say: written straight into the books, seeded.

Envelopes, receipts and deliveries are made by the same rooms as ever, at times of the past; what offices did with them
(collect, confirm, report, refuse, fail, keep silent) is then written as it would have been.
"""

import hashlib
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from sqlalchemy import bindparam, insert, update

from hub.accept import Acceptor, Considered
from hub.demo import country, town
from hub.demo.country import Habit
from hub.demo.pki import Signer
from hub.domain import deadline
from hub.domain.agency import Agency, Level
from hub.domain.deadline import Calendar
from hub.domain.delivery import State
from hub.domain.envelope import Address, Attachment
from hub.domain.ids import new_id
from hub.domain.trust import Judgement, Verdict
from hub.store.road import accepting
from hub.store.road.accepting import NewDelivery, NewEnvelope
from hub.store.tables import agency_seen, delivery, event, outbox, refusal, report
from hub.xml.write import sign, write_envelope

_A_DAY: Final = 80  # documents of a working day
_GROUP: Final = 100
_HOURS: Final = ((7, 1), (8, 6), (9, 9), (10, 8), (11, 3), (13, 4), (14, 8), (15, 9), (16, 6), (17, 1))  # hour, weight
_REPORTS: Final = (
    ("01", 4, "Văn bản đã đến"),
    ("03", 40, "Đã vào sổ"),
    ("05", 300, "Đang xử lý"),
    ("06", 1500, "Đã xong"),
)
_REFUSALS: Final = (
    ("signature-invalid", 31), ("unknown-recipient", 22), ("schema", 14), ("certificate-time", 11),
    ("duplicate-document", 9), ("classified-not-allowed", 4),
)  # fmt: skip


@dataclass(slots=True)
class Month:
    """The month being written. `agencies` and `signers` are in the directory already."""

    acceptor: Acceptor
    agencies: tuple[Agency, ...]
    signers: dict[str, Signer]
    rng: random.Random
    now: datetime
    calendar: Calendar
    rows: dict[str, list[dict[str, Any]]] = field(default_factory=lambda: {"delivery": [], "event": [], "report": []})

    async def write(self, days: int, tell: Callable[[int, int], None]) -> int:
        """Write the traffic of the last `days` days; answers how many documents. `tell`: done, of how many."""
        times = sorted(self._times(days))
        habits = {agency.code: country.habit(n, agency) for n, agency in enumerate(self.agencies)}
        group: list[NewEnvelope] = []
        for number, at in enumerate(times, start=1):
            considered = await self._document(number, at)
            group.append(considered.row)
            if len(group) == _GROUP or number == len(times):
                await accepting.insert_alone(self.acceptor.database, group)
                for row in group:
                    for target in row.deliveries:
                        self._live(row, target, habits[target.recipient])
                await self._flush()
                group = []
                tell(number, len(times))
        await self._others(habits)
        return len(times)

    def _times(self, days: int) -> list[datetime]:
        times = []
        today = self.now.astimezone(deadline.LOCAL).date()
        for back in range(days, -1, -1):
            day = today - timedelta(days=back)
            count = _A_DAY if self.calendar.is_worked(day) else 5
            for _ in range(round(count * self.rng.uniform(0.75, 1.25))):
                hour = self.rng.choices([h for h, _ in _HOURS], [w for _, w in _HOURS])[0]
                at = datetime(day.year, day.month, day.day, hour, tzinfo=deadline.LOCAL)
                at += timedelta(seconds=self.rng.uniform(0, 3600))
                if at < self.now:
                    times.append(at.astimezone(UTC))
        return times

    async def _document(self, number: int, at: datetime) -> Considered:
        rng = self.rng
        seniors = [a for a in self.agencies if a.level is not Level.COMMUNE]
        sender = rng.choice(seniors if rng.random() < 0.75 else self.agencies)
        made = town.draft(rng, number, at.astimezone(deadline.LOCAL).date())
        notation = made.envelope.code_notation
        chosen = self._recipients(sender)
        envelope = replace(
            made.envelope,
            sender=Address(sender.code, sender.name),
            recipients=tuple(Address(a.code, a.name) for a in chosen),
            document_id=f"{sender.code},{at:%Y/%m/%d},{number}/{notation}",
            attachments=(Attachment(made.attachment[0], "1", made.attachment[1], len(made.attachment[2])),),
        )
        signer = self.signers[sender.code]
        body = sign(write_envelope(envelope, [made.attachment]), signer.certificate, signer.key)
        binding = signer.binding()
        verdict = Verdict(Judgement.VALID, signer=binding.subject, fingerprint=binding.fingerprint)
        if rng.random() < 0.04:
            verdict = Verdict(Judgement.ABSENT, "signature-missing")
        caller = replace(sender, signature=None, certificates=())
        return await self.acceptor.consider(caller, envelope, verdict, (), body, hashlib.sha256(body).hexdigest(), at)

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

    # -- what the offices did ---------------------------------------------------------------------------------

    def _live(self, row: NewEnvelope, target: NewDelivery, habit: Habit) -> None:
        rng, at = self.rng, row.received_at
        if rng.random() < habit.breaks:
            died = at + timedelta(hours=26)
            if died < self.now:
                reason = "webhook: 502 Bad Gateway"
                self._event(row, died, "dead", target.recipient, detail=reason)
                self._delivery(target, State.DEAD, reason=reason, attempts=14)
                return
        available = at + timedelta(milliseconds=rng.lognormvariate(math.log(60), 0.7))
        self._event(row, available, "available", target.recipient)
        pace = 0.12 if row.priority >= 3 else 0.25 if row.priority else 1.0
        wait = timedelta(minutes=habit.minutes * pace * rng.lognormvariate(0, 0.75))
        collected = deadline.after(available, wait, self.calendar)
        is_silent = habit.silent_days and at > self.now - timedelta(days=habit.silent_days)
        if collected > self.now or is_silent:
            self._delivery(target, State.AVAILABLE, available_at=available)
            return
        confirmed = collected + timedelta(seconds=rng.uniform(1, 30))
        self._event(row, collected, "collected", target.recipient)
        self._event(row, confirmed, "confirmed", target.recipient, detail="done")
        facts = self._reports(row, target, collected, habit)
        self._delivery(
            target,
            State.CONFIRMED,
            available_at=available,
            collected_at=collected,
            confirmed_at=confirmed,
            result="done",
            **facts,
        )

    def _reports(self, row: NewEnvelope, target: NewDelivery, collected: datetime, habit: Habit) -> dict[str, Any]:
        rng = self.rng
        facts: dict[str, Any] = {}
        if rng.random() > habit.answers:
            return facts
        told = (
            _REPORTS if rng.random() > habit.refuses else (("01", 4, "Văn bản đã đến"), ("02", 60, "Gửi nhầm nơi nhận"))
        )
        for code, minutes, words in told:
            at = deadline.after(collected, timedelta(minutes=minutes * rng.lognormvariate(0, 0.6)), self.calendar)
            if at > self.now:
                break
            self._event(row, at, "reported", target.recipient, code=code, detail=words)
            self.rows["report"].append(
                {
                    "id": new_id(),
                    "envelope_id": row.id,
                    "delivery_id": target.id,
                    "sender": target.recipient,
                    "addressee": row.sender,
                    "code": code,
                    "description": words,
                    "staff": {"name": "Văn thư", "department": "Văn phòng"},
                    "stated_at": at.isoformat(),
                    "received_at": at,
                    "flags": [],
                }
            )
            facts = {"progress": code, "report_code": code, "report_at": at, "report_description": words}
        return facts

    def _event(self, row: NewEnvelope, at: datetime, what: str, recipient: str, **more: Any) -> None:
        self.rows["event"].append(
            {"tx": 0, "at": at, "envelope_id": row.id, "sender": row.sender, "what": what, "recipient": recipient}
            | {"code": more.get("code"), "detail": more.get("detail")}
        )

    def _delivery(self, target: NewDelivery, state: State, **facts: Any) -> None:
        names = ("available_at", "collected_at", "confirmed_at", "result", "reason", "progress", "report_code")
        more = ("report_at", "report_description")
        self.rows["delivery"].append(
            {f"b_{name}": facts.get(name) for name in (*names, *more)}
            | {"b_id": target.id, "b_state": state.value, "b_attempts": facts.get("attempts", 0)}
        )

    async def _flush(self) -> None:
        columns = [c for c in self.rows["delivery"][0] if c != "b_id"] if self.rows["delivery"] else []
        values: dict[str, Any] = {c[2:]: bindparam(c) for c in columns}
        statement = update(delivery).where(delivery.c.id == bindparam("b_id")).values(next_attempt_at=None, **values)
        async with self.acceptor.database.write() as conn:
            if self.rows["delivery"]:
                await conn.execute(statement, self.rows["delivery"])
            await conn.execute(outbox.delete())
            for table, name in ((event, "event"), (report, "report")):
                if self.rows[name]:
                    await conn.execute(insert(table), sorted(self.rows[name], key=_at))
        for rows in self.rows.values():
            rows.clear()

    async def _others(self, habits: dict[str, Habit]) -> None:
        """Refused envelopes of the last day, and who asked for its inbox when."""
        rng = self.rng
        codes = [code for code, weight in _REFUSALS for _ in range(weight)]
        refused: list[dict[str, Any]] = [
            {
                "id": new_id(),
                "at": self.now - timedelta(hours=rng.uniform(0, 24)),
                "agency": rng.choice(self.agencies).code,
                "status": 422,
                "codes": [rng.choice(codes)],
                "sha256": None,
                "receipt": None,
                "receipt_sha256": hashlib.sha256(b"").hexdigest(),
            }
            for _ in range(19)
        ]
        seen = [
            {"agency": code, "polled_at": self.now - timedelta(days=h.silent_days, seconds=rng.uniform(0, 300))}
            for code, h in habits.items()
        ]
        async with self.acceptor.database.write() as conn:
            await conn.execute(insert(refusal), sorted(refused, key=_at))
            await conn.execute(insert(agency_seen), seen)


def _at(row: Mapping[str, Any]) -> datetime:
    moment = row.get("at") or row["received_at"]
    assert isinstance(moment, datetime)  # noqa: S101
    return moment
